"""Kinds of work that only tests know, registered here and in the tests' own worker process."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from dam.core import tenancy
from jobs.errors import JobFailed
from jobs.handlers import register
from jobs.models import Job
from jobs.services import JobRun, enqueue


class Crash(Exception):
    pass


def note(run: JobRun) -> dict[str, Any]:
    """Write a line into a file: how often, and in whose hands."""
    with Path(run.payload["file"]).open("a") as file:
        file.write(f"{run.attempt}\n")
    return {"attempt": run.attempt}


def hang_first(run: JobRun) -> dict[str, Any]:
    """Never come back the first time."""
    note(run)
    if run.attempt == 1:
        while True:
            time.sleep(0.05)
            run.check()
    return {"attempt": run.attempt}


def crash(run: JobRun) -> dict[str, Any]:
    raise Crash("secret words of the crash")


def refuse(run: JobRun) -> dict[str, Any]:
    raise JobFailed(
        "digest-mismatch", "The bytes are not those promised.", retryable=run.payload["retryable"]
    )


def cut(run: JobRun) -> dict[str, Any]:
    """Lose the database in the middle of a statement, once."""
    first = not Path(run.payload["file"]).exists()
    note(run)
    with tenancy.scope(run.organization_id), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())" if first else "SELECT 1")
    return {"attempt": run.attempt}


def register_all() -> None:
    for handler in (note, hang_first, crash, refuse, cut):
        register(f"test.{handler.__name__}", handler)


def queue(organization_id: UUID, kind: str, **changes: Any) -> Job:
    """Queue a job of a test's kind."""
    given = {
        "project_id": None,
        "version_id": None,
        "payload": {},
        "idem_key": "once",
        "queue": "short",
        "created_by": None,
    } | changes
    with tenancy.scope(organization_id):
        return enqueue(kind=kind, **given)[0]


def read(job: Job) -> Any:
    """Return the job as it is now."""
    with tenancy.scope(job.organization_id):
        return Job.objects.get(id=job.id)


def change(job: Job, **changes: Any) -> None:
    """Change the row behind everybody's back."""
    with tenancy.scope(job.organization_id):
        Job.objects.filter(id=job.id).update(**changes)


def clear_queues() -> None:
    """End what other tests left behind: workers take whoever's turn it is, in this test's organisations or not."""
    with psycopg.connect(os.environ["DATABASE_MIGRATOR_URL"], autocommit=True) as database:
        database.execute(
            "UPDATE jobs_job SET state = 'cancelled', finished_at = now(), lease_until = NULL "
            "WHERE state IN ('queued', 'running')"
        )
        database.execute("DELETE FROM core_outbox WHERE topic = 'job'")
