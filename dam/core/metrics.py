"""Prometheus metrics of the process and its requests, and who may read them."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest

from dam.core.errors import NotFound, plain

REQUESTS = Counter("dam_requests_total", "Requests served", ["method", "route", "status"])
SECONDS = Histogram(
    "dam_request_seconds",
    "Time to answer a request, in seconds",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def observe_request(request: HttpRequest, status: int, elapsed_s: float) -> None:
    """Count a request under its route pattern, never its path: ids would make a series each."""
    match = request.resolver_match
    route = match.route if match else "unmatched"
    method = (
        request.method if request.method in {"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"} else "OTHER"
    )
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(elapsed_s)


def is_allowed(address: str) -> bool:
    """Tell whether a client may read the metrics: loopback and `METRICS_ALLOW` (addresses or networks)."""
    try:
        client = ipaddress.ip_address(address)
    except ValueError:
        return False
    networks = [ipaddress.ip_network(each, strict=False) for each in settings.METRICS_ALLOW]
    return client.is_loopback or any(client in network for network in networks)


def exposition(request: HttpRequest) -> HttpResponse:
    """Answer `/metrics` in the Prometheus text format."""
    if not is_allowed(str(request.META.get("REMOTE_ADDR", ""))):
        return plain(NotFound())
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
