"""Kept queries in other words: what they ask for got another name, or has its old one back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from activity import services as activity
from assets.models import Collection, SavedSearch
from assets.queries import Kept
from dam.core.access import Actor


def reword(actor: Actor, kept: Kept, query: Mapping[str, Any], *, operation_id: UUID | None = None) -> bool:
    """Give a saved search or smart collection another query, unless somebody was quicker; returns whether it was done.

    The words are taken as they are: they ask what could be asked before. What a project's collection asks is recorded.

    Locks and transaction: inside the caller's, which locks the row; keep it short.
    """
    model = Collection if kept.kind == "collection" else SavedSearch
    row = model.objects.select_for_update().filter(id=kept.id, query=dict(kept.query)).first()
    if row is None:
        return False
    row.query = dict(query)
    row.save(update_fields=["query", "updated_at"])
    if isinstance(row, Collection):
        activity.record(
            actor,
            verb="collection.changed",
            project_id=row.project_id,
            target_kind="collection",
            target_id=row.id,
            before={"query": dict(kept.query)},
            after={"query": dict(query)},
            operation_id=operation_id,
        )
    return True
