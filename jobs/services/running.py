"""Running one job: claim, handler, end; whoever loses the lease leaves no trace."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from dam.core import failpoints, storage, tenancy
from dam.core.errors import DomainError, problem
from dam.core.guard import guard
from dam.core.observing import log, metrics, tracing
from dam.core.outages import is_database_away
from jobs.errors import TITLE, JobFailed, LeaseLost
from jobs.kinds import registered
from jobs.models import Job
from jobs.services import ending, heart, leases
from jobs.services.queueing import requeue, wake_queue
from jobs.services.runs import GIVE_BACK_AFTER_S, JobRun, LaneFull

logger = logging.getLogger(__name__)
STORAGE_AWAY = storage.StorageError.code
#: What a store is given to see whether it takes anything: a few bytes, always in the same place.
ROOM = "doctor/room"
#: Work whose own statements bring the database down would do so for ever: from so long after its start on, it counts.
OUTAGES_FORGIVEN_S = 900.0
OUTAGE_BACK_OFF_S = 15.0
#: What a room has forgiven is tried again after as long as it has been tried already, up to a quarter of an hour.
LONGEST_BACK_OFF_S = 900.0
DATABASE_AGAIN_S = 0.5
DATABASE_AWAY = "The database did not answer while this ran; it is tried again by itself."
_draining = threading.Event()


class Draining(Exception):
    """The worker is about to stop and takes nothing more."""


def run(job_id: UUID, *, organization_id: UUID) -> bool:
    """Claim this job and do it; False when it was not there to be claimed.

    Locks and transaction: outside any; the claim, each renewal and the end are short transactions of their own.

    Raises:
        Draining: the worker is about to stop; somebody else must be woken.
    """
    refuse_while_draining()
    with tenancy.scope(organization_id):
        job = leases.claim(job_id)
    if job is not None:
        _do(JobRun(job), job)
    return job is not None


def run_next(queue: str) -> Job | None:
    """Claim the job whose turn it is in the queue, whoever's it is, do it and return it; None when none can be done.

    Locks and transaction: as `run`; the choice is part of the claim's transaction.

    Raises:
        Draining: the worker is about to stop; somebody else must be woken.
    """
    job = claim_next(queue)
    if job is not None:
        run_claimed(job, until=0)
    return job


def claim_next(queue: str) -> Job | None:
    """Claim the job whose turn it is in the queue, for `run_claimed`; None when none can be done.

    Raises:
        Draining: the worker is about to stop; somebody else must be woken.
    """
    refuse_while_draining()
    return leases.claim_next(queue)


def run_claimed(job: Job, *, until: float) -> JobRun:
    """Do a job that was claimed just now and return its run.

    Before `until`, of `time.monotonic`, the end of the job may claim `following`, which the caller SHALL do.
    """

    def may_go_on() -> bool:
        # After work in a lane others are woken, which may fail: nobody would do what follows.
        return not current.lane and time.monotonic() < until and not _draining.is_set()

    current = JobRun(job, may_go_on=may_go_on)
    _do(current, job)
    return current


def refuse_while_draining() -> None:
    """Take nothing where the worker is about to stop.

    Raises:
        Draining: it is.
    """
    if _draining.is_set():
        raise Draining


def _do(current: JobRun, job: Job) -> None:
    """Do a job whose claim has been committed."""
    log.clear()
    log.bind(job_id=job.id, organization_id=job.organization_id)
    failpoints.work_on(job.id)
    failpoints.reach("job:claimed")
    log.bind(
        request_id=job.request_id or None, version_id=job.version_id, upload_id=job.payload.get("upload")
    )
    if job.attempts == 1 and job.started_at:
        metrics.JOB_WAIT_SECONDS.labels(job.queue).observe((job.started_at - job.due_at).total_seconds())
    above = tracing.follow(job.traceparent)
    with tracing.span(f"job.{job.kind}", kind="consumer", parent=above, attempt=job.attempts):
        _perform(current)
    if set(current.lane.split("/")) & set(settings.JOB_LIMITS) and not _draining.is_set():
        _wake_who_waits(current)


def _wake_who_waits(ended: JobRun) -> None:
    """A lane has room again: what waited for it used up its wake-up when there was none."""
    with tenancy.scope(ended.organization_id):
        wake_queue(ended.queue, by=ended.job_id)


def _perform(current: JobRun) -> None:
    logger.info("job.started", extra={"kind": current.kind, "attempt": current.attempt})
    kind = registered(current.kind)
    heart.keep(current)
    started = time.perf_counter()
    try:
        with guard("job.crashed", expected=(JobFailed, LeaseLost, DomainError), kind=current.kind) as outcome:
            if _draining.is_set():  # claimed while the others were given back
                _give_back(current)
            if kind is None:
                raise JobFailed("unknown-kind", f"Nothing here can do a job of kind {current.kind}.")
            result = kind.handler(current)
            if not current.is_complete:
                current.finish(result or {})
    finally:
        heart.let_go(current)
        metrics.JOB_SECONDS.labels(current.kind).observe(time.perf_counter() - started)
    failpoints.reach("job:done")
    _settle(current, outcome.error)


def _settle(current: JobRun, error: Exception | None) -> None:
    """Write how a run without success ended; a run that lost its lease writes nothing."""
    if error is None or current.is_complete:
        logger.info("job.succeeded", extra={"kind": current.kind})
        metrics.JOBS_ENDED.labels(current.kind, "succeeded").inc()
        return
    if isinstance(error, LaneFull):
        logger.info("job.waits_for_room", extra={"kind": current.kind})
        metrics.JOBS_ENDED.labels(current.kind, "given_back").inc()
        return
    if isinstance(error, LeaseLost):
        logger.warning("job.discarded", extra={"kind": current.kind, "fence": current.fence})
        metrics.JOBS_ENDED.labels(current.kind, "discarded").inc()
        return
    failure, retryable = _failure(error)
    logger.warning(
        "job.failed", extra={"kind": current.kind, "problem": failure["type"], "retryable": retryable}
    )
    pause_s = _forgiven_pause_s(error, current) if retryable else None

    def write(job: Job) -> None:
        if pause_s is not None:
            ending.wait_out(job, failure=failure, delay_s=pause_s)
        else:
            ending.give_up_or_retry(job, failure=failure, retryable=retryable)

    until = time.monotonic() + leases.lease_s()
    while not _is_taken(current, write) and time.monotonic() < until and not _draining.is_set():
        connection.close()
        time.sleep(DATABASE_AGAIN_S)


def _is_taken(current: JobRun, write: Callable[[Job], None]) -> bool:
    """Write an end under the fence; False where the database is away, and may take it in a moment."""
    with guard("job.end_lost", expected=(LeaseLost,)) as outcome, tenancy.scope(current.organization_id):
        write(leases.held(current.job_id, fence=current.fence))
    return not is_database_away(outcome.error)


def _forgiven_pause_s(error: Exception, current: JobRun) -> float | None:
    """Return for how long to wait where what the job needs is away and the job not to blame; None where it spends a try."""
    if isinstance(error, JobFailed) and current.tried_for_s < error.forgiven_s:
        return min(max(current.tried_for_s, OUTAGE_BACK_OFF_S), LONGEST_BACK_OFF_S)
    return OUTAGE_BACK_OFF_S if _is_outage(error, current) else None


def _is_outage(error: Exception, current: JobRun) -> bool:
    """Tell whether the database or the store is away for all."""
    if is_database_away(error):
        return current.tried_for_s < OUTAGES_FORGIVEN_S
    return getattr(error, "code", "") == STORAGE_AWAY and _is_storage_away()


def _is_storage_away() -> bool:
    """Tell a store that does nothing for anybody from one that refuses this job alone; a full one still answers reads."""
    try:
        storage.probe()
    except storage.StorageError:
        return True
    try:
        storage.put_bytes("promoter", "docs", ROOM, b"room", content_type="text/plain")
    except storage.Unavailable:
        return True
    except storage.StorageError:
        return False
    return False


def _failure(error: Exception) -> tuple[dict[str, Any], bool]:
    """Return the problem document of a failure and whether another try may help."""
    match error:
        case JobFailed():
            return error.problem(), error.retryable
        case DomainError():
            return error.problem(), error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if is_database_away(error):
        return problem("database-unavailable", TITLE, 503, DATABASE_AWAY), True
    detail = "Something went wrong that nobody foresaw; the log of the worker tells what."
    return problem("job-crashed", TITLE, 500, detail), True


def drain() -> None:
    """Give every running job of this process back to the queue: the worker is about to stop.

    The attempt does not count, so restarts never use up a long job's tries.
    """
    _draining.set()
    for current in heart.kept():
        with guard("job.drain_failed", expected=(LeaseLost,)):
            _give_back(current)
    connection.close()


def _give_back(current: JobRun) -> None:
    """Put a job back into the queue.

    Raises:
        LeaseLost: always, for whoever does the job; at once where it is no longer ours.
    """
    current.lost.set()
    current.hush()
    with tenancy.scope(current.organization_id):
        job = leases.held(current.job_id, fence=current.fence)
        job.attempts = max(job.attempts - 1, 0)
        requeue(job, delay_s=GIVE_BACK_AFTER_S)
        logger.info("job.given_back", extra={"job_id": current.job_id})
        metrics.JOBS_ENDED.labels(current.kind, "given_back").inc()
    raise LeaseLost
