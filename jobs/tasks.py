"""Celery's entry: a message wakes a worker, which claims the row that it names."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

from celery import shared_task, signals
from celery.exceptions import Reject
from django.db import connection

from dam.core.guard import guard
from jobs import services


@shared_task(name="jobs.run")
def run(job_id: str, organization_id: str, queue: str = "") -> None:
    """Do the jobs whose turn it is in the queue: a message says that there is work, the rows say which goes first.

    One message may lead to many jobs, and any number of messages make one run of a job. A message without a queue, from before there were turns, means
    its own job.
    """
    try:
        # With the database away there is nothing to be done: the sweep wakes for what waits.
        with guard("job.round_failed", expected=(services.Draining,)) as outcome:
            if queue:
                services.work_through(queue)
            else:
                services.run(UUID(job_id), organization_id=UUID(organization_id))
    finally:
        connection.close()
    if isinstance(outcome.error, services.Draining):
        raise Reject(requeue=True)


@signals.worker_shutting_down.connect
def give_back(**_: Any) -> None:
    """Hand running jobs back before the worker goes; not in the signal's own frame, which may hold locks."""
    threading.Thread(target=services.drain, name="drain").start()
