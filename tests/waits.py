"""Waiting for what happens elsewhere, by looking for it."""

from __future__ import annotations

import time

from django.db import connection

PATIENCE_S = 60.0
_WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)


def until_somebody_waits() -> None:
    """Wait until another connection waits for what this one has locked."""
    deadline, count = time.monotonic() + PATIENCE_S, 0
    while not count:
        assert time.monotonic() < deadline, "nobody waits"
        with connection.cursor() as cursor:
            cursor.execute(_WAITING)
            [count] = cursor.fetchone()
        time.sleep(0.02)
