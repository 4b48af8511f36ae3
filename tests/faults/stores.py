"""A database and a Redis that may be killed, emptied and started again; the objects lie in the suite's store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from dam.stack.layout import CHECKOUT
from dam.stack.servers.service import wait_until_ready
from dam.stack.services import BackendHandle, start_backends, start_service


class Stores:
    """Running stores, by name."""

    def __init__(self, handle: BackendHandle) -> None:
        self.handle = handle

    @property
    def env(self) -> dict[str, str]:
        return self.handle.env

    def restart(self, name: str, *, how: signal.Signals) -> None:
        """End a store by a signal and start it again at once."""
        index, (service, process) = next(
            (index, pair) for index, pair in enumerate(self.handle.running) if pair[0].name == name
        )
        process.send_signal(how)
        process.wait()
        fresh = start_service(service)
        self.handle.running[index] = (service, fresh)
        wait_until_ready(service, process=fresh)

    @contextmanager
    def redis_that_refuses(self) -> Iterator[None]:
        """Have no memory for what anybody writes, for the length of the block."""
        with redis.Redis.from_url(self.env["REDIS_URL"]) as client:
            before = client.config_get("maxmemory")["maxmemory"]
            client.config_set("maxmemory", "1")
            try:
                yield
            finally:
                client.config_set("maxmemory", before)

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.env["REDIS_URL"]) as client:
            client.flushall()


@contextmanager
def own_stores(
    directory: Path, *, port: int, only: Collection[str] = ("postgres", "redis")
) -> Iterator[Stores]:
    """Start stores of one's own, and migrate."""
    handle = start_backends(directory, port, only=only)
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=CHECKOUT,
            env=os.environ | handle.env | {"DAM_DATABASE_ROLE": "migrator"},
            check=True,
        )
        yield Stores(handle)
    finally:
        handle.stop()
