"""A real live process, and clients of its sockets."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from activity.models import Numbered
from activity.services import record
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.db import new_id
from dam.core.models import Outbox

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveProcess:
    """`granian --interface asgi dam.asgi:application`, as the stack starts it."""

    def __init__(self, *, env: dict[str, str] | None = None, port: int | None = None) -> None:
        self.port = port or free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--interface", "asgi", "--ws", "--loop", "asyncio", "--workers", "1"),
                *("--workers-kill-timeout", "3", "--log-level", "warning", "dam.asgi:application"),
            ],
            cwd=ROOT,
            env=dict(os.environ) | (env or {}),
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, "granian ended"
            assert time.monotonic() < deadline, "granian does not listen"
            time.sleep(0.1)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def open(
        self, path: str, *, api: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> Client:
        given = dict(api.headers) if api is not None else {}
        return Client(
            connect(
                f"ws://127.0.0.1:{self.port}{path}", additional_headers=given | (headers or {}), **options
            )
        )


class Client:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def next(self, timeout_s: float = 10) -> Any:
        return orjson.loads(self.connection.recv(timeout=timeout_s))

    def take(self, count: int) -> list[dict[str, Any]]:
        return [self.next() for _ in range(count)]

    def is_silent(self, for_s: float = 0.7) -> bool:
        try:
            self.connection.recv(timeout=for_s)
        except TimeoutError:
            return True
        return False

    def close_code(self, timeout_s: float = 10) -> int:
        """Return the code that the server closes with, before any data."""
        with pytest.raises(ConnectionClosed) as closed:
            self.connection.recv(timeout=timeout_s)
        received = closed.value.rcvd
        return received.code if received else 1006

    def close(self) -> None:
        self.connection.close()


def happen(
    organization_id: UUID, project_id: UUID | None, *, event: str = "asset.created", **details: Any
) -> UUID:
    """Record and commit a live event; returns what it is about."""
    target = details.pop("asset_id", None) or new_id()
    data = {"id": target} | details.pop("data", {})
    with tenancy.scope(organization_id):
        record(
            SYSTEM,
            verb=event,
            project_id=project_id,
            asset_id=target,
            target_kind="asset",
            target_id=target,
            event=event,
            data=data,
            **details,
        )
    return target


def settle(organization_id: UUID, *, timeout_s: float = 30) -> None:
    """Wait until everything that happened so far has been told."""
    deadline = time.monotonic() + timeout_s
    while True:
        with tenancy.scope(organization_id):
            if not Outbox.objects.exists():
                return
        assert time.monotonic() < deadline, "the relay hands nothing on"
        time.sleep(0.02)


def wait_until_numbered(organization_id: UUID, count: int, *, timeout_s: float = 10) -> list[int]:
    deadline = time.monotonic() + timeout_s
    while True:
        with tenancy.scope(organization_id):
            numbers = list(Numbered.objects.order_by("number").values_list("number", flat=True))
        if len(numbers) >= count:
            return numbers
        assert time.monotonic() < deadline, numbers
        time.sleep(0.05)
