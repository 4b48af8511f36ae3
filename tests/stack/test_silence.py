"""What hangs is told at once, and started again only after it has not answered for long; a crash loop slows down."""

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest

from bench.healing import Platform, heal
from dam.stack.services import find_free_base_port
from dam.stack.supervising import processes
from tests.stack.running import Stack, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SILENCE_S = 12


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    started = Stack(tmp_path_factory.mktemp("silence") / "data", find_free_base_port())
    done = started.up(DAM_RESTART_SILENT_AFTER=str(SILENCE_S), RATE_LIMIT_SCALE="0")
    assert done.returncode == 0, done.stdout + done.stderr
    yield started
    started.dam("down")


@pytest.mark.parametrize("name", ["redis", "worker-short", "nginx"])
def test_service_that_hangs_is_told_and_left_alone_when_it_answers_again(stack, name):
    pid = stack.pids()[name]
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert until(lambda: stack.status()["state"] == "degraded", seconds=5)
        assert time.monotonic() - began < 8
        assert not stack.line_of(name)["healthy"]
    finally:
        os.kill(pid, signal.SIGCONT)

    assert until(lambda: stack.status()["state"] == "ready", seconds=10)
    assert stack.pids()[name] == pid


def test_service_that_stays_silent_is_started_again_but_not_before(stack):
    pid, began = stack.pids()["redis"], time.monotonic()
    os.kill(pid, signal.SIGSTOP)

    assert until(lambda: "does not answer" in stack.line_of("redis")["note"], seconds=SILENCE_S)
    assert until(lambda: not processes.is_stopped(pid), seconds=4 * SILENCE_S)
    assert time.monotonic() - began >= SILENCE_S
    assert until(lambda: stack.status()["state"] == "ready", seconds=20)
    assert stack.line_of("redis")["note"] == ""


def test_database_that_hangs_leaves_no_backend_behind_when_it_is_started_again(stack):
    credentials = json.loads((stack.data_dir / "credentials.json").read_text())
    token = stack.dam("token", "--email", credentials["email"]).stdout.strip()
    platform = Platform(f"http://127.0.0.1:{stack.port}", token, credentials["project"])
    pid = stack.pids()["postgres"]
    before = set(processes.working_in(stack.data_dir / "postgres", program="postgres"))
    for each in before:
        os.kill(each, signal.SIGSTOP)

    assert until(lambda: stack.pids()["postgres"] not in {None, pid}, seconds=5 * SILENCE_S)
    heal(platform, began=time.monotonic())

    now = set(processes.working_in(stack.data_dir / "postgres", program="postgres"))
    assert not now & before


def test_crash_loop_slows_down_and_says_so(stack):
    """The store finds its configuration spoilt at each start, until that is mended."""
    directory = stack.data_dir / "redis"
    aof = next(directory.glob("appendonly*"))
    spoilt = aof if aof.is_file() else next(aof.glob("*.manifest"))
    good = spoilt.read_bytes()
    os.kill(stack.pids()["redis"], signal.SIGSTOP)
    spoilt.write_bytes(b"spoilt" * 100)
    os.kill(stack.pids()["redis"], signal.SIGKILL)

    assert until(lambda: "times in a row" in stack.line_of("redis")["note"], seconds=20)
    assert "next start" in stack.line_of("redis")["note"]
    assert stack.status()["state"] == "degraded"

    spoilt.write_bytes(good)
    assert until(lambda: stack.status()["state"] == "ready", seconds=40)
