"""The record's document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from activity.models import Event


def activity_document(event: Event) -> dict[str, Any]:
    """Return one line of the record: who did what to which thing, when, from where."""
    return {
        "id": event.id,
        "verb": event.verb,
        "actor": {"id": event.actor_id, "name": event.actor_name, "kind": event.actor_kind},
        "target": {"kind": event.target_kind, "id": event.target_id},
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
