"""The one thread of a process that renews the leases of all its jobs, and tells of those that take a while."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings

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
            threading.Thread(target=_beat, name=_NAME, daemon=True).start()


def let_go(run: JobRun) -> None:
    """Renew the job's lease no more, and tell nothing of it."""
    _kept.discard(run)
    run.hush()


def kept() -> list[JobRun]:
    """Return the jobs in this process's hands."""
    return list(_kept)


def _beat() -> None:
    while True:
        time.sleep(min(settings.JOB_HEARTBEAT_S, TURN_S))
        for each in kept():
            if each.lost.is_set():
                continue
            if each.is_news():
                each.tell_of_start()
            if each.is_due_to_beat():
                each.beat_or_lose()
