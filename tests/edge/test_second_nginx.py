"""The same files serve a distribution's nginx, with whatever its build lacks (collected where there is one)."""

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from dam.stack.servers import edge
from previews.edge_tokens import Kind, SigningKey, revocation_of_share
from tests.edge.conftest import SEGMENT, Published
from tests.edge.running import (
    Edge,
    Origin,
    RevocationList,
    all_at_once,
    cached_files,
    request,
    wait_for,
)
from tests.edge.second import second_nginx

PIECES = 6
LARGE = b"".join(bytes([number]) * edge.SLICE_BYTES for number in range(PIECES))
MIDDLE = 3 * edge.SLICE_BYTES + 500_000


@pytest.fixture(scope="module")
def other(start_edge: Callable[..., Edge]) -> Edge:
    nginx = second_nginx()
    assert nginx is not None
    return start_edge(nginx=nginx)


@pytest.fixture
def film(other: Edge, publish: Callable[..., Published]) -> Published:
    return publish(other, files={(Kind.MP4, "proxy.mp4"): LARGE})


def test_it_serves_every_kind_and_keeps_it(other: Edge, publish: Callable[..., Published]) -> None:
    shown = publish(other, share=uuid4())
    for (kind, rest), body in shown.files.items():
        first, second = shown.get(rest, kind=kind), shown.get(rest, kind=kind)
        assert (first.status, first.body, second.body) == (200, body, body)
        assert second.cache == "HIT"


def test_it_refuses_forged_foreign_and_expired_addresses(
    other: Edge, publish: Callable[..., Published]
) -> None:
    shown = publish(other)
    assert shown.get(key=SigningKey("k1", "not-the-secret-of-the-edge")).status == 403
    assert shown.get(expires_s=1_700_000_000).status == 401
    assert request(shown.port, shown.path().replace(shown.grant.digest, "0" * 64)).status == 403
    assert shown.get("missing.m3u8").status == 404


def test_range_of_a_large_cold_file_is_exact_and_costs_what_the_build_can_do(
    other: Edge, origin: Origin, film: Published
) -> None:
    asked = {"Range": f"bytes={MIDDLE}-{MIDDLE + 999_999}"}

    answer = film.get("proxy.mp4", kind=Kind.MP4, headers=asked)

    assert (answer.status, answer.body) == (206, LARGE[MIDDLE : MIDDLE + 1_000_000])
    assert origin.fetches(film.grant.digest) == 1
    stored = sum(path.stat().st_size for path in cached_files(other, film.grant.digest))
    assert stored < (edge.SLICE_BYTES + 10_000 if other.build.has_slice else len(LARGE) + 10_000)


def test_ranges_across_pieces_and_whole_files_are_exact(film: Published) -> None:
    across = slice(2 * edge.SLICE_BYTES - 1000, 4 * edge.SLICE_BYTES + 1000)

    part = film.get("proxy.mp4", kind=Kind.MP4, headers={"Range": f"bytes={across.start}-{across.stop - 1}"})
    whole = film.get("proxy.mp4", kind=Kind.DL)
    head = film.get("proxy.mp4", kind=Kind.MP4, method="HEAD")

    assert (part.status, part.body) == (206, LARGE[across])
    assert (whole.status, whole.body) == (200, LARGE)
    assert head.headers["Content-Length"] == str(len(LARGE))


def test_signature_of_a_long_download_outlives_it(other: Edge, origin: Origin, film: Published) -> None:
    """Probe 58: S3 takes a date in a header for fifteen minutes; a slow download takes longer."""
    film.get("proxy.mp4", kind=Kind.MP4)

    sent = [(path, headers) for path, headers in origin.requests if film.grant.digest in path]
    if other.build.has_nocache or not other.build.has_slice:
        assert all("X-Amz-Date" in headers for _, headers in sent)
    else:
        assert all(int(re.findall(r"X-Amz-Expires=(\d+)", path)[0]) == 12 * 3600 for path, _ in sent)
        assert all("Authorization" not in headers for _, headers in sent)


def test_crowd_on_a_cold_segment_costs_one_fetch(
    other: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    fresh = publish(other)
    with origin.failing(delay_s=0.3):
        answers = all_at_once(100, lambda: fresh.get("v0/00000.m4s"))

    assert {answer.body for answer in answers} == {SEGMENT}
    assert origin.fetches(fresh.grant.digest) == 1


def test_revocation_is_live_soon_and_survives_a_restart_without_the_api(
    other: Edge, publish: Callable[..., Published], revocations: RevocationList
) -> None:
    shown = publish(other, share=uuid4())
    entry = revocation_of_share(shown.grant.share)
    assert shown.get().status == 200

    revocations.entries.append(entry)
    assert wait_for(lambda: shown.get().status == 410, timeout_s=7)
    revocations.is_down = True
    try:
        other.stop()
        other.start()
        assert shown.get().status == 410
    finally:
        revocations.is_down = False
        revocations.entries.remove(entry)
        revocations.lifted.append(entry)
    assert wait_for(lambda: shown.get().status == 200, timeout_s=7)
    revocations.lifted.remove(entry)


def test_disk_flag_of_the_agent_streams_without_storing(
    other: Edge, publish: Callable[..., Published]
) -> None:
    everything = 2**62
    cold = publish(other)

    assert other.agent(low_bytes=everything, well_bytes=everything).look()
    assert [cold.get("v0/00000.m4s").body for _ in range(2)] == [SEGMENT, SEGMENT]
    assert cached_files(other, cold.grant.digest) == []

    assert not other.agent().look()
    cold.get("v0/00000.m4s")
    assert wait_for(lambda: len(cached_files(other, cold.grant.digest)) == 1, timeout_s=5)


def test_private_side_tells_what_it_can(other: Edge) -> None:
    text = other.control("GET", "/metrics").body.decode()

    assert 'edge_signing_key{kid="k1"} 1' in text
    assert ("edge_requests_total" in text) == other.build.has_state
    assert all(each.strip() for each in other.build.shortcomings)


def test_storage_that_is_gone_is_told_and_hot_objects_play_on(
    other: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    hot, cold = publish(other), publish(other)
    hot.get()

    with origin.failing(is_gone=True):
        assert hot.get().status == 200
        assert cold.get().status == 502

    assert replace(hot, port=other.config.port).get().cache == "HIT"
