"""What every write of the room ends with: the changed fields alone are saved, and the record is written."""

from __future__ import annotations

from typing import Any, TypeVar

from dam.core import registry
from dam.core.access import Actor
from orgs.models import Client, Invitation, Organization, Project

_Row = TypeVar("_Row", Organization, Client, Project, Invitation)


def apply_changes(row: _Row, *, actor: Actor, changes: dict[str, Any]) -> _Row:
    """Write only the fields that change, so that concurrent writers do not undo each other."""
    before = {name: str(getattr(row, name)) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.save(update_fields=[*changes, "updated_at"])
        after = {name: str(getattr(row, name)) for name in changes}
        record_change(actor, "updated", row, before=before, after=after)
    return row


def record_change(actor: Actor, verb: str, row: Any, **details: Any) -> None:
    """Write the record of what was done to a row of the organisation in scope."""
    kind = type(row).__name__.lower()
    project_id = row.id if isinstance(row, Project) else getattr(row, "project_id", None)
    registry.record(
        actor, verb=f"{kind}.{verb}", target_kind=kind, target_id=row.id, project_id=project_id, **details
    )
