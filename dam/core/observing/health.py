"""`/healthz`: the process lives. `/readyz`: what it depends on answers.

Probes run beside each other in threads of their own, two seconds at most; the answer serves for a second, and of
each probe at most one runs at a time, however often somebody asks and however long a dependency hangs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.apps import apps
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from psycopg_pool import ConnectionPool

from dam.core import storage
from dam.core.observing import process

logger = logging.getLogger(__name__)
PROBE_TIMEOUT_S = 2.0
#: For how long an answer serves; a bad one briefly, so that whoever waits for a start is not kept waiting.
KEPT_S, BAD_KEPT_S = 1.0, 0.2
#: The relay and a worker for each queue: without them requests are answered, but nothing goes on behind them.
SERVICES = ("relay", "schedule", "worker-short", "worker-encode")
_FAULTS = (DatabaseError, psycopg.Error, redis.RedisError, storage.StorageError, OSError)


class NotMigrated(OSError):
    """The database lacks migrations that this code comes with."""


class ReadOnly(OSError):
    """The database takes no writes, as while another server takes its place."""


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process serves requests; asks nobody."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every dependency does, else 503, with one entry each.

    `services` tells of what runs behind the API; their absence alone is no 503, since requests can be served.
    """
    answer = _checks().answer()
    return JsonResponse(answer, status=200 if answer["ready"] else 503)


class Checks:
    """The last answers, and the probes that are under way."""

    def __init__(self, probes: dict[str, Callable[[], Any]]) -> None:
        """Take the probes by name; each raises where its dependency is away."""
        self._probes = probes
        self._pool = ThreadPoolExecutor(len(probes), thread_name_prefix="probe")
        self._running: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self._kept: dict[str, Any] = {}
        self._until = 0.0
        self._away: list[str] | None = None

    def answer(self) -> dict[str, Any]:
        """Return the body of `/readyz`; of those who ask at once, one probes."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = self._probe_all()
                self._tell(self._kept["dependencies"])
                self._until = time.monotonic() + (KEPT_S if self._kept["ready"] else BAD_KEPT_S)
            return self._kept

    def _tell(self, found: dict[str, Any]) -> None:
        """Write a line when something goes away or comes back."""
        away = sorted(name for name, each in found.items() if not each["ok"])
        if away != (self._away or []):
            faults = {name: found[name]["error"] for name in away}
            logger.log(logging.WARNING if away else logging.INFO, "readiness.changed", extra={"away": faults})
        self._away = away

    def _probe_all(self) -> dict[str, Any]:
        for name, probe in self._probes.items():
            if name not in self._running or self._running[name].done():
                self._running[name] = self._pool.submit(partial(_timed, probe))
        until = time.monotonic() + PROBE_TIMEOUT_S
        found = {name: _result(future, until=until) for name, future in self._running.items()}
        living = found.pop("services")
        counts = living.pop("value", None) or {}
        return {
            "ready": all(each["ok"] for each in found.values()),
            "dependencies": {name: _without_value(each) for name, each in found.items()},
            "services": {
                each: {"ok": counts.get(each, 0) > 0, "running": counts.get(each, 0)} for each in SERVICES
            },
        }


def _timed(probe: Callable[[], Any]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        value = probe()
    except _FAULTS as error:
        # The kind alone: messages name hosts, ports and users.
        return {"ok": False, "error": type(error).__name__, "ms": _ms(started)}
    return {"ok": True, "ms": _ms(started), "value": value}


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _result(future: Future[dict[str, Any]], *, until: float) -> dict[str, Any]:
    try:
        return dict(future.result(timeout=max(until - time.monotonic(), 0)))
    except FutureTimeout:
        return {"ok": False, "error": "Timeout", "ms": PROBE_TIMEOUT_S * 1000}


def _without_value(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "value"}


def _database() -> None:
    # Straight from the pool, which waits no longer than we do; Django's own would wait ten seconds.
    with _connection() as found:
        # A replica, and a server that was told to, reads and takes nothing: whatever is asked of us but a look fails.
        answer = found.execute("SELECT current_setting('transaction_read_only')").fetchone()
    if answer != ("off",):
        raise ReadOnly


def _connection() -> AbstractContextManager[psycopg.Connection]:
    pool: ConnectionPool = process.database_pool()
    pool.open()
    return pool.connection(timeout=PROBE_TIMEOUT_S)


def _redis() -> None:
    # One that has no memory or disk left, or is no primary any more, answers a ping and takes nothing.
    _client().set(f"dam.ready.{settings.PLATFORM_KEY}", 1, px=int(1000 * PROBE_TIMEOUT_S))


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PROBE_TIMEOUT_S, socket_connect_timeout=PROBE_TIMEOUT_S
    )


class Migrations:
    """Asks until every migration of this code is applied, and then never again."""

    def __init__(self) -> None:
        """Know of none yet."""
        self._is_complete = False

    def __call__(self) -> None:
        """Compare the files with what the database has noted.

        Raises:
            NotMigrated: some are missing.
        """
        if self._is_complete:
            return
        with _connection() as found:
            applied = set(found.execute("SELECT app, name FROM django_migrations").fetchall())
        if _on_disk() - applied:
            raise NotMigrated
        self._is_complete = True


@lru_cache(maxsize=1)
def _on_disk() -> frozenset[tuple[str, str]]:
    """Return (app, name) of every migration file; nothing is imported for it."""
    return frozenset(
        (each.label, path.stem)
        for each in apps.get_app_configs()
        for path in (Path(each.path) / "migrations").glob("[0-9]*.py")
    )


@lru_cache(maxsize=1)
def _checks() -> Checks:
    return Checks(
        {
            "database": _database,
            "migrations": Migrations(),
            "redis": _redis,
            "storage": storage.probe,
            "services": process.living,
        }
    )
