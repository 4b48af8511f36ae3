"""The set of an operation: chosen once, cut into parts, of which one transaction does some or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from bulk import queries
from bulk.models import Change, Operation, Part
from dam.core import pace
from dam.core.access import Actor
from jobs.services import JobRun

#: The most assets that are locked at once; `pace` says how many of them are.
PART = pace.MOST
#: A rebuild asks for each asset's previews by itself.
PART_OF_REBUILDS = 50
#: As many ids are chosen in one step.
GATHERED = 20 * PART


def size_of(operation: Operation) -> int:
    """Return how many assets one part holds."""
    return PART_OF_REBUILDS if "rebuild" in operation.action else PART


def store_parts(operation: Operation, ids: Sequence[UUID]) -> None:
    """Add to an operation's set; the caller saves the operation. In scope."""
    size = size_of(operation)
    cut = [list(ids[start : start + size]) for start in range(0, len(ids), size)]
    Part.objects.bulk_create(
        [
            Part(organization_id=operation.organization_id, operation=operation, number=number, ids=each)
            for number, each in enumerate(cut, operation.parts)
        ]
    )
    operation.parts += len(cut)
    operation.matched += len(ids)


def gather(run: JobRun) -> None:
    """Choose the set, unless that is done: what the query shows whoever asked, or what the undone operation changed.

    Repeating it goes on where it stopped. Outside any transaction.

    Raises:
        LeaseLost: the job is no longer ours.
    """
    is_gathered = False
    while not is_gathered:
        with run.step():
            operation = Operation.objects.get(id=run.job_id)
            if not operation.is_gathered:
                _gather_more(operation)
            is_gathered = operation.is_gathered
        run.check()


def _gather_more(operation: Operation) -> None:
    ids, operation.after = _next(operation)
    store_parts(operation, ids)
    operation.is_gathered = operation.after is None
    operation.save()


def _next(operation: Operation) -> tuple[list[UUID], Any]:
    """Return more of the set, and the place after it, None at its end."""
    if operation.undoes is not None:
        rows = Change.objects.filter(operation_id=operation.undoes).order_by("asset_id")
        if operation.after is not None:
            rows = rows.filter(asset_id__gt=operation.after)
        ids = list(rows.values_list("asset_id", flat=True)[:GATHERED])
    else:
        actor = actor_of(operation)
        ids = queries.matching(actor, operation.query or {}, after=operation.after, most=GATHERED)
    return ids, str(ids[-1]) if ids else None


def actor_of(operation: Operation) -> Actor:
    """Return whoever asked, with the rights of this moment."""
    return queries.actor_now(operation.by)
