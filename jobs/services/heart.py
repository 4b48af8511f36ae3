"""The one thread of a process that renews the leases of all its jobs, and tells of those that take a while."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.conf import settings

from dam.core import daemons
from dam.core.guard import guard

if TYPE_CHECKING:
    from jobs.services.runs import JobRun

TURN_S = 0.5
_NAME, _lock = "heart", threading.Lock()
_kept: set[JobRun] = set()


def keep(run: JobRun) -> None:
    """Renew the job's lease from now on."""
    _kept.add(run)
    with _lock:
        if not any(each.name == _NAME for each in threading.enumerate()):
            daemons.start(_NAME, _beat)


def let_go(run: JobRun) -> None:
    """Renew the job's lease no more, and tell nothing of it."""
    _kept.discard(run)
    run.hush()


def kept() -> list[JobRun]:
    """Return the jobs in this process's hands."""
    return list(_kept)


def _beat() -> None:
    while not daemons.is_ending_within(min(settings.JOB_HEARTBEAT_S, TURN_S)):
        for each in kept():
            # Whatever one job meets, the leases of the others go on.
            with guard("job.heart_stumbled", job_id=each.job_id):
                _look_after(each)


def _look_after(run: JobRun) -> None:
    if run.lost.is_set():
        return
    if run.is_news():
        run.tell_of_start()
    if run.is_due_to_beat():
        run.beat_or_lose()
