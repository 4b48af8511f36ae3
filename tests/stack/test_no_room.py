"""A disk without room costs lines and beats while it lasts, and nothing afterwards."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.servers.beat import CONSUMING, WAITING, Beat
from dam.stack.servers.redis import Redis
from dam.stack.services import find_free_base_port
from dam.stack.supervising.keeper import Host, Keeper
from dam.stack.supervising.logs import RotatedLog
from dam.stack.supervising.supervised import Supervised
from dam.stack.supervising.watch import Watch


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let this process write no file any further."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_worker_that_could_not_tell_how_it_is_tells_it_later(tmp_path: Path):
    beat = Beat(tmp_path / "worker.ready", broker_answers=lambda: True)
    beat.turn()
    with files_end_at(0):
        beat._tell(WAITING)
    assert (tmp_path / "worker.ready").read_text() == ""

    beat.turn()

    assert (tmp_path / "worker.ready").read_text() == f"{CONSUMING}\n"


def test_a_line_that_was_cut_spoils_no_other(tmp_path: Path):
    log = RotatedLog(tmp_path / "service.log")
    log.write(b"whole\n")
    with files_end_at(10):
        log.write(b"cut short\n")
        log.write(b"lost\n")

    log.write(b"after\n")

    assert (tmp_path / "service.log").read_bytes() == b"whole\ncut \nafter\n"


def test_a_service_that_cannot_even_be_prepared_is_tried_later_each_time(tmp_path: Path):
    layout = Layout.of(tmp_path / "data", base_port=find_free_base_port())
    layout.make_directories()
    supervised = Supervised(Redis(layout, keys=load_or_make(layout.secrets_file)), log_bytes=1000)
    supervised.ready_at = time.monotonic() - 60
    keeper = Keeper(supervised, host=cast("Host", None), watch=Watch())

    assert [keeper._next_delay_s() for _ in range(4)] == [0.2, 0.5, 1.0, 2.0]
