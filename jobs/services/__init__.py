"""Writes of the room: queueing, claiming and running, ending, and sweeping up after the dead."""

from jobs.services.ending import cancel, fail, retry
from jobs.services.letters import queue_letters, send_letter
from jobs.services.pruning import prune
from jobs.services.queueing import enqueue, hasten, requeue
from jobs.services.rounds import work_through
from jobs.services.running import Draining, drain, run, run_next
from jobs.services.runs import Completion, JobRun, LaneFull
from jobs.services.sweeping import sweep
from jobs.services.waking import send_wakeups

__all__ = [
    "Completion",
    "Draining",
    "JobRun",
    "LaneFull",
    "cancel",
    "drain",
    "enqueue",
    "fail",
    "hasten",
    "prune",
    "queue_letters",
    "requeue",
    "retry",
    "run",
    "run_next",
    "send_letter",
    "send_wakeups",
    "sweep",
    "work_through",
]
