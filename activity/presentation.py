"""The record's document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dam.core import registry

if TYPE_CHECKING:
    from activity.models import Event
    from dam.core.access import Actor


def activity_documents(events: Iterable[Event], actor: Actor) -> list[dict[str, Any]]:
    """Return lines of the record, with the names of what they are about as far as the actor sees it today."""
    lines = list(events)
    named = registry.extensions("recorded", actor, sorted({_named(each) for each in lines}))
    return [activity_document(each, name=named[_named(each)].get("name")) for each in lines]


def _named(event: Event) -> UUID:
    return event.asset_id or event.target_id


def activity_document(event: Event, *, name: str | None) -> dict[str, Any]:
    """Return one line of the record: who did what to which thing, when, from where."""
    return {
        "id": event.id,
        "verb": event.verb,
        "actor": {"id": event.actor_id, "name": event.actor_name, "kind": event.actor_kind},
        "target": {"kind": event.target_kind, "id": event.target_id, "name": name},
        "project": event.project_id,
        "asset": event.asset_id,
        "version": event.version_id,
        "share": event.share_id,
        "before": event.before,
        "after": event.after,
        "ip": event.ip,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "operation": event.operation_id,
        "at": event.created_at,
    }
