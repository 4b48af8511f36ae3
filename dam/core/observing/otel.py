"""OpenTelemetry itself; imported only where a collector is named. Nothing here may slow or break the work.

Spans wait in a bounded queue and leave in a thread of their own; when the collector is away they are dropped and
counted. Everything else (headers, compression, sampling, resource, batch sizes) is read from OTEL_* by the SDK.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from dam.core.observing import log, metrics
from dam.core.observing.metric_files import identity

logger = logging.getLogger(__name__)
#: Seconds for one export; also the longest that the end of a process waits for it.
EXPORT_TIMEOUT_S = 2.0
COMPLAIN_EVERY_S = 60.0
_KINDS = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "producer": trace.SpanKind.PRODUCER,
    "consumer": trace.SpanKind.CONSUMER,
}
_PROPAGATOR = TraceContextTextMapPropagator()
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")


class Exporter(OTLPSpanExporter):
    """Sends spans; while the collector is away it drops them, counts them, and says so once a minute."""

    def __init__(self) -> None:
        """Take the address and all else from the environment."""
        is_given = any(each in os.environ for each in _TIMEOUTS)
        super().__init__(timeout=None if is_given else EXPORT_TIMEOUT_S)
        self.is_closing = False
        self._is_away = False
        self._said_at = -COMPLAIN_EVERY_S

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send one batch; at the end of the process only where the collector answered last."""
        result = SpanExportResult.FAILURE
        if not (self.is_closing and self._is_away):
            result = super().export(spans)
        self._is_away = result is not SpanExportResult.SUCCESS
        if self._is_away:
            metrics.SPANS_LOST.inc(len(spans))
            self._complain()
        return result

    def _complain(self) -> None:
        if time.monotonic() - self._said_at >= COMPLAIN_EVERY_S:
            self._said_at = time.monotonic()
            logger.warning("tracing.collector_away")


class Tracer:
    """The process's one tracer."""

    def __init__(self, process: str) -> None:
        """Start the thread that sends spans; log lines carry the trace from now on."""
        # Its own complaints come with every batch; ours come once a minute.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._exporter = Exporter()
        resource = Resource.create({"service.name": f"dam-{process}", SERVICE_INSTANCE_ID: identity()})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("dam")
        log.trace_with(_ids)
        atexit.register(self.close)

    @contextmanager
    def span(self, name: str, *, kind: str, parent: str, attributes: dict[str, Any]) -> Iterator[None]:
        """Measure the block; an exception that leaves it marks the span as failed, without its message."""
        above = _PROPAGATOR.extract({"traceparent": parent}, context.Context()) if parent else None
        given = {key: value for key, value in log.fields().items() if key.endswith("_id")} | attributes
        with self._tracer.start_as_current_span(
            name, above, _KINDS[kind], given, record_exception=False, set_status_on_exception=False
        ) as current:
            try:
                yield
            except BaseException as error:
                current.set_status(trace.StatusCode.ERROR, type(error).__name__)
                raise

    def rename(self, name: str) -> None:
        """Give the current span the name that is known only now."""
        trace.get_current_span().update_name(name)

    def note(self, attributes: dict[str, Any]) -> None:
        """Add attributes to the current span."""
        trace.get_current_span().set_attributes(attributes)

    def traceparent(self) -> str:
        """Return the current span as a W3C header, or an empty string."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get("traceparent", "")

    def close(self) -> None:
        """Send what is left, for as long as one export may take."""
        self._exporter.is_closing = True
        self._provider.shutdown()


def _ids() -> dict[str, str]:
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(current.trace_id),
        "span_id": trace.format_span_id(current.span_id),
    }
