"""What every server process does beside its work: it names itself, and tells every few seconds that it lives.

`begin` is called once by the wiring of the API, the live server and the workers. The beat sets this process's
gauges and leaves a mark in Redis, by which `/readyz` of another process knows that it runs.
"""

from __future__ import annotations

import importlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connections

from dam.core import daemons
from dam.core.observing import log, metrics, tracing
from dam.core.observing.metric_files import identity
from dam.core.postgres import silence

BEAT_S = 5.0
#: Seconds without a beat after which a process counts as gone.
GONE_AFTER_S = 3 * BEAT_S
REDIS_TIMEOUT_S = 1.0
#: Where somebody waits for each statement; elsewhere one may work for long before it answers.
ANSWERING, BACKGROUND_PATIENCE = {"api"}, 15
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def begin(name: str, *, parts: Callable[[], Iterable[str]] = tuple) -> None:
    """Name this process in logs, metrics, traces and reports, and begin its beat.

    `name` is `api`, `live` or `worker`; `parts` tells at each beat what else runs inside it.
    """
    log.name_process(name)
    log.log_crashes()
    tracing.start(name)
    if settings.SENTRY_DSN:
        importlib.import_module("dam.core.observing.sentry").start(name)
    metrics.PROCESSES.labels(name).set(1)
    for event in log.PAGES:
        metrics.ERRORS.labels(event)
    patience = 1 if name in ANSWERING else BACKGROUND_PATIENCE
    silence.watch(after_s=settings.DATABASE_SILENT_S * patience, then=_connect_anew)
    daemons.start("beat", partial(_beat_until_the_end, name, parts))


def living() -> Counter[str]:
    """Return how many of each kind of process, and of their parts, have told of themselves lately.

    Raises:
        redis.RedisError: Redis cannot be reached.
    """
    marks: Any = _redis().zrangebyscore(_key(), time.time() - GONE_AFTER_S, "+inf")
    return Counter(mark.decode().partition("|")[0] for mark in marks)


def database_pool() -> Any:
    """Return psycopg's pool of this process, which Django's types do not know; None where it has none."""
    default: Any = connections["default"]
    return default.pool if default.settings_dict["OPTIONS"].get("pool") else None


def _connect_anew() -> None:
    """Try none of the connections that lie ready: where one was silent, all are."""
    pool = database_pool()
    if pool is not None and not pool.closed:
        pool.drain()


def _beat_until_the_end(name: str, parts: Callable[[], Iterable[str]]) -> None:
    waits = _PoolWaits(name)
    while True:
        metrics.MEMORY.labels(name).set(_resident_bytes())
        waits.observe()
        _leave_marks([name, *parts()])
        if daemons.is_ending_within(BEAT_S):
            return


def _leave_marks(names: list[str]) -> None:
    """Say that we live; whoever has been silent for long is forgotten on the way."""
    now = time.time()
    try:
        pipe = _redis().pipeline(transaction=False)
        pipe.zadd(_key(), {f"{each}|{os.uname().nodename}|{identity()}": now for each in names})
        pipe.zremrangebyscore(_key(), "-inf", now - 10 * GONE_AFTER_S)
        pipe.expire(_key(), int(100 * GONE_AFTER_S))
        pipe.execute()
    except redis.RedisError:
        # `/readyz` tells that Redis is away; the next beat tries again.
        return


class _PoolWaits:
    """Carries the pool's own numbers over into ours."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._before: Counter[str] = Counter()

    def observe(self) -> None:
        """Set the gauges and add what has come since the last time."""
        pool = database_pool()
        if pool is None:
            return
        now = Counter(pool.get_stats())
        since, self._before = now - self._before, now
        for kind, value in (("all", now["pool_size"]), ("idle", now["pool_available"])):
            metrics.POOL_CONNECTIONS.labels(self._process, kind).set(value)
        metrics.POOL_WAITING.labels(self._process).set(now["requests_waiting"])
        metrics.POOL_WAITS.labels(self._process).inc(since["requests_queued"])
        metrics.POOL_WAIT_SECONDS.labels(self._process).inc(since["requests_wait_ms"] / 1000)
        metrics.POOL_ERRORS.labels(self._process).inc(since["requests_errors"])


def _resident_bytes() -> int:
    """Source: proc_pid_statm(5), the second number."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


def _key() -> str:
    return f"dam.alive.{settings.PLATFORM_KEY}"


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
    )
