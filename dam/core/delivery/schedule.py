"""Tasks that run again and again: rooms register them here in `AppConfig.ready`; `dam.core.delivery.timetable` runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A registered task: `run` every `seconds`, outside any scope; an urgent one waits for no other to end."""

    name: str
    seconds: float
    run: Callable[[], object]
    is_urgent: bool = False


_tasks: dict[str, Task] = {}


def every(name: str, seconds: float, run: Callable[[], object], *, is_urgent: bool = False) -> None:
    """Register a task under a unique name; it opens its own scopes, and two runs of it may overlap if it is slow.

    Urgent SHALL only be what asks no store: it is begun while others wait for one that is silent.
    """
    _tasks[name] = Task(name, seconds, run, is_urgent)


def tasks() -> list[Task]:
    """Return every registered task."""
    return list(_tasks.values())
