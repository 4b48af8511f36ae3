"""Holding a job: claim, renew and check, all by conditional updates on the fence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from dam.core import tenancy, wire
from jobs.errors import LeaseLost
from jobs.models import Job, Priority, State
from jobs.services import rows

MAX_ATTEMPTS = 3


def lease_s() -> float:
    """Return for how many seconds a claim holds without a renewal."""
    return float(settings.JOB_LEASE_S)


def claim(job_id: UUID) -> Job | None:
    """Take the job if it is due, or if its holder's lease ran out; None when someone else was faster.

    Locks and transaction: inside a scope; of any number of callers exactly one gets the job.
    """
    return rows.claim(job_id, lease_s=lease_s(), most=MAX_ATTEMPTS)


def claim_next(queue: str) -> Job | None:
    """Choose the job whose turn it is in a queue and take it; None when none can be done.

    Of the organisations with due jobs it is the one that has the fewest running, then the one served longest ago;
    what is to be done in bulk comes after everybody's other work; lanes that are full are passed over.

    Locks and transaction: outside any scope, one transaction of its own; whoever chooses meanwhile passes it over.
    """
    return rows.claim_next(_turn(queue))


def _turn(queue: str) -> rows.Turn:
    return rows.Turn(
        queue, limits=settings.JOB_LIMITS, most=MAX_ATTEMPTS, bulk=Priority.BULK, lease_s=lease_s()
    )


def renew(job_id: UUID, *, fence: int, changes: dict[str, Any]) -> Job:
    """Prolong the lease and write progress along with it.

    Raises:
        LeaseLost: the job is no longer held under this fence.
    """
    job = rows.renew(job_id, fence=fence, lease_s=lease_s(), changes=changes)
    if job is None:
        raise LeaseLost
    return job


def succeed(job_id: UUID, *, fence: int, result: dict[str, Any], changes: dict[str, Any]) -> Job:
    """End the job well, with what there was still to write.

    Raises:
        LeaseLost: the job is no longer held under this fence.
    """
    job = rows.succeed(job_id, fence=fence, result=result, changes=changes)
    if job is None:
        raise LeaseLost
    return job


@dataclass(frozen=True)
class Ended:
    """What came of ending a job: its row, None where the lease was lost; whether the next was looked for, and it."""

    job: Job | None
    has_looked: bool = False
    following: Job | None = None


def succeed_apart(
    job_id: UUID,
    *,
    organization_id: UUID,
    fence: int,
    result: dict[str, Any],
    changes: dict[str, Any],
    then: str | None,
) -> Ended:
    """End the job well in a transaction of its own; with `then`, a queue, claim the next of that in the same.

    Where it cannot be done in one message, the next job is not looked for.

    Locks and transaction: outside any scope; the claim is as that of `claim_next`.
    """
    ended: dict[str, Any] = {"fence": fence, "result": result, "changes": changes}
    try:
        job, following = rows.succeed_apart(
            job_id, organization_id=organization_id, turn=_turn(then) if then else None, **ended
        )
    except wire.Unforeseen:
        with tenancy.scope(organization_id):
            return Ended(rows.succeed(job_id, **ended))
    return Ended(job, has_looked=then is not None, following=following)


def held(job_id: UUID, *, fence: int) -> Job:
    """Return the job locked for the caller's transaction.

    Raises:
        LeaseLost: the job is no longer held under this fence.
    """
    job = Job.objects.select_for_update().filter(id=job_id, state=State.RUNNING, fence=fence).first()
    if job is None:
        raise LeaseLost
    return job
