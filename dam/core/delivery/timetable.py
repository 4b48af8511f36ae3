"""Running the schedule: tasks are claimed as rows, so that any number of processes share them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now

from dam.core.delivery.schedule import Task, tasks
from dam.core.guard import guard
from dam.core.models import Schedule
from dam.core.observing import log, metrics

#: Who asks a moment earlier, and waits for whoever claims the task, finds its turn ahead by more than one: not by so much.
PATIENCE = timedelta(seconds=60)


def prepare() -> None:
    """Make the rows of tasks that have none yet."""
    Schedule.objects.bulk_create(
        [Schedule(name=name) for name in (each.name for each in tasks())], ignore_conflicts=True
    )


def due(candidates: Sequence[Task]) -> list[Task]:
    """Return those whose turn has come, in one look; each is still to be claimed."""
    found = Schedule.objects.filter(name__in=[each.name for each in candidates])
    turns = {name: (at, now) for name, at, now in found.values_list("name", "due_at", Now())}
    return [each for each in candidates if each.name in turns and _has_come(each, *turns[each.name])]


def _has_come(task: Task, at: datetime, now: datetime) -> bool:
    return not now < at <= now + timedelta(seconds=task.seconds) + PATIENCE


def claim(task: Task) -> bool:
    """Take the task if it is due: of any number of processes one gets it, and the next turn is set at once.

    A turn that is farther ahead than one ever is was set by a clock that ran ahead: it is due too.
    """
    turn = Now() + timedelta(seconds=task.seconds)
    mine = Schedule.objects.filter(Q(due_at__lte=Now()) | Q(due_at__gt=turn + PATIENCE), name=task.name)
    return bool(mine.update(due_at=turn, started_at=Now()))


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
