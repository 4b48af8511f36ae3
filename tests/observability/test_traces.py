"""Spans as a collector receives them, from the request to the last segment; and a collector that is not there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from tests.observability.journey import TRACE, Journey
from tests.observability.platform_processes import ROOT, wait_for
from tests.observability.receivers import Receiver, Span

LAST = "preview.finish"
SPANS_WITHOUT_A_COLLECTOR = """
import sys, time
from dam.core.observing import tracing
tracing.start("api")
started = time.perf_counter()
for _ in range(5000):
    with tracing.span("work", kind="server"):
        pass
print(time.perf_counter() - started)
"""
IMPORTED = """
import sys
import dam.celery, dam.wsgi
print(sorted(each for each in sys.modules if each.startswith(("opentelemetry", "sentry_sdk"))))
"""
CARRIED = """
import sys
import dam.asgi, dam.celery, dam.wsgi
print("numpy" in sys.modules)
import previews.media.encoding.waveform as waveform
sound = waveform.Waveform(rate=100)
sound.feed(bytes(48_000))
print("numpy" in sys.modules, len(sound.finish()["peaks"]))
"""


def spans_of(collector: Receiver) -> dict[str, Span]:
    """The spans of the journey by name; of equal names the last."""
    wait_for(lambda: any(each.name == LAST and each.trace == TRACE for each in collector.spans))
    wait_for(lambda: any(each.name == "job.preview" and each.trace == TRACE for each in collector.spans))
    return {each.name: each for each in collector.spans if each.trace == TRACE}


def test_one_trace_reaches_from_the_request_to_the_previews(collector: Receiver, journey: Journey):
    spans = spans_of(collector)

    assert {
        "POST api/presign",
        "POST api/uploads/<str:id>/complete",
        "POST api/promote",
        "job.promote",
        "promotion.copied",
        "promotion.verified",
        "promotion.committed",
        "job.preview",
        "preview.fetch",
        "preview.probe",
        "preview.encode",
        "preview.check",
        "preview.publish",
        LAST,
        "storage.put",
        "storage.copy-part",
    } <= set(spans)
    assert spans["POST api/promote"].process == "dam-api"
    assert spans["job.promote"].process == "dam-worker"


def test_each_job_hangs_below_whoever_asked_for_it(collector: Receiver, journey: Journey):
    spans = spans_of(collector)

    assert spans["job.promote"].parent == spans["POST api/promote"].id
    assert spans["promotion.copied"].parent == spans["job.promote"].id
    assert spans["job.preview"].parent == spans["promotion.entered"].id
    assert spans["preview.encode"].parent == spans["job.preview"].id
    assert [each.name for each in spans.values() if each.is_error] == []


def test_spans_carry_the_ids_and_neither_names_nor_addresses(collector: Receiver, journey: Journey):
    spans = spans_of(collector)

    assert spans["job.promote"].attributes["job_id"] == str(journey.promote.id)
    assert spans["POST api/promote"].attributes["http.response.status_code"] == 202
    told = repr([each.attributes for each in spans.values()])
    assert journey.name not in told
    assert "http://" not in told


def test_a_collector_that_is_away_or_silent_slows_nothing_down():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (silent.getsockname()[1], 1):
            env = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
            ended = subprocess.run(
                [sys.executable, "-c", SPANS_WITHOUT_A_COLLECTOR],
                cwd=ROOT,
                env=env,
                capture_output=True,
                text=True,
                check=True,
                timeout=120,
            )

            assert float(ended.stdout) < 5
            assert "Traceback" not in ended.stderr


def test_what_is_off_is_not_even_imported():
    off = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OTEL_", "SENTRY_", "METRICS_"))
    }

    ended = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=ROOT, env=off, capture_output=True, text=True, check=True
    )

    assert ended.stdout.strip() == "[]"


def test_what_looks_at_sound_and_pictures_comes_with_its_first_use():
    ended = subprocess.run(
        [sys.executable, "-c", CARRIED], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ended.stdout.split() == ["False", "True", "50"]
