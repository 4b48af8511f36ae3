"""Probe 60: the store comes back to its limit after a burst, and each kind keeps to its own."""

from collections.abc import Callable
from pathlib import Path

from dam.stack.servers import edge
from previews.edge_tokens import Kind
from tests.edge.conftest import MP4, SEGMENT, Published
from tests.edge.running import Edge, wait_for

SEGMENTS = 20
LIMIT = 2 * edge.MIB
#: nginx's cache manager looks every ten seconds, and stops at its limit within one file's size.
TRIMMED_WITHIN_S = 30


def size_of(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def test_store_is_trimmed_to_its_limit_and_large_files_push_no_segments_out(
    start_edge: Callable[..., Edge], publish: Callable[..., Published]
) -> None:
    own = start_edge(limits=edge.Limits(hls_max_bytes=LIMIT, mp4_max_bytes=LIMIT, min_free_bytes=edge.MIB))
    names = [f"v0/{number:05d}.m4s" for number in range(SEGMENTS)]
    shown = publish(own, files={(Kind.HLS, name): SEGMENT for name in names} | {(Kind.MP4, "proxy.mp4"): MP4})
    store = own.config.cache_dir

    for name in names:
        assert shown.get(name).body == SEGMENT
    assert size_of(store / "hls") > LIMIT

    assert wait_for(lambda: size_of(store / "hls") <= LIMIT, timeout_s=TRIMMED_WITHIN_S)
    kept = size_of(store / "hls")
    assert kept > LIMIT - 2 * len(SEGMENT)
    assert shown.get("proxy.mp4", kind=Kind.MP4).body == MP4
    assert size_of(store / "hls") == kept
    assert shown.get(names[-1]).cache == "HIT"
    assert shown.get(names[0]).body == SEGMENT
