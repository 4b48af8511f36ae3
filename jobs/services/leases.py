"""Holding a job: claim, renew and check, all by conditional updates on the fence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from jobs.errors import LeaseLost
from jobs.models import Job, State

MAX_ATTEMPTS = 3


def lease_s() -> float:
    """Return for how many seconds a claim holds without a renewal."""
    return float(settings.JOB_LEASE_S)


def claim(job_id: UUID) -> Job | None:
    """Take the job if it is due, or if its holder's lease ran out; None when someone else was faster.

    Locks and transaction: inside a scope; of any number of callers exactly one gets the job.
    """
    due = Q(state=State.QUEUED, due_at__lte=Now()) | Q(state=State.RUNNING, lease_until__lt=Now())
    claimed = Job.objects.filter(due, id=job_id, attempts__lt=MAX_ATTEMPTS).update(
        state=State.RUNNING,
        attempts=F("attempts") + 1,
        fence=F("fence") + 1,
        lease_until=Now() + timedelta(seconds=lease_s()),
        started_at=Coalesce(F("started_at"), Now()),
        error=None,
        updated_at=Now(),
    )
    return Job.objects.get(id=job_id) if claimed else None


def renew(job_id: UUID, *, fence: int, changes: dict[str, Any]) -> Job:
    """Prolong the lease and write progress along with it.

    Raises:
        LeaseLost: the job is no longer held under this fence.
    """
    held = Job.objects.filter(id=job_id, state=State.RUNNING, fence=fence)
    lease = Now() + timedelta(seconds=lease_s())
    if not held.update(lease_until=lease, updated_at=Now(), **changes):
        raise LeaseLost
    return Job.objects.get(id=job_id)


def held(job_id: UUID, *, fence: int) -> Job:
    """Return the job locked for the caller's transaction.

    Raises:
        LeaseLost: the job is no longer held under this fence.
    """
    job = Job.objects.select_for_update().filter(id=job_id, state=State.RUNNING, fence=fence).first()
    if job is None:
        raise LeaseLost
    return job
