"""A worker's round: a wake-up means one job at least, and whatever is quick goes on at once, by turns."""

from __future__ import annotations

import time

from django.db import connection

from dam.core import tenancy
from jobs.services.queueing import wake_queue
from jobs.services.running import claim_next, run_claimed

#: A round that has lasted so long takes no further job, and hands its wake-up on: other queues wait for this worker.
ROUND_S = 1.0


def work_through(queue: str) -> int:
    """Do the jobs whose turn it is in the queue until none can be done or the round is over; returns how many.

    So a wake-up never ends while there is work, and the relay need not send one for each job of a burst (decision
    0139).

    Locks and transaction: as `run_next`, for each job; the end of one may be the claim of the next (decision 0150).

    Raises:
        Draining: the worker is about to stop; somebody else must be woken.
    """
    over, done = time.monotonic() + ROUND_S, 0
    job = claim_next(queue)
    while job is not None:
        current = run_claimed(job, until=over)
        done += 1
        connection.close()
        if current.has_looked:
            job = current.following
            continue
        if time.monotonic() >= over:
            with tenancy.scope(job.organization_id):
                wake_queue(queue, by=job.id)
            break
        job = claim_next(queue)
    return done
