"""Kinds of work that end badly, or late."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from dam.core import tenancy
from jobs.handlers import register
from jobs.models import Job
from jobs.services import JobRun, enqueue


def note(run: JobRun) -> dict[str, Any]:
    """Write a line, at the moment of the effect, with what gives the run away."""
    with run.completion() as done:
        with Path(run.payload["file"]).open("a", encoding="ascii") as file:
            file.write(f"{run.attempt} {time.time()}\n")
        done.result = {"attempt": run.attempt}
    return {}


def sleep(run: JobRun) -> dict[str, Any]:
    """Take a while, at least as long as the file `while` is there, then have an effect."""
    until = time.monotonic() + run.payload["seconds"]
    held = run.payload.get("while")
    while time.monotonic() < until or (held and Path(held).exists()):
        run.lost.wait(0.1)
        run.check()
    return note(run)


def poison(run: JobRun) -> dict[str, Any]:
    """Kill whoever touches it, as a file does that breaks its tool or eats all memory."""
    if not Path(run.payload["cured"]).exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return {"attempt": run.attempt}


def hang_first(run: JobRun) -> dict[str, Any]:
    """Tell when it begins; the first time, never come back."""
    with Path(run.payload["file"]).open("a", encoding="ascii") as file:
        file.write(f"{run.attempt} {time.time()}\n")
    while run.attempt == 1:
        run.lost.wait(0.1)
        run.check()
    return {"attempt": run.attempt}


def register_all() -> None:
    for handler in (note, sleep, poison, hang_first):
        register(f"test.{handler.__name__}", handler)


def queue(organization_id: UUID, *, kind: str, payload: dict[str, Any], key: str, project: str | None) -> Job:
    with tenancy.scope(organization_id):
        return enqueue(
            kind=f"test.{kind}",
            project_id=UUID(project) if project else None,
            version_id=None,
            payload=payload,
            idem_key=key,
            queue="short",
            created_by=None,
        )[0]
