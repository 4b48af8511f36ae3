"""Places between two steps where a process can be told to die, so that what happens then is known and not hoped.

Nothing happens unless `DAM_FAILPOINTS=1`. Then the process kills itself with SIGKILL where a point is reached that
`DAM_FAIL_AT` names (each time), or for which a file of that name lies in `DAM_FAIL_DIR` (once: the file goes first,
so that one process dies of it, and whoever armed the point sees that it was reached). A file that is not empty names
the job whose worker is meant.
"""

from __future__ import annotations

import os
import signal
from contextvars import ContextVar
from pathlib import Path

from django.conf import settings

_job: ContextVar[str] = ContextVar("failpoint_job", default="")


def work_on(job_id: object) -> None:
    """Say whose steps follow in this thread."""
    _job.set(str(job_id))


def reach(point: str) -> None:
    """Die here if the point, `area:step`, is armed."""
    if settings.FAILPOINTS and (point in settings.FAIL_AT or _disarm(point)):
        os.kill(os.getpid(), signal.SIGKILL)


def _disarm(point: str) -> bool:
    """Tell whether this process is the one that takes the point's file away."""
    if not settings.FAIL_DIR:
        return False
    armed = Path(settings.FAIL_DIR, point)
    try:
        if armed.read_text(encoding="ascii") not in {"", _job.get()}:
            return False
        armed.unlink()
    except FileNotFoundError:
        return False
    return True
