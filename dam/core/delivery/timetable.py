"""Running the schedule: tasks are claimed as rows, so that any number of processes share them."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from dam.core.delivery.schedule import Task, tasks
from dam.core.guard import guard
from dam.core.models import Schedule
from dam.core.observing import log, metrics


def prepare() -> None:
    """Make the rows of tasks that have none yet."""
    Schedule.objects.bulk_create(
        [Schedule(name=name) for name in (each.name for each in tasks())], ignore_conflicts=True
    )


def claim(task: Task) -> bool:
    """Take the task if it is due: of any number of processes one gets it, and the next turn is set at once.

    A turn that is farther ahead than one ever is was set by a clock that ran ahead: it is due too.
    """
    turn = Now() + timedelta(seconds=task.seconds)
    due = Schedule.objects.filter(Q(due_at__lte=Now()) | Q(due_at__gt=turn), name=task.name)
    return bool(due.update(due_at=turn, started_at=Now()))


def perform(task: Task) -> None:
    """Run a claimed task; a failure is logged, and its next turn comes as planned."""
    log.clear()
    log.bind(task=task.name)
    # Most find nothing to do every few seconds: a span each would bury the others.
    with guard("schedule.failed") as outcome:
        task.run()
    metrics.SCHEDULED.labels(task.name, "succeeded" if outcome.error is None else "failed").inc()
    if outcome.error is None:
        Schedule.objects.filter(name=task.name).update(finished_at=Now())
