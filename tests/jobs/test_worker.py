"""From a committed row to a real worker's hands, and back when the worker dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

import dam.celery
from dam.core.delivery.background import RelayLoop, ScheduleLoop
from tests.cast import Cast
from tests.jobs.kinds import clear_queues, queue, read

ROOT = Path(__file__).resolve().parents[2]
LEASE_S = 2


@pytest.fixture
def background() -> Iterator[None]:
    dam.celery.app.set_default()
    clear_queues()
    loops = [RelayLoop(), ScheduleLoop()]
    for each in loops:
        each.start()
    yield
    for each in loops:
        each.stop()


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.worker", "short"],
        cwd=ROOT,
        env=os.environ | {"JOB_LEASE": str(LEASE_S)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool], *, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        connection.close()
        time.sleep(0.1)


@pytest.mark.usefixtures("background")
def test_a_committed_job_reaches_a_worker(committed_cast: Cast, tmp_path: Path) -> None:
    job = queue(committed_cast.org_id, "test.note", payload={"file": str(tmp_path / "runs")})

    with worker():
        wait_for(lambda: read(job).state == "succeeded")

    assert (tmp_path / "runs").read_text() == "1\n"


def test_a_wake_up_while_the_database_is_away_is_one_line_without_a_trace() -> None:
    woken = "import django; django.setup(); from jobs.tasks import run; run('', '', 'short')"
    done = subprocess.run(
        [sys.executable, "-c", woken],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"},
        capture_output=True,
        text=True,
        check=True,
    )

    lines = [json.loads(line) for line in done.stderr.splitlines()]
    [told] = [line for line in lines if line["logger"] != "psycopg.pool"]
    assert (told["level"], told["event"], told["during"]) == ("warning", "database.away", "job.round_failed")
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("background")
def test_the_job_of_a_killed_worker_is_done_by_the_next(committed_cast: Cast, tmp_path: Path) -> None:
    job = queue(committed_cast.org_id, "test.hang_first", payload={"file": str(tmp_path / "runs")})

    with worker() as first:
        wait_for((tmp_path / "runs").exists)
        first.send_signal(signal.SIGKILL)
        first.wait()
        with worker():
            wait_for(lambda: read(job).state == "succeeded")

    assert (tmp_path / "runs").read_text() == "1\n2\n"
    assert read(job).result == {"attempt": 2}


@pytest.mark.usefixtures("background")
def test_a_worker_that_is_told_to_stop_hands_its_job_on(committed_cast: Cast, tmp_path: Path) -> None:
    job = queue(committed_cast.org_id, "test.hang_first", payload={"file": str(tmp_path / "runs")})

    with worker() as first:
        wait_for((tmp_path / "runs").exists)
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 0

    given_back = read(job)
    assert (given_back.state, given_back.attempts) == ("queued", 0)
