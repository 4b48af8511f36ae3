"""Putting work into the queue, and telling a worker about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from activity.services import announce
from dam.core.db import new_id
from dam.core.delivery import outbox
from dam.core.observing import log, tracing
from jobs.models import Job, Priority, State
from jobs.presentation import job_document
from jobs.services import rows

WAKE_TOPIC = "job"
RESTARTABLE = (State.FAILED, State.CANCELLED)


def enqueue(
    *,
    kind: str,
    project_id: UUID | None,
    version_id: UUID | None,
    payload: dict[str, Any],
    idem_key: str,
    queue: str,
    created_by: UUID | None,
    restart: bool = False,
    priority: int = Priority.USUAL,
    lane: str = "",
    expected_s: float | None = None,
) -> tuple[Job, bool]:
    """Queue a job in the caller's transaction; returns (job, whether it was queued now).

    `priority` (`jobs.models.Priority`) orders the jobs of one organisation; organisations take turns. `lane` and
    `expected_s`, seconds of work, are given where they are known beforehand.

    The same organisation, kind and `idem_key` is the same job: it is returned as it is. With `restart` one that
    failed or was cancelled is queued anew, with this payload and fresh attempts.

    Locks and transaction: inside a scope; a second caller with the same key waits for the first to commit, and for
    nobody who does the job.
    """
    given = {"kind": kind, "project": project_id, "version": version_id, "payload": payload, "queue": queue}
    hints = {"priority": priority, "lane": lane, "expected_s": expected_s, "created_by": created_by}
    job = rows.insert({"id": new_id(), "idem_key": idem_key, **given, **hints, **_origin()}, topic=WAKE_TOPIC)
    if job is not None:
        announce_job(job)
        return job, True
    # Unlocked: whoever ends the job may want what the caller holds, and each would wait for the other.
    job = Job.objects.get(kind=kind, idem_key=idem_key)
    is_new = restart and job.state in RESTARTABLE and _begin_anew(job, payload=payload, version_id=version_id)
    return job, is_new


def _begin_anew(job: Job, *, payload: dict[str, Any], version_id: UUID | None) -> bool:
    """Queue a job that has ended without success; False where somebody else has done so meanwhile."""
    job.refresh_from_db(from_queryset=Job.objects.select_for_update())
    if job.state not in RESTARTABLE:
        return False
    job.payload, job.version_id = payload, version_id or job.version_id
    job.request_id, job.traceparent = _origin().values()
    requeue(job, fresh_attempts=True)
    return True


def _origin() -> dict[str, str]:
    """Return the request and the trace that ask for a job, in that order."""
    return {"request_id": log.request_id(), "traceparent": tracing.traceparent()}


def requeue(job: Job, *, fresh_attempts: bool = False, delay_s: float = 0) -> None:
    """Put a job that the caller has locked back into the queue; whoever still works on it has lost it."""
    job.state = State.QUEUED
    job.fence += 1
    job.lease_until = None
    job.due_at = Now() + timedelta(seconds=delay_s)
    job.finished_at = None
    if fresh_attempts:
        job.attempts, job.progress, job.renditions = 0, 0.0, []
        job.error = job.result = job.started_at = None
    job.save()
    job.refresh_from_db()
    wake(job, delay_s=delay_s)
    announce_job(job)


def hasten(job_id: UUID) -> bool:
    """Let a job that still waits go before its organisation's others: somebody looks at what it makes.

    Locks and transaction: inside a scope; one conditional update, which does nothing the second time.
    """
    waiting = Job.objects.filter(id=job_id, state=State.QUEUED, priority__gt=Priority.WATCHED)
    return bool(waiting.update(priority=Priority.WATCHED))


def wake(job: Job, *, delay_s: float = 0) -> None:
    """Tell a worker of the job's queue, after commit."""
    wake_queue(job.queue, by=job.id, delay_s=delay_s)


def wake_queue(queue: str, *, by: UUID, delay_s: float = 0) -> None:
    """Have one worker of the queue look for the job whose turn it is, after commit; `by` is the job to thank."""
    outbox.publish(WAKE_TOPIC, {"job": str(by), "queue": queue}, delay_s=delay_s)


def announce_job(job: Job) -> None:
    """Show the job's state to whoever watches its project or version, after commit."""
    announce(
        organization_id=job.organization_id,
        event="job.updated",
        data=job_document(job),
        project_id=job.project_id,
        version_id=job.version_id,
        key=f"job:{job.id}",
    )
