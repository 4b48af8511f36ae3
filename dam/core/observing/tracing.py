"""Traces: where the time of a request or job went, across processes. Off, it costs a function call.

With an address in `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) spans go to an OpenTelemetry collector;
without one the library is never imported. A `traceparent` that a client sends is kept either way: it is in every log
line and in the jobs that the request starts. Source: W3C Trace Context.
"""

from __future__ import annotations

import importlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import Protocol

from dam.core.observing import log, metrics

Attribute = str | int | float | bool
Step = Callable[[str], None]
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_NOTHING = nullcontext()


class Tracer(Protocol):
    """What `dam.core.observing.otel` brings when tracing is on."""

    def span(
        self, name: str, *, kind: str, parent: str, attributes: dict[str, Attribute]
    ) -> AbstractContextManager[None]:
        """Measure the block; an exception that leaves it marks the span as failed."""

    def rename(self, name: str) -> None:
        """Give the current span the name that is known only now."""

    def note(self, attributes: dict[str, Attribute]) -> None:
        """Add attributes to the current span."""

    def traceparent(self) -> str:
        """Return the current span as a W3C header, or an empty string."""


_tracer: list[Tracer] = []


def is_wanted() -> bool:
    """Tell whether the environment names a collector. Source: the variables of the OpenTelemetry specification."""
    given = os.environ.get
    if given("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporters = given("OTEL_TRACES_EXPORTER", "otlp").split(",")
    return "otlp" in exporters and bool(
        given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or given("OTEL_EXPORTER_OTLP_ENDPOINT")
    )


def start(process: str) -> None:
    """Turn tracing on for this process, if it is wanted."""
    if is_wanted() and not _tracer:
        _tracer.append(importlib.import_module("dam.core.observing.otel").Tracer(process))


def is_on() -> bool:
    """Tell whether spans are measured in this process."""
    return bool(_tracer)


def span(
    name: str, *, kind: str = "internal", parent: str = "", **attributes: Attribute
) -> AbstractContextManager[None]:
    """Measure a block as a span below the current one, or below `parent`, a traceparent.

    `kind` is one of internal, server, client, producer, consumer.
    """
    if not _tracer:
        return _NOTHING
    return _tracer[0].span(name, kind=kind, parent=parent, attributes=attributes)


def rename(name: str) -> None:
    """Give the current span the name that is known only now."""
    if _tracer:
        _tracer[0].rename(name)


def note(attributes: dict[str, Attribute]) -> None:
    """Add attributes to the current span."""
    if _tracer:
        _tracer[0].note(attributes)


def follow(traceparent: str) -> str:
    """Take a trace that came from outside into the log; returns it, or an empty string where it is malformed."""
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return ""
    log.bind(trace_id=found[1], traceparent=traceparent)
    return traceparent


def traceparent() -> str:
    """Return the trace at hand for whoever goes on with the work: the current span, or what came from outside."""
    current = _tracer[0].traceparent() if _tracer else ""
    return current or log.outer_trace()


@contextmanager
def stage(kind: str, name: str) -> Iterator[None]:
    """Measure one stage of a job, as a span and in the metrics."""
    with span(f"{kind}.{name}"), metrics.stage(kind, name):
        yield


class Steps:
    """Turns a job's calls of `at(step)` into spans: each reaches from the step before to its own."""

    def __init__(self, kind: str, at: Step) -> None:
        """Wrap a job's own hook, which is called first."""
        self._kind, self._at = kind, at
        self._open: AbstractContextManager[None] | None = None
        self._since = time.perf_counter()

    def __enter__(self) -> Step:
        """Begin the first step."""
        self._begin()
        return self._reached

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the step that was never reached, or what came after the last."""
        self._end(f"{self._kind}.cleanup" if error is None else f"{self._kind}.unfinished", error)

    def _begin(self) -> None:
        self._since = time.perf_counter()
        self._open = span(f"{self._kind}.step")
        self._open.__enter__()

    def _end(self, name: str, error: BaseException | None = None) -> None:
        rename(name)
        if self._open is not None:
            self._open.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
            self._open = None

    def _reached(self, step: str) -> None:
        self._at(step)
        metrics.STAGE_SECONDS.labels(self._kind, step).observe(time.perf_counter() - self._since)
        self._end(f"{self._kind}.{step}")
        self._begin()
