"""What the platform counts, in one place; labels are few and never ids.

Names end in their unit (`_seconds`, `_bytes`) and `_total` where they only grow. Knows neither Django nor the
database, so that the pure media code may count too. `dam.core.observing.exposition` serves the numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

#: Gauges of processes add up, and go when their process does.
LIVE_SUM: Final = "livesum"
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})
_QUICK_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG_S = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)

REQUESTS = Counter("dam_requests_total", "Requests served", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "dam_request_seconds", "Time to answer a request, in seconds", ["method", "route"], buckets=_QUICK_S
)

JOBS_ENDED = Counter(
    "dam_jobs_ended_total",
    "Runs of jobs by how they ended: succeeded, failed, retried, waits, cancelled, discarded, given_back",
    ["kind", "end"],
)
JOB_SECONDS = Histogram("dam_job_seconds", "Time that one run of a job took", ["kind"], buckets=_LONG_S)
JOB_WAIT_SECONDS = Histogram(
    "dam_job_wait_seconds",
    "Time from the moment a job was due to its first claim",
    ["queue"],
    buckets=_LONG_S,
)
LEASE_EXPIRIES = Counter("dam_job_lease_expiries_total", "Jobs taken from a worker that died", ["kind"])
DEAD_LETTERS = Counter("dam_job_dead_letters_total", "Jobs given up after their last try", ["kind"])

STAGE_SECONDS = Histogram(
    "dam_stage_seconds", "Time of one stage of a job", ["kind", "stage"], buckets=_LONG_S
)
FIRST_SEGMENT_SECONDS = Histogram(
    "dam_first_segment_seconds",
    "Time from asking for previews to the first playable segment",
    buckets=_LONG_S,
)
PROMOTED_BYTES = Counter("dam_promoted_bytes_total", "Bytes that became masters")
TOOLS_ENDED = Counter(
    "dam_media_tools_ended_total",
    "Media tools by how they ended: finished, failed, killed, timeout, stopped",
    ["tool", "end"],
)
ENCODER_FALLBACKS = Counter(
    "dam_encoder_fallbacks_total",
    "Builds that did without the graphics card, by why: device, options, other",
    ["encoder", "reason"],
)

STORAGE_CALLS = Counter("dam_storage_calls_total", "Calls of the object store", ["operation", "outcome"])
STORAGE_SECONDS = Histogram(
    "dam_storage_seconds", "Time of one call of the object store", ["operation"], buckets=_QUICK_S
)

SCHEDULED = Counter("dam_scheduled_runs_total", "Runs of scheduled tasks", ["task", "end"])
SOCKETS = Gauge("dam_sockets", "Open sockets", ["feed"], multiprocess_mode=LIVE_SUM)
SOCKETS_CLOSED = Counter("dam_sockets_closed_total", "Sockets closed, by close code", ["code"])
LIVE_SECONDS = Histogram(
    "dam_live_delivery_seconds", "Time from a change to its event leaving for the sockets", buckets=_QUICK_S
)

PROCESSES = Gauge("dam_processes", "Processes of the platform", ["process"], multiprocess_mode=LIVE_SUM)
MEMORY = Gauge(
    "dam_process_resident_bytes", "Memory of the processes", ["process"], multiprocess_mode=LIVE_SUM
)
POOL_CONNECTIONS = Gauge(
    "dam_database_pool_connections",
    "Connections of the database pools: all, idle",
    ["process", "kind"],
    multiprocess_mode=LIVE_SUM,
)
POOL_WAITING = Gauge(
    "dam_database_pool_waiting", "Threads that wait for a connection", ["process"], multiprocess_mode=LIVE_SUM
)
POOL_WAITS = Counter("dam_database_pool_waits_total", "Times that a connection was waited for", ["process"])
POOL_WAIT_SECONDS = Counter(
    "dam_database_pool_wait_seconds_total", "Time spent waiting for connections", ["process"]
)
POOL_ERRORS = Counter("dam_database_pool_errors_total", "Times that no connection could be had", ["process"])

ERRORS = Counter("dam_errors_total", "Lines of level error in the log, each with its runbook", ["event"])
SPANS_LOST = Counter("dam_spans_lost_total", "Spans that the collector did not take")


def observe_request(*, method: str, route: str, status: int, elapsed_s: float) -> None:
    """Count a request under its route's pattern, never its path: ids would make a series each."""
    served, took = _request_series(method if method in METHODS else "OTHER", route, status)
    served.inc()
    took.observe(elapsed_s)


@lru_cache(maxsize=2048)
def _request_series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the two series of an answer: they are looked up under a lock otherwise."""
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(method, route)


@contextmanager
def stage(kind: str, name: str) -> Iterator[None]:
    """Measure one stage of a job, however it ends."""
    started = time.perf_counter()
    try:
        yield
    finally:
        STAGE_SECONDS.labels(kind, name).observe(time.perf_counter() - started)
