"""Probe 59: on a full disk the flag of the agent lets every answer arrive whole (collected where a disk can be had)."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dam.stack.servers import edge
from dam.stack.servers.edge_agent import EdgeAgent, Room
from dam.stack.servers.service import base_environment
from dam.stack.supervising import processes
from previews.edge_tokens import Kind
from tests.edge.conftest import SEGMENT, Published, free_ports
from tests.edge.running import Edge, cached_files, wait_for

DISK = 24 * edge.MIB
ROOM = Room(low_bytes=10 * edge.MIB, well_bytes=14 * edge.MIB)
FILES = {(Kind.HLS, f"v0/{number:05d}.m4s"): SEGMENT for number in range(30)}
#: The namespace's own root may mount; the disk is there before nginx opens it.
MOUNTED = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'


@pytest.fixture
def cramped(nginx: Edge, tmp_path: Path) -> Iterator[tuple[Edge, Path]]:
    """An edge with a small disk of its own, and where that disk is seen from here."""
    ports = free_ports()
    cache = tmp_path / "disk"
    cache.mkdir()
    config = replace(
        nginx.config,
        port=next(ports),
        control_port=next(ports),
        run_dir=tmp_path / "run",
        cache_dir=cache,
        limits=edge.Limits(hls_max_bytes=64 * edge.MIB, min_free_bytes=edge.MIB),
    )
    own = [
        *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh"),
        str(DISK),
        str(cache),
    ]
    command = processes.Command(
        argv=(*own, *edge.command(edge.render(config))), cwd=tmp_path, env=base_environment()
    )
    running = Edge(config, process=processes.spawn(command, output=subprocess.DEVNULL))
    running.wait_until_ready()
    assert running.process is not None
    yield running, Path(f"/proc/{running.process.pid}/root{cache}")
    running.stop()


def test_no_answer_is_cut_short_on_a_full_disk(
    cramped: tuple[Edge, Path], publish: Callable[..., Published]
) -> None:
    own, disk = cramped
    shown = publish(own, files=FILES)
    agent = EdgeAgent(replace(own.config, cache_dir=disk), build=own.build, room=ROOM)
    assert not agent.look()
    ballast = disk / "ballast"

    ballast.write_bytes(bytes(DISK - ROOM.low_bytes + edge.MIB))
    assert agent.look()
    fill(disk / "rest")
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda key: shown.get(key[1], timeout_s=10).body, FILES))

    assert bodies == [SEGMENT] * len(FILES)
    assert not list(disk.glob("hls/*/*/*"))

    ballast.unlink()
    (disk / "rest").unlink()
    assert not agent.look()
    shown.get("v0/00000.m4s")
    assert wait_for(lambda: shown.get("v0/00000.m4s").cache == "HIT", timeout_s=5)
    assert len(cached_files(replace_cache(own, disk), shown.grant.digest)) == 1


def replace_cache(own: Edge, disk: Path) -> Edge:
    return Edge(replace(own.config, cache_dir=disk))


def fill(path: Path) -> None:
    """Take every byte that is left."""
    with path.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(65_536))
        except OSError:
            return
