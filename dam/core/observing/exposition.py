"""`/metrics` in the Prometheus text format: every process's numbers, the database's and the edge's, and who may read."""

from __future__ import annotations

import ipaddress
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from functools import lru_cache
from http.client import HTTPException

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from dam.core.errors import NotFound, plain
from dam.core.observing import gauges, metric_files
from dam.core.observing.gauges import Reading

#: Seconds for which an answer of the database or of the edge serves all who ask.
KEPT_S = 5.0
EDGE_TIMEOUT_S = 1.0
#: The edge's own counters and the labels that are kept; it also tells organisations apart, which belongs into bills.
EDGE_FAMILIES = {
    "edge_requests": ("cache", "status"),
    "edge_sent_bytes": (),
    "edge_origin_bytes": (),
    "edge_revocation_pull_failures": (),
    "edge_revocations_refused": (),
    "edge_signing_key": ("kid",),
    "edge_disk_low": (),
    "edge_revoked_entries": (),
    "edge_revocations_pulled_timestamp_seconds": (),
}


def is_allowed(address: str) -> bool:
    """Tell whether a client may read the metrics: loopback and `METRICS_ALLOW` (addresses or networks)."""
    try:
        client = ipaddress.ip_address(address)
    except ValueError:
        return False
    networks = [ipaddress.ip_network(each, strict=False) for each in settings.METRICS_ALLOW]
    return client.is_loopback or any(client in network for network in networks)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer `/metrics`."""
    if not is_allowed(str(request.META.get("REMOTE_ADDR", ""))):
        return plain(NotFound())
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def exposition() -> bytes:
    """Return all metrics as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(_Processes() if metric_files.folder() else REGISTRY)
    registry.register(_database())
    registry.register(_edge())
    return generate_latest(registry)


class _Processes:
    """What the processes have counted."""

    def collect(self) -> Iterable[Metric]:
        return metric_files.gathered()


class _Kept:
    """A collector whose answer serves for a few seconds; one thread asks, the others wait for it."""

    def __init__(self, ask: Callable[[], list[Metric]]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: list[Metric] = []
        self._until = 0.0

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._answer = self._ask()
                self._until = time.monotonic() + KEPT_S
            return self._answer


@lru_cache(maxsize=1)
def _database() -> _Kept:
    return _Kept(_ask_database)


@lru_cache(maxsize=1)
def _edge() -> _Kept:
    return _Kept(_ask_edge)


def _ask_database() -> list[Metric]:
    """Return the gauges that lie in the database; without it, only that it is away."""
    families: dict[str, GaugeMetricFamily] = {}
    is_up = True
    try:
        for source in gauges.sources():
            for reading in source():
                _add(families, reading)
    except (DatabaseError, psycopg.Error, OSError):
        is_up = False
    finally:
        if not connection.in_atomic_block:
            connection.close()
    return [_flag("dam_database_up", "Whether the database answers", is_up=is_up), *families.values()]


def _add(families: dict[str, GaugeMetricFamily], reading: Reading) -> None:
    if reading.name not in families:
        families[reading.name] = GaugeMetricFamily(reading.name, reading.help, labels=list(reading.labels))
    families[reading.name].add_metric(list(reading.labels.values()), reading.value)


def _ask_edge() -> list[Metric]:
    """Return the edge's counters, summed over organisations; nothing where there is no edge to ask."""
    address = settings.EDGE_CONTROL_URL
    if not address:
        return []
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/metrics", timeout=EDGE_TIMEOUT_S) as answer:
            found = list(text_string_to_metric_families(answer.read().decode()))
    except (OSError, HTTPException, urllib.error.URLError, ValueError):
        return [_flag("dam_edge_up", "Whether the edge answers", is_up=False)]
    summed = [_summed(each) for each in found if each.name in EDGE_FAMILIES]
    return [_flag("dam_edge_up", "Whether the edge answers", is_up=True), *summed]


def _summed(family: Metric) -> Metric:
    labels = EDGE_FAMILIES[family.name]
    sums: dict[tuple[str, ...], float] = {}
    for sample in family.samples:
        key = tuple(sample.labels.get(each, "") for each in labels)
        sums[key] = sums.get(key, 0.0) + sample.value
    kind = CounterMetricFamily if family.type == "counter" else GaugeMetricFamily
    made = kind(f"dam_{family.name}", f"The edge's {family.name}, all organisations together", labels=labels)
    for key, value in sums.items():
        made.add_metric(list(key), value)
    return made


def _flag(name: str, text: str, *, is_up: bool) -> Metric:
    return GaugeMetricFamily(name, text, value=float(is_up))
