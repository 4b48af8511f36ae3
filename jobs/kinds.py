"""Which code does which kind of job; filled in `AppConfig.ready` of the rooms above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dam.core.observing import metrics

#: It takes a `jobs.services.JobRun`: a row's, and rooms say what they do before there are tables.
Handler = Callable[..., dict[str, Any] | None]
OnFailed = Callable[[UUID, UUID, dict[str, Any]], None]


@dataclass(frozen=True)
class Registered:
    """A kind's handler, and what must happen beside it when a job of the kind ends without success."""

    handler: Handler
    on_failed: OnFailed | None


_kinds: dict[str, Registered] = {}


def register(kind: str, handler: Handler, *, on_failed: OnFailed | None = None) -> None:
    """Let `handler` do the jobs of `kind`.

    It gets a `jobs.services.JobRun` outside any transaction and returns the result, unless it has already
    committed one in `run.completion()`. It SHALL be safe to run twice. `on_failed(job_id, organization_id,
    problem)` runs inside the transaction, and the scope, that ends the job as failed or cancelled (problem type
    `cancelled`).
    """
    _kinds[kind] = Registered(handler, on_failed)
    # Told as nought from the start: of a count that first appears as one, nobody sees that it rose.
    metrics.DEAD_LETTERS.labels(kind)
    metrics.LEASE_EXPIRIES.labels(kind)


def registered(kind: str) -> Registered | None:
    """Return what does jobs of `kind`, or None where no room knows it."""
    return _kinds.get(kind)
