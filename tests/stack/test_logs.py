"""Logs are turned while services run: between two lines, a few kept, nothing lost."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dam.stack.services import find_free_base_port
from dam.stack.supervising import logs
from tests.stack.running import Stack, until

LINES = [f"line {number} {'x' * (number % 40)}\n".encode() for number in range(1000)]
LIMIT_BYTES = 2000


def everything(path: Path) -> bytes:
    """Answer what stands in a log and its older files, oldest first."""
    older = sorted(path.parent.glob(f"{path.name}.*"), key=lambda each: -int(each.suffix[1:]))
    return b"".join(each.read_bytes() for each in (*older, path))


def a_day_ago(path: Path) -> None:
    then = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    os.utime(path, (then, then))


@pytest.mark.parametrize("chunk", [1, 7, 64, 5000])
def test_no_line_is_cut_or_lost_however_it_arrives(tmp_path, chunk):
    log = logs.RotatedLog(tmp_path / "api.log", limit_bytes=LIMIT_BYTES)
    said = b"".join(LINES)
    for start in range(0, len(said), chunk):
        log.write(said[start : start + chunk])

    # More was said than eight files hold: the newest of it is there, whole.
    kept = everything(log.path)
    assert len(list(tmp_path.iterdir())) == 1 + logs.KEPT
    assert said.endswith(kept)
    assert kept.startswith(b"line ")
    assert all(each.read_bytes().endswith(b"\n") for each in tmp_path.iterdir())
    assert max(each.stat().st_size for each in tmp_path.iterdir()) <= LIMIT_BYTES + max(map(len, LINES))


def test_line_longer_than_the_limit_stays_whole(tmp_path):
    log = logs.RotatedLog(tmp_path / "api.log", limit_bytes=LIMIT_BYTES)
    log.write(b"short\n" + b"l" * 9000 + b"\nshort\n")

    assert everything(log.path) == b"short\n" + b"l" * 9000 + b"\nshort\n"
    assert b"l" * 9000 + b"\n" in {each.read_bytes() for each in tmp_path.iterdir()}


def test_new_day_begins_a_new_file(tmp_path):
    path = tmp_path / "api.log"
    path.write_bytes(b"yesterday\n")
    a_day_ago(path)

    logs.RotatedLog(path).write(b"today\n")

    assert path.read_bytes() == b"today\n"
    assert path.with_name("api.log.1").read_bytes() == b"yesterday\n"


def test_log_that_a_server_writes_itself_is_turned_by_size_and_by_day(tmp_path):
    path, today = tmp_path / "access.log", datetime.now(UTC).date()
    path.write_bytes(b"x" * 50)

    assert not logs.turn_if_due(path, limit_bytes=100, began=today)
    assert logs.turn_if_due(path, limit_bytes=10, began=today)
    assert not path.exists()

    path.write_bytes(b"x" * 50)
    assert logs.turn_if_due(path, limit_bytes=100, began=date(2026, 1, 1))
    path.write_bytes(b"x" * 50)
    a_day_ago(path)
    assert logs.turn_if_due(path, limit_bytes=100, began=today)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "access.log.1",
        "access.log.2",
        "access.log.3",
    ]


def test_full_disk_costs_lines_and_nothing_else():
    log = logs.RotatedLog(Path("/dev/full"))
    log.write(b"nobody will read this\n")


def test_last_words_of_a_dying_service_are_kept(tmp_path):
    pipe = logs.LogPipe(logs.RotatedLog(tmp_path / "api.log"))
    script = "import os, signal; print('the reason', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    child = subprocess.Popen([sys.executable, "-c", script], stdout=pipe.writer)
    pipe.close_writer()
    child.wait()

    assert not pipe.drain()
    assert (tmp_path / "api.log").read_bytes() == b"the reason\n"


def test_what_the_supervisor_says_itself_follows_its_file(tmp_path):
    script = (
        "import logging, sys\n"
        "from pathlib import Path\n"
        "from dam.stack.supervising import logs, supervisor\n"
        "supervisor.log_to(logs.RotatedLog(Path(sys.argv[1]), limit_bytes=600))\n"
        "for number in range(20):\n"
        "    logging.getLogger('x').info('record %d', number)\n"
        "print('what nobody catches', file=sys.stderr)\n"
    )
    path = tmp_path / "supervisor.log"
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, check=True)

    assert done.stderr == b""
    assert path.read_bytes().endswith(b"what nobody catches\n")
    assert [int(each) for each in re.findall(rb"record (\d+)", everything(path))] == list(range(20))
    assert path.with_name("supervisor.log.1").exists()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    started = Stack(tmp_path_factory.mktemp("logs") / "data", find_free_base_port())
    done = started.up(DAM_LOG_LIMIT="4000", RATE_LIMIT_SCALE="0")
    assert done.returncode == 0, done.stdout + done.stderr
    yield started
    started.dam("down")


@pytest.mark.slow
def test_logs_of_a_running_stack_are_turned_and_stay_small(stack):
    place = stack.data_dir / "logs"

    def visit() -> bool:
        for number in range(40):
            stack.get(f"/api/me?{number}", X_Request_ID=f"turned-{number:032d}")
        turned_twice: bool = (place / "nginx-access.log.2").exists()
        return turned_twice

    before = stack.pids()
    assert until(visit, seconds=60)
    assert until((place / "nginx-access.log").exists, seconds=5)

    lines = everything(place / "nginx-access.log").splitlines()
    assert all(json.loads(line)["path"] for line in lines)
    assert stack.pids() == before
    assert any(place.glob("s3.log.*"))
    piped = [each for each in place.glob("*.log*") if not each.name.startswith("nginx-access")]
    assert max(each.stat().st_size for each in piped) <= 4000 + 2000
    assert {each.stat().st_mode & 0o077 for each in piped} == {0}
