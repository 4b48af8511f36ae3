"""The processes that `bench jobs` starts: `python -m bench.jobs_stand worker|relay|enqueue|send …`.

A worker knows two ways of doing nothing: a job of ours, and a bare Celery task.
"""

import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
django.setup()

from dam.celery import app  # noqa: E402  Django must know its settings first
from dam.core import tenancy  # noqa: E402  as above
from dam.core.delivery.background import RelayLoop, ScheduleLoop  # noqa: E402  as above
from jobs.handlers import register  # noqa: E402  as above
from jobs.services import JobRun, enqueue  # noqa: E402  as above

BARE_TASK, THREADS = "bench.nothing", 4


@app.task(name=BARE_TASK)
def nothing(number: int) -> None:
    """Do nothing."""


def do_nothing(run: JobRun) -> dict[str, Any]:
    """Do nothing."""
    return {}


def hold(run: JobRun) -> dict[str, Any]:
    """Stay until the worker dies; the next one finds its way out at once."""
    if run.attempt == 1:
        run.lost.wait()
    return {}


def worker(queue: str) -> None:
    """Consume one queue until it is told to stop."""
    register("bench.nothing", do_nothing)
    register("bench.hold", hold)
    app.Worker(
        pool_cls="threads",
        concurrency=THREADS,
        queues=[queue],
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    ).start()


def relay() -> None:
    """Deliver the outbox and keep the schedule, the sweep of dead workers' jobs among it."""
    loops = [RelayLoop(), ScheduleLoop()]
    for each in loops:
        each.start()
    signal.pause()


def enqueue_jobs(queue: str, organization: str, kind: str, count: str) -> None:
    """Queue jobs, a transaction each, as requests do."""
    batch = secrets.token_hex(8)
    for number in range(int(count)):
        with tenancy.scope(UUID(organization)):
            enqueue(
                kind=kind,
                project_id=None,
                version_id=None,
                payload={},
                idem_key=f"{batch}:{number}",
                queue=queue,
                created_by=None,
            )


def send_bare(queue: str, count: str) -> None:
    """Send bare messages, one by one, over one connection."""
    with app.producer_or_acquire() as producer:
        for number in range(int(count)):
            app.send_task(BARE_TASK, args=[number], queue=queue, producer=producer)


if __name__ == "__main__":
    # Python's own start is no part of the work: whoever measures begins here.
    began_s = time.process_time()
    sys.stdout.write(f"{time.monotonic()}\n")
    sys.stdout.flush()
    acts: dict[str, Callable[..., None]] = {
        "worker": worker,
        "relay": relay,
        "enqueue": enqueue_jobs,
        "send": send_bare,
    }
    acts[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(f"{time.process_time() - began_s}\n")
