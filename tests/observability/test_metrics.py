"""Metrics of all processes in one place: complete, without ids, and as large after many restarts as before."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dam.core.observing import gauges, metrics
from dam.core.observing.exposition import exposition
from tests.cast import Cast
from tests.observability.journey import Journey
from tests.observability.platform_processes import ROOT, Platform, wait_for

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}|@|https?:")
COUNT = """
from dam.core.observing import metric_files, metrics
metrics.PROMOTED_BYTES.inc(5)
metrics.JOB_SECONDS.labels("trial").observe(0.2)
metrics.SOCKETS.labels("s").set(1)
"""
TELL = (
    COUNT
    + """
for each in metric_files.gathered():
    for sample in each.samples:
        if sample.name in ("dam_promoted_bytes_total", "dam_job_seconds_count", "dam_sockets"):
            print(sample.name, sample.value)
"""
)


def values(text: bytes, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def child(code: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"METRICS_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_what_a_worker_counted_is_told_by_the_api_and_survives_the_worker(
    running: Platform, journey: Journey
):
    done = {"kind": "preview", "end": "succeeded"}
    # A job is counted a moment after its row says how it ended. The worker takes what others left behind too.
    wait_for(lambda: values(running.get("/metrics").body, "dam_jobs_ended_total", **done) > 0)
    before = running.get("/metrics").body
    assert values(before, "dam_promoted_bytes_total") > 0
    assert values(before, "dam_stage_seconds_count", kind="preview", stage="encode") > 0
    assert values(before, "dam_first_segment_seconds_count") > 0
    assert values(before, "dam_processes", process="worker") == 1

    running.kill("worker")
    after = running.get("/metrics").body
    running.start("worker")

    assert values(after, "dam_jobs_ended_total", **done) >= values(before, "dam_jobs_ended_total", **done)
    assert values(after, "dam_processes", process="worker") == 0
    wait_for(running.is_up)


def test_no_label_holds_an_id_or_an_address(running: Platform, journey: Journey):
    families = text_string_to_metric_families(running.get("/metrics").body.decode())

    held = {value for family in families for sample in family.samples for value in sample.labels.values()}
    assert [value for value in held if ID.search(value)] == []


def test_many_restarts_neither_lose_a_count_nor_leave_files(tmp_path: Path):
    for _ in range(5):
        child(COUNT, tmp_path)

    told = child(TELL, tmp_path).split()

    found = dict(zip(told[::2], map(float, told[1::2]), strict=True))
    assert found == {"dam_promoted_bytes_total": 30, "dam_job_seconds_count": 6, "dam_sockets": 1}
    assert len(list(tmp_path.glob("*.db"))) == 2 + 3
    assert not list(tmp_path.glob("sum-*"))


def test_without_room_for_its_files_a_process_counts_for_itself(tmp_path: Path):
    (tmp_path / "taken").write_text("no folder")

    child(COUNT, tmp_path / "taken")

    assert (tmp_path / "taken").read_text() == "no folder"


@pytest.mark.usefixtures("db")
def test_the_database_tells_depth_and_age_of_every_queue(cast: Cast):
    found = {
        (each.name, *each.labels.values()): each.value for source in gauges.sources() for each in source()
    }

    for queue in ("short", "encode"):
        for state in ("queued", "waiting", "running"):
            assert found["dam_jobs", queue, state] >= 0
            assert found["dam_job_oldest_seconds", queue, state] >= 0
    assert found["dam_outbox_oldest_seconds",] >= 0
    assert found["dam_outbox_messages",] >= 0
    assert found["dam_uploads", "open"] >= 0


def test_tests_without_a_folder_serve_their_own_numbers(cast: Cast):
    before = values(exposition(), "dam_requests_total", route="api/me", status="200")
    cast.owner.get("/api/me")

    assert values(exposition(), "dam_requests_total", route="api/me", status="200") == before + 1


def test_a_strange_method_is_counted_as_other():
    metrics.observe_request(method="BREW", route="trial", status=405, elapsed_s=0.01)

    assert values(exposition(), "dam_requests_total", route="trial", method="OTHER") == 1
