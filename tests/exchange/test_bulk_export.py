"""The bulk action `export`: a selection becomes a file that its owner fetches."""

from __future__ import annotations

import csv
import io
import urllib.request
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from dam.core import storage, tenancy
from exchange.models import ExportFile
from exchange.services import sweep_exports
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.ingest.sending import result_of, run_job


def fetched(cast: Cast, job_id: str) -> bytes:
    answer = cast.viewer.get(f"/api/jobs/{job_id}/export")
    assert answer.status == 302, answer
    with urllib.request.urlopen(answer.headers["Location"]) as sent:  # noqa: S310 - the store's own address
        body: bytes = sent.read()
    return body


def test_a_selection_is_written_and_fetched_by_whoever_asked(cast: Cast):
    chosen, _ = deliver(cast.project, title="Chosen")
    deliver(cast.project, title="Other")

    job = run_job(
        cast.viewer.post(
            "/api/bulk",
            {"selection": {"ids": [str(chosen.id)]}, "action": {"export": {"format": "csv"}}},
        )
    )

    made = result_of(job)["export"]
    body = fetched(cast, str(job.id))
    assert (made["rows"], made["size"]) == (1, len(body))
    (row,) = csv.DictReader(io.StringIO(body.decode(), newline=""))
    assert (row["id"], row["title"], row["comment_count"]) == (str(chosen.id), "Chosen", "0")
    assert cast.editor.get(f"/api/jobs/{job.id}/export").status == 302, "they see its project"
    assert cast.stranger.get(f"/api/jobs/{job.id}/export").status == 404


def test_a_file_is_kept_for_its_days_and_no_longer(cast: Cast):
    asset, _ = deliver(cast.project)
    job = run_job(
        cast.viewer.post(
            "/api/bulk", {"selection": {"ids": [str(asset.id)]}, "action": {"export": {"format": "csv"}}}
        )
    )
    until = datetime.fromisoformat(result_of(job)["export"]["expires_at"])
    assert abs(until - timezone.now() - timedelta(days=settings.EXPORT_TTL_DAYS)) < timedelta(minutes=5)
    sweep_exports()
    assert fetched(cast, str(job.id))
    with tenancy.scope(cast.org_id):
        [file] = ExportFile.objects.all()
        old = timezone.now() - timedelta(days=settings.EXPORT_TTL_DAYS, minutes=1)
        ExportFile.objects.update(updated_at=old)
    sweep_exports()

    refused = cast.viewer.get(f"/api/jobs/{job.id}/export")
    assert (refused.status, "no longer" in refused["detail"]) == (409, True)
    with pytest.raises(storage.NotFound):
        storage.get_bytes("promoter", "docs", file.key)


def test_a_search_is_written_as_the_stream_writes_it(cast: Cast):
    for number in range(3):
        deliver(cast.project, title=f"Shot {number}")

    job = run_job(
        cast.viewer.post("/api/bulk", {"selection": {"query": {"q": "shot"}}, "action": {"export": "jsonl"}})
    )

    streamed = cast.viewer.get("/api/assets/export?format=jsonl&q=shot").response.content
    assert sorted(fetched(cast, str(job.id)).splitlines()) != []
    assert len(fetched(cast, str(job.id)).splitlines()) == len(streamed.splitlines()) == 3


@pytest.mark.parametrize("value", [True, {"format": "xlsx"}, {}, {"format": "csv", "path": "/etc"}, None, 7])
def test_a_wrong_export_is_refused_by_name(cast: Cast, value: Any):
    asset, _ = deliver(cast.project)

    answer = cast.editor.post(
        "/api/bulk", {"selection": {"ids": [str(asset.id)]}, "action": {"export": value}}
    )

    assert answer.status == 400
    assert all(each.startswith("action") for each in answer.errors)
