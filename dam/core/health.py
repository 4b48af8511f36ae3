"""`/healthz`: the process lives. `/readyz`: what it depends on answers."""

from __future__ import annotations

import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from dam.core import storage

PROBE_TIMEOUT_S = 2.0


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process serves requests."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every dependency does, else 503, with one entry each."""
    dependencies = {name: _probe(probe) for name, probe in PROBES.items()}
    is_ready = all(each["ok"] for each in dependencies.values())
    return JsonResponse({"ready": is_ready, "dependencies": dependencies}, status=200 if is_ready else 503)


def _probe(probe: Callable[[], None]) -> dict[str, object]:
    started = time.perf_counter()
    try:
        probe()
    except (DatabaseError, redis.RedisError, storage.StorageError, OSError) as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True, "ms": round((time.perf_counter() - started) * 1000, 1)}


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _redis() -> None:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PROBE_TIMEOUT_S)
    try:
        client.ping()
    finally:
        client.close()


PROBES: dict[str, Callable[[], None]] = {"database": _database, "redis": _redis, "storage": storage.probe}
