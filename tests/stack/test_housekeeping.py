"""A disk that runs short is told, and the edge stops storing while its own does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dam.stack.layout import Layout
from dam.stack.servers import binaries, edge
from dam.stack.servers.edge_agent import EdgeAgent, Room
from dam.stack.servers.service import http_status
from dam.stack.services import find_free_base_port
from dam.stack.supervising import disk, processes
from dam.stack.supervising.disk import room_at, shortage
from dam.stack.supervising.housekeeping import Housekeeping
from dam.stack.supervising.watch import GIB, MIB, Watch
from tests.stack.running import until

EVERYTHING = 2**62


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout.of(tmp_path / "data", base_port=find_free_base_port())
    made.make_directories()
    return made


def config_of(layout: Layout) -> edge.EdgeConfig:
    return edge.EdgeConfig(
        port=layout.ports.edge,
        control_port=layout.ports.edge_control,
        run_dir=layout.run / "edge",
        cache_dir=layout.service_dir("edge-cache"),
        storage=edge.Storage(endpoint_url="http://127.0.0.1:9", key_id="k", secret="s"),
        signing_keys={"k1": "x" * 32},
    )


@pytest.fixture
def edge_flag(layout: Layout) -> Iterator[str]:
    """A real edge, without storage behind it; answers the address of its flag."""
    config, run_dir = config_of(layout), layout.run / "edge"
    command = processes.Command(argv=tuple(edge.command(edge.render(config))), cwd=run_dir, env={})
    process = processes.spawn(command, output=(run_dir / "out.log").open("wb"))
    flag = f"http://127.0.0.1:{config.control_port}/_edge/flags/disk_low"
    assert until(lambda: http_status(flag) == 404, seconds=10)
    yield flag
    process.terminate()
    process.wait()


def agent_of(layout: Layout, *, low_bytes: int, well_bytes: int) -> EdgeAgent:
    room = Room(low_bytes=low_bytes, well_bytes=well_bytes)
    return EdgeAgent(config_of(layout), build=edge.inspect(binaries.nginx()), room=room)


def test_edge_stops_storing_while_its_disk_is_low(layout, edge_flag):
    agent = agent_of(layout, low_bytes=EVERYTHING, well_bytes=EVERYTHING)
    assert agent.look()
    assert http_status(edge_flag) == 204

    agent = agent_of(layout, low_bytes=0, well_bytes=0)
    assert not agent.look()
    assert http_status(edge_flag) == 404


def test_flag_is_kept_until_there_is_room_again_and_not_only_less_lack(layout, edge_flag):
    free = room_at(layout.data_dir).free_bytes
    agent = agent_of(layout, low_bytes=free // 2, well_bytes=EVERYTHING)
    agent.is_low = True

    assert agent.look()
    assert http_status(edge_flag) == 204


def test_edge_that_is_away_stops_nobody(layout):
    assert agent_of(layout, low_bytes=EVERYTHING, well_bytes=EVERYTHING).look()


def test_stack_whose_disk_runs_short_says_so_with_numbers(layout):
    house = Housekeeping(layout, watch=Watch(least_free_bytes=EVERYTHING), supervised=[])
    (warning,) = house.look()

    assert "disk nearly full" in warning
    assert str(layout.data_dir) in warning
    assert Housekeeping(layout, watch=Watch(least_free_bytes=0), supervised=[]).look() == []


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (disk.Room(Path("/d"), GIB, 10**6), ""),
        (disk.Room(Path("/d"), GIB, None), ""),
        (
            disk.Room(Path("/d"), 100 * MIB, 10**6),
            "100 MiB and 1,000,000 inodes free in /d, at least 512 MiB",
        ),
        (disk.Room(Path("/d"), GIB, 5), "5 inodes free in /d, at least 2,000 inodes"),
    ],
)
def test_shortage_is_told_in_numbers(room, words):
    assert words in shortage(room, watch=Watch())
    assert bool(words) == bool(shortage(room, watch=Watch()))
