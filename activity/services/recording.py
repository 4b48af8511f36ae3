"""Recording what happened, in the transaction that makes it happen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from activity import bus
from activity.models import Event
from dam.core.access import Actor
from dam.core.delivery import outbox
from dam.core.observing import log

LIVE_TOPIC = "live"


def record(
    actor: Actor,
    *,
    verb: str,
    project_id: UUID | None = None,
    asset_id: UUID | None = None,
    version_id: UUID | None = None,
    share_id: UUID | None = None,
    target_kind: str,
    target_id: UUID,
    event: str | None = None,
    data: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Event:
    """Write one line of the record; with `event`, a type of the contract's §5, also a durable live event.

    `data` is what the live event carries; ids and times in it may be `UUID` and `datetime`. A live event gets its
    number after commit, from the relay: no lock is held here, and no number can overtake a late commit.

    Locks and transaction: inside the scope and transaction of the change itself.
    """
    row = Event.objects.create(
        verb=verb,
        project_id=project_id,
        asset_id=asset_id,
        version_id=version_id,
        share_id=share_id,
        target_kind=target_kind,
        target_id=target_id,
        type=event or "",
        data=bus.plain(data or {}),
        before=bus.plain(before),
        after=bus.plain(after),
        **_who(actor),
    )
    if event:
        outbox.publish(LIVE_TOPIC, {"event": str(row.id)})
    return row


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "ip": actor.ip,
        "user_agent": actor.user_agent,
        "request_id": log.request_id(),
    }


def announce(
    *,
    organization_id: UUID,
    event: str,
    data: dict[str, Any],
    project_id: UUID | None = None,
    asset_id: UUID | None = None,
    version_id: UUID | None = None,
    key: str | None = None,
) -> None:
    """Tell members who watch now, after commit, and nobody later: `job.updated`, `presence.updated`.

    Of what is announced under one `key` a watcher hears at most once a second, and always the last.
    """
    message = bus.message(
        organization_id=organization_id,
        event=event,
        data=data,
        topics=bus.member_topics(event, project_id=project_id, asset_id=asset_id, version_id=version_id),
        key=key,
    )
    transaction.on_commit(lambda: bus.send_or_drop([message]))
