"""Sweeping: jobs whose worker died go back into the queue, wake-ups that got lost are sent again."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from dam.core import tenancy
from dam.core.delivery import outbox
from dam.core.errors import problem
from dam.core.observing import metrics
from jobs.errors import TITLE
from jobs.models import Job, Priority, Queue, State
from jobs.services.ending import give_up_or_retry
from jobs.services.queueing import wake
from jobs.services.waking import has_waiting

logger = logging.getLogger(__name__)
BATCH = 200
#: A queue that is never empty may hide that a wake-up got lost.
FORGOTTEN_AFTER = timedelta(minutes=10)
#: Usual work that what was just sent keeps going before; the oldest is let by.
LET_BY_AFTER_S = 60.0
LOST = (
    "The worker died while it did this job, each of the times it was tried: the file may need more memory than the "
    "worker has, or break one of its tools. Retry the job, or send the file in another format."
)


def sweep() -> int:
    """Take up every job that nobody holds any more; returns how many.

    Locks and transaction: one short transaction a job, each in its own organisation's scope.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT jobs_straighten(%s, %s)", [outbox.MOST_AHEAD_S, settings.JOB_LEASE_S])
        cursor.execute(
            "SELECT jobs_let_by(queue, %s, %s, %s) FROM unnest(%s::text[]) queue",
            [Priority.USUAL, Priority.LET_BY, LET_BY_AFTER_S, Queue.values],
        )
        cursor.execute(
            "SELECT id, organization_id FROM jobs_due(%s, %s, %s, %s)",
            [Queue.values, settings.JOB_REWAKE_S, int(FORGOTTEN_AFTER.total_seconds()), BATCH],
        )
        due: dict[tuple[UUID, UUID], None] = dict.fromkeys(cursor.fetchall())
    idle: dict[str, bool] = {}
    for job_id, organization_id in due:
        with tenancy.scope(organization_id):
            _take_up(job_id, idle)
    return len(due)


def _take_up(job_id: UUID, idle: dict[str, bool]) -> None:
    job = Job.objects.select_for_update(skip_locked=True).filter(id=job_id).first()
    if job is None:
        return
    if job.state == State.QUEUED:
        # A long queue is no lost message: where the broker has nothing of the queue, somebody is woken again (and if
        # all are busy, the message waits for the first who is not); where it always has, only after a long time.
        if job.queue not in idle:
            idle[job.queue] = not has_waiting(job.queue)
        if idle[job.queue] or job.woken_at < timezone.now() - FORGOTTEN_AFTER:
            Job.objects.filter(id=job_id).update(woken_at=Now())
            wake(job)
    elif job.state == State.RUNNING and Job.objects.filter(id=job_id, lease_until__lt=Now()).exists():
        logger.warning("job.worker_lost", extra={"job_id": job_id, "attempts": job.attempts})
        metrics.LEASE_EXPIRIES.labels(job.kind).inc()
        # The lease was back-off enough.
        give_up_or_retry(job, failure=problem("worker-lost", TITLE, 500, LOST), retryable=True, delay_s=0)
