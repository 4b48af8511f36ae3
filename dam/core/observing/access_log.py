"""One line, one count and one span for each request: by route, never by path, which may hold ids and tokens."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from dam.core.observing import metrics, tracing

logger = logging.getLogger(__name__)
#: Probes come every few seconds for ever; they are counted, and `dam.core.observing.health` tells of what they find.
PROBES = frozenset({"healthz", "readyz", "metrics"})
UNMATCHED = "unmatched"


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the request matched."""
    return request.resolver_match.route if request.resolver_match else UNMATCHED


def tell(request: HttpRequest, response: HttpResponseBase, *, elapsed_s: float) -> None:
    """Write the request's line, after everything else is known of it; ids come from the log's context."""
    told = Told(request.method or "", route_of(request), response.status_code, _size(response))
    tell_of(told, elapsed_s=elapsed_s)


@dataclass(frozen=True, slots=True)
class Told:
    """What the line tells of a request: its method and route, and the answer's status and length in bytes."""

    method: str
    route: str
    status: int
    size: int | None


def tell_of(told: Told, *, elapsed_s: float) -> None:
    """Write the line of a request that was served without the framework."""
    metrics.observe_request(method=told.method, route=told.route, status=told.status, elapsed_s=elapsed_s)
    if tracing.is_on():
        _trace(told)
    if (told.route in PROBES and told.status in {200, 503}) or not logger.isEnabledFor(logging.INFO):
        return
    fields = {
        "method": told.method,
        "route": told.route,
        "status": told.status,
        "ms": round(elapsed_s * 1000, 2),
        "bytes": told.size,
    }
    logger.handle(_record(fields))


def _record(fields: dict[str, Any]) -> logging.LogRecord:
    """Return the record that `logger.info` would make, but for a walk up the stack and what no line tells."""
    record = logging.LogRecord.__new__(logging.LogRecord)
    now = time.time()
    record.__dict__ |= _alike() | fields | {"created": now, "msecs": now % 1 * 1000}
    return record


@cache
def _alike() -> dict[str, Any]:
    """Return what all of these records say."""
    return vars(logger.makeRecord(logger.name, logging.INFO, __file__, 0, "request.served", (), None))


def _trace(told: Told) -> None:
    tracing.rename(f"{told.method} {told.route}")
    tracing.note(
        {
            "http.request.method": told.method,
            "http.route": told.route,
            "http.response.status_code": told.status,
        }
    )


def _size(response: HttpResponseBase) -> int | None:
    """Return the length of the body in bytes; None for a stream that does not tell."""
    if not response.streaming:
        return len(response.content)  # type: ignore[attr-defined]  # what does not stream has it
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None
