"""One line, one count and one span for each request: by route, never by path, which may hold ids and tokens."""

from __future__ import annotations

import logging

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
    method, route, status = request.method or "", route_of(request), response.status_code
    metrics.observe_request(method=method, route=route, status=status, elapsed_s=elapsed_s)
    tracing.rename(f"{method} {route}")
    tracing.note({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if route in PROBES and status in {200, 503}:
        return
    logger.info(
        "request.served",
        extra={
            "method": method,
            "route": route,
            "status": status,
            "ms": round(elapsed_s * 1000, 2),
            "bytes": _size(response),
        },
    )


def _size(response: HttpResponseBase) -> int | None:
    """Return the length of the body in bytes; None for a stream that does not tell."""
    if not response.streaming:
        return len(response.content)  # type: ignore[attr-defined]  # what does not stream has it
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None
