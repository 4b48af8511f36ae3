"""Running one job: claim, heartbeat, handler, end; whoever loses the lease leaves no trace."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from dam.core import failpoints, storage, tenancy
from dam.core.errors import DomainError, problem
from dam.core.guard import guard
from dam.core.observing import log, metrics, tracing
from jobs.errors import TITLE, JobFailed, LeaseLost
from jobs.kinds import registered
from jobs.models import Job
from jobs.services import ending, heart, leases, rows
from jobs.services.queueing import announce_job, requeue, wake_queue

logger = logging.getLogger(__name__)
PROGRESS_INTERVAL_S = 1.0
#: A job that ends sooner is told of when it ends.
NEWS_AFTER_S = 0.5
STORAGE_AWAY = storage.StorageError.code


@dataclass
class Completion:
    """What the job ends with; the handler fills `result` inside `JobRun.completion()`."""

    result: dict[str, Any] = field(default_factory=dict)


class JobRun:
    """A claimed job in its worker's hands; a handler gets it outside any transaction."""

    def __init__(self, job: Job) -> None:
        """Copy what a handler needs of a row claimed just now."""
        self.job_id: UUID = job.id
        self.organization_id: UUID = job.organization_id
        self.kind: str = job.kind
        self.project_id: UUID | None = job.project_id
        self.version_id: UUID | None = job.version_id
        self.payload: dict[str, Any] = job.payload
        self.created_by: UUID | None = job.created_by
        self.attempt: int = job.attempts
        self.queued_at = job.created_at
        self.fence: int = job.fence
        self.lane: str = job.lane
        self.queue: str = job.queue
        self.lost = threading.Event()
        self.is_complete = False
        self._claimed, self._is_told = job, False
        self._pending: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._began_at = self._renewed_at = self._written_at = time.monotonic()

    def progress(self, fraction: float, *, renditions: Sequence[dict[str, Any]] | None = None) -> None:
        """Tell how far the work is, 0 to 1, and optionally each rendition's `{name, state, progress}`.

        Written, announced and the lease renewed at most once a second; cheap to call for every line of output.

        Raises:
            LeaseLost: the job was cancelled or taken over: stop, leave no trace.
        """
        with self._lock:
            self._pending["progress"] = min(max(float(fraction), 0.0), 1.0)
            if renditions is not None:
                self._pending["renditions"] = list(renditions)
        self.check()
        if time.monotonic() - self._written_at >= PROGRESS_INTERVAL_S:
            self.beat()

    def enter_lane(self, lane: str, *, expected_s: float | None = None) -> None:
        """Tell what the work costs a machine, once that is known, before anything expensive begins.

        Where the lane is full the job goes back into the queue, at no cost of an attempt, and is begun again when
        there is room. Units: `expected_s` seconds of work.

        Raises:
            LaneFull: not now; stop, leave no trace.
            LeaseLost: the job is no longer ours.
        """
        with tenancy.scope(self.organization_id):
            job = leases.held(self.job_id, fence=self.fence)
            may_stay = lane == self.lane or rows.has_room(job.id, lane=lane, limits=settings.JOB_LIMITS)
            job.lane, job.expected_s = lane, expected_s
            if may_stay:
                job.save(update_fields=["lane", "expected_s", "updated_at"])
            else:
                self.hush()
                job.attempts = max(job.attempts - 1, 0)
                requeue(job, delay_s=GIVE_BACK_AFTER_S)
        if not may_stay:
            self.lost.set()
            raise LaneFull
        self.lane = lane

    def check(self) -> None:
        """Raise `LeaseLost` if the heartbeat has found that the job is no longer ours."""
        if self.lost.is_set():
            raise LeaseLost

    def beat(self) -> None:
        """Renew the lease now and write what progress there is.

        Raises:
            LeaseLost: the job is no longer ours.
        """
        with self._lock:
            changes, self._pending = self._pending, {}
            self._written_at = time.monotonic()
        try:
            with tenancy.scope(self.organization_id):
                job = leases.renew(self.job_id, fence=self.fence, changes=changes)
                if changes:
                    self._tell(job)
        except LeaseLost:
            self.lost.set()
            raise
        self._renewed_at = time.monotonic()

    def is_due_to_beat(self) -> bool:
        """Tell whether the lease was renewed a heartbeat ago or more."""
        return time.monotonic() - self._renewed_at >= settings.JOB_HEARTBEAT_S

    def is_news(self) -> bool:
        """Tell whether the job has run for a while and nobody has heard of it."""
        return not self._is_told and time.monotonic() - self._began_at >= NEWS_AFTER_S

    def beat_or_lose(self) -> None:
        """Renew from the heartbeat's thread; a database out of reach is forgiven until the lease has run out."""
        try:
            self.beat()
        except LeaseLost:
            logger.warning("job.lease_lost", extra={"job_id": self.job_id})
        except (DatabaseError, OSError) as error:
            logger.warning("job.heartbeat_failed", extra={"job_id": self.job_id, "error": str(error)})
            if time.monotonic() - self._renewed_at > leases.lease_s():
                self.lost.set()
        finally:
            connection.close()

    @contextmanager
    def completion(self) -> Iterator[Completion]:
        """Commit the job's effect and its success in one transaction, under the fence.

        Opens the organisation's scope and locks the job row; at the end of the block the job has succeeded with
        `done.result`. An exception rolls back both.

        Raises:
            LeaseLost: the job is no longer ours; nothing was written.
        """
        done = Completion()
        try:
            with tenancy.scope(self.organization_id):
                leases.held(self.job_id, fence=self.fence)
                yield done
                job = leases.succeed(self.job_id, fence=self.fence, result=done.result, changes=self._pending)
                self._tell(job)
                failpoints.reach("job:ended")
        except LeaseLost:
            self.lost.set()
            raise
        self.is_complete = True

    @contextmanager
    def step(self) -> Iterator[Completion]:
        """Commit a part of the job's effect under the fence, with what there is of the result so far.

        Opens the organisation's scope and locks the job row until the block ends, so keep it short. Whoever has a
        step of the job committed holds the job; after a crash or a cancellation the steps committed stay, and
        `result` tells of them.

        Raises:
            LeaseLost: the job is no longer ours; nothing was written.
        """
        self.check()
        done = Completion()
        try:
            with tenancy.scope(self.organization_id):
                job = leases.held(self.job_id, fence=self.fence)
                yield done
                if done.result:
                    job.result = done.result
                    job.save(update_fields=["result", "updated_at"])
        except LeaseLost:
            self.lost.set()
            raise

    def finish(self, result: dict[str, Any]) -> None:
        """End a job well whose effect, if any, is committed already.

        Raises:
            LeaseLost: the job is no longer ours; nothing was written.
        """
        failpoints.reach("job:ended")
        job = leases.succeed_apart(
            self.job_id,
            organization_id=self.organization_id,
            fence=self.fence,
            result=result,
            changes=self._pending,
        )
        self._tell(job)
        self.is_complete = True

    def tell_of_start(self) -> None:
        """Show that the job runs, unless something newer of it has been told."""
        with self._lock:
            if not self._is_told:
                self._is_told = True
                announce_job(self._claimed)

    def hush(self) -> None:
        """Let the job's start be no news any more: what comes next is told by whoever does it."""
        with self._lock:
            self._is_told = True

    def _tell(self, job: Job) -> None:
        self.hush()
        announce_job(job)


