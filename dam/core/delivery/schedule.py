"""Tasks that run again and again: rooms register them here in `AppConfig.ready`; `dam.core.delivery.timetable` runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A registered task: `run` every `seconds`, outside any scope."""

    name: str
    seconds: float
    run: Callable[[], object]


_tasks: dict[str, Task] = {}


def every(name: str, seconds: float, run: Callable[[], object]) -> None:
    """Register a task under a unique name; it opens its own scopes, and two runs of it may overlap if it is slow."""
    _tasks[name] = Task(name, seconds, run)


def tasks() -> list[Task]:
    """Return every registered task."""
    return list(_tasks.values())
