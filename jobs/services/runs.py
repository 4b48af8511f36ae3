"""A claimed job in its worker's hands: progress, heartbeat, steps and the end, all under the fence."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from dam.core import failpoints, tenancy
from jobs.errors import LeaseLost
from jobs.models import Job
from jobs.services import leases, rows
from jobs.services.queueing import announce_job, requeue

logger = logging.getLogger(__name__)
PROGRESS_INTERVAL_S = 1.0
#: A job that ends sooner is told of when it ends.
NEWS_AFTER_S = 0.5
GIVE_BACK_AFTER_S = 1.0


@dataclass
class Completion:
    """What the job ends with; the handler fills `result` inside `JobRun.completion()`."""

    result: dict[str, Any] = field(default_factory=dict)


class JobRun:
    """A claimed job in its worker's hands; a handler gets it outside any transaction."""

    def __init__(self, job: Job, *, may_go_on: Callable[[], bool] = lambda: False) -> None:
        """Copy what a handler needs of a row claimed just now.

        `may_go_on` tells, when the job ends, whether its worker takes the next of the queue.
        """
        self.job_id: UUID = job.id
        self.organization_id: UUID = job.organization_id
        self.kind: str = job.kind
        self.project_id: UUID | None = job.project_id
        self.version_id: UUID | None = job.version_id
        self.payload: dict[str, Any] = job.payload
        self.created_by: UUID | None = job.created_by
        self.attempt: int = job.attempts
        self.queued_at = job.created_at
        #: Seconds from its first claim to this one.
        self.tried_for_s = (job.updated_at - job.started_at).total_seconds() if job.started_at else 0.0
        self.fence: int = job.fence
        self.lane: str = job.lane
        self.queue: str = job.queue
        self.lost = threading.Event()
        self.is_complete = False
        #: What was claimed as this one ended, and whether there was a look for it.
        self.following: Job | None = None
        self.has_looked = False
        self._may_go_on = may_go_on
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
        ended = leases.succeed_apart(
            self.job_id,
            organization_id=self.organization_id,
            fence=self.fence,
            result=result,
            changes=self._pending,
            then=self.queue if self._may_go_on() else None,
        )
        self.has_looked, self.following = ended.has_looked, ended.following
        if ended.job is None:
            raise LeaseLost
        self._tell(ended.job)
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
