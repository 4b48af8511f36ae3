"""Imports as a client asks for them: a file sent by presign, the job done in this process."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from jobs.models import Job
from tests.cast import Answer, Api, Cast
from tests.ingest.sending import run_job, upload


def table(rows: list[list[Any]], **options: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, **options).writerows(rows)
    return text.getvalue().encode()


def ask(cast: Cast, body: bytes, form: str = "csv", *, who: Api | None = None, **options: Any) -> Answer:
    sent = upload(cast, body, name=f"rows.{form}", type="text/plain")
    given = {"upload": sent["id"], "format": form, **options}
    return (who or cast.editor).post("/api/assets/import", given)


def imported(cast: Cast, body: bytes, form: str = "csv", **options: Any) -> dict[str, Any]:
    job = run_job(ask(cast, body, form, **options))
    assert job.state == "succeeded", job.error
    return result(job)


def result(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = job.result or {}
    return found


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
