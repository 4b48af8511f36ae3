"""How jobs end: succeeded, failed (perhaps after another try), cancelled; and how they begin again."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from activity.services import record
from dam.core.access import Actor
from dam.core.errors import Conflict, problem
from dam.core.observing import metrics
from jobs.errors import TITLE
from jobs.kinds import registered
from jobs.models import Job, State
from jobs.services.leases import MAX_ATTEMPTS
from jobs.services.queueing import RESTARTABLE, announce_job, requeue

FIRST_BACK_OFF_S, BACK_OFF_FACTOR = 5.0, 4.0
FINISHED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


def give_up_or_retry(
    job: Job, *, failure: dict[str, Any], retryable: bool, delay_s: float | None = None
) -> None:
    """End a locked job as failed, or queue it again while the failure may pass and attempts are left.

    Units: `delay_s` seconds until the next try; unless given, 5 and then 20.
    """
    if retryable and job.attempts < MAX_ATTEMPTS:
        metrics.JOBS_ENDED.labels(job.kind, "retried").inc()
        job.error = failure
        back_off_s = FIRST_BACK_OFF_S * BACK_OFF_FACTOR ** (job.attempts - 1)
        requeue(job, delay_s=back_off_s if delay_s is None else delay_s)
    else:
        if retryable:
            metrics.DEAD_LETTERS.labels(job.kind).inc()
        fail(job, failure=failure)


def wait_out(job: Job, *, failure: dict[str, Any], delay_s: float) -> None:
    """Queue a locked job again without spending a try: what it needs is away, which is not its fault."""
    metrics.JOBS_ENDED.labels(job.kind, "waits").inc()
    job.error = failure
    job.attempts -= 1
    requeue(job, delay_s=delay_s)


def fail(job: Job, *, failure: dict[str, Any]) -> None:
    """End a locked job with a problem document; the kind's `on_failed` runs in the same transaction."""
    job.error = failure
    metrics.JOBS_ENDED.labels(job.kind, "failed").inc()
    _end(job, State.FAILED)
    _tell_room(job, failure)


def cancel(job: Job, *, actor: Actor) -> Job:
    """Cancel a job that the caller has locked; its worker finds out at its next progress or heartbeat.

    Raises:
        Conflict: it has already succeeded or failed.
    """
    if job.state == State.CANCELLED:
        return job
    if job.state in FINISHED:
        raise Conflict(f"The job has already {job.state}.")
    job.fence += 1
    job.error = None
    metrics.JOBS_ENDED.labels(job.kind, "cancelled").inc()
    _end(job, State.CANCELLED)
    _tell_room(job, problem("cancelled", TITLE, 422, "The job was cancelled."))
    _record(job, actor=actor, verb="job.cancelled")
    return job


def retry(job: Job, *, actor: Actor) -> Job:
    """Queue a failed or cancelled job again, with fresh attempts; the caller has locked it.

    Raises:
        Conflict: it is queued or running, or has succeeded.
    """
    if job.state not in RESTARTABLE:
        raise Conflict(f"Only a failed or cancelled job can be retried; this one is {job.state}.")
    requeue(job, fresh_attempts=True)
    _record(job, actor=actor, verb="job.retried")
    return job


def _end(job: Job, state: State) -> None:
    job.state = state
    job.lease_until = None
    job.finished_at = Now()
    job.save()
    job.refresh_from_db()
    announce_job(job)


def _tell_room(job: Job, failure: dict[str, Any]) -> None:
    kind = registered(job.kind)
    if kind and kind.on_failed:
        kind.on_failed(job.id, job.organization_id, failure)


def _record(job: Job, *, actor: Actor, verb: str) -> None:
    record(
        actor,
        verb=verb,
        project_id=job.project_id,
        version_id=job.version_id,
        target_kind="job",
        target_id=job.id,
        after={"kind": job.kind, "state": job.state},
    )
