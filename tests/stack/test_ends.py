"""A worker ends soon after it is asked to, also while its broker confirms whatever it hears and answers nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dam.stack.layout import CHECKOUT
from dam.stack.servers.beat import CONSUMING
from dam.stack.services import BackendHandle
from tests.stack.running import clean_environment, until

#: What Docker gives a container before it kills it.
SOON_S = 10


@pytest.fixture
def ready_file(tmp_path: Path) -> Path:
    return tmp_path / "ready"


@pytest.fixture
def worker(stores: BackendHandle, ready_file: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "dam.stack.servers.worker", "--queue", "short", "--name", "ends"),
            *("--threads", "2", "--ready-file", str(ready_file)),
        ],
        cwd=CHECKOUT,
        env=clean_environment() | stores.env,
    )
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("rest_s", [0, 3])
def test_a_worker_whose_broker_is_silent_ends_when_it_is_asked_to(
    stores: BackendHandle, worker: "subprocess.Popen[bytes]", ready_file: Path, rest_s: int
):
    [redis] = [process.pid for service, process in stores.running if service.name == "redis"]
    assert until(lambda: ready_file.exists() and ready_file.read_text().strip() == CONSUMING, seconds=60)
    os.kill(redis, signal.SIGSTOP)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(rest_s)
        worker.terminate()

        assert worker.wait(SOON_S) == 0
    finally:
        os.kill(redis, signal.SIGCONT)
