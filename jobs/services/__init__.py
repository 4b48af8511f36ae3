"""Writes of the room: queueing, claiming and running, ending, and sweeping up after the dead."""

from jobs.services.ending import cancel, fail, retry
from jobs.services.pruning import prune
from jobs.services.queueing import enqueue
from jobs.services.running import Completion, Draining, JobRun, drain, run
from jobs.services.sweeping import sweep

__all__ = [
    "Completion",
    "Draining",
    "JobRun",
    "cancel",
    "drain",
    "enqueue",
    "fail",
    "prune",
    "retry",
    "run",
    "sweep",
]