class LaneFull(LeaseLost):
    """Too much of the same kind of heavy work runs already: the job has gone back into the queue."""


_draining = threading.Event()
GIVE_BACK_AFTER_S = 1.0


class Draining(Exception):
    """The worker is about to stop and takes nothing more."""


def run(job_id: UUID, *, organization_id: UUID) -> bool:
    """Claim this job and do it; False when it was not there to be claimed.

    Locks and transaction: outside any; the claim, each renewal and the end are short transactions of their own.

    Raises:
        Draining: the worker is about to stop; somebody else must be woken.
    """
    _begin()
    with tenancy.scope(organization_id):
        job = leases.claim(job_id)
    if job is not None:
        _do(job)
    return job is not None


def run_next(queue: str) -> Job | None:
    """Claim the job whose turn it is in the queue, whoever's it is, do it and return it; None when none can be done.

    Locks and transaction: as `run`; the choice is part of the claim's transaction.

    Raises:
        Draining: the worker is about to stop; somebody else must be woken.
    """
    _begin()
    job = leases.claim_next(queue)
    if job is not None:
        _do(job)
    return job


def _begin() -> None:
    if _draining.is_set():
        raise Draining
    log.clear()


def _do(job: Job) -> None:
    """Do a job whose claim has been committed."""
    log.bind(job_id=job.id, organization_id=job.organization_id)
    failpoints.work_on(job.id)
    failpoints.reach("job:claimed")
    log.bind(
        request_id=job.request_id or None, version_id=job.version_id, upload_id=job.payload.get("upload")
    )
    if job.attempts == 1 and job.started_at:
        metrics.JOB_WAIT_SECONDS.labels(job.queue).observe((job.started_at - job.due_at).total_seconds())
    above = tracing.follow(job.traceparent)
    current = JobRun(job)
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
    is_outage = retryable and failure["type"].endswith(STORAGE_AWAY) and _is_storage_away()
    with guard("job.end_lost", expected=(LeaseLost,)), tenancy.scope(current.organization_id):
        job = leases.held(current.job_id, fence=current.fence)
        if is_outage:
            ending.wait_out(job, failure=failure)
        else:
            ending.give_up_or_retry(job, failure=failure, retryable=retryable)


def _is_storage_away() -> bool:
    """Tell a store that does nothing for anybody from one that refuses this job alone."""
    try:
        storage.probe()
    except storage.StorageError:
        return True
    return False


def _failure(error: Exception) -> tuple[dict[str, Any], bool]:
    """Return the problem document of a failure and whether another try may help."""
    match error:
        case JobFailed():
            return error.problem(), error.retryable
        case DomainError():
            return error.problem(), error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "Something went wrong that nobody foresaw; the log of the worker tells what."
    return problem("job-crashed", TITLE, 500, detail), True


def drain() -> None:
    """Give every running job of this process back to the queue: the worker is about to stop.

    The attempt does not count, so restarts never use up a long job's tries.
    """
    _draining.set()
    for current in heart.kept():
        current.lost.set()
        current.hush()
        with guard("job.drain_failed", expected=(LeaseLost,)), tenancy.scope(current.organization_id):
            job = leases.held(current.job_id, fence=current.fence)
            job.attempts = max(job.attempts - 1, 0)
            requeue(job, delay_s=GIVE_BACK_AFTER_S)
            logger.info("job.given_back", extra={"job_id": current.job_id})
            metrics.JOBS_ENDED.labels(current.kind, "given_back").inc()
    connection.close()
