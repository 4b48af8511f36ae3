"""Recording what happened, in the transaction that makes it happen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.utils import timezone

from activity import bus
from activity.bus import RESET
from activity.models import Event
from dam.core.access import Actor
from dam.core.db import new_id
from dam.core.delivery import outbox
from dam.core.observing import log
from dam.core.tenancy import current_organization

LIVE_TOPIC = "live"
#: Of so many lines of one operation each is told by itself; of more, a project's watchers are told once to fetch anew.
MOST_TOLD_SINGLY = 50


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
    operation_id: UUID | None = None,
) -> Event:
    """Write one line of the record; with `event` also a durable live event of this type, which carries `data`.

    `operation_id` is the job over many things that the line is a part of. A live event gets its number after
    commit, from the relay: no lock is held here, and no number can overtake a late commit.

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
        operation_id=operation_id,
        **_who(actor),
    )
    _announce(row)
    return row


def _announce(row: Event) -> None:
    if row.type:
        outbox.publish(LIVE_TOPIC, {"event": str(row.id)})


@dataclass(frozen=True)
class Line:
    """One line about an asset among many of an operation; `event` is what the asset's watchers would hear of it alone.

    `moves_rights`: who sees the asset may have changed, so open sockets must be judged again.
    """

    verb: str
    event: str
    project_id: UUID
    asset_id: UUID
    data: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    moves_rights: bool = False


def is_told_singly(count: int) -> bool:
    """Tell whether so many changes of one operation are told one by one."""
    return count <= MOST_TOLD_SINGLY


def record_many(
    actor: Actor, lines: Sequence[Line], *, operation_id: UUID, untold: set[UUID] | None = None
) -> None:
    """Write a line for each of many assets in one go, as parts of one operation.

    A few are told to the sockets one by one; of more, each project gets one durable `reset`, upon which clients
    fetch anew: a hundred thousand messages would tell nobody anything. With `untold` these are some of many, however
    few: the caller tells them by `tell_to_fetch_anew` when it likes, and the projects are added to that set.

    Locks and transaction: inside the scope and transaction of the changes themselves.
    """
    is_loud = untold is None and is_told_singly(len(lines))
    identities = _insert(actor, lines, operation_id=operation_id, is_loud=is_loud)
    if is_loud:
        outbox.publish_many(LIVE_TOPIC, [{"event": each} for each in identities])
        return
    _judge_sockets_again([each.asset_id for each in lines if each.moves_rights])
    places = {each.project_id for each in lines}
    if untold is None:
        tell_to_fetch_anew(actor, places, operation_id=operation_id)
    else:
        untold |= places


def tell_to_fetch_anew(actor: Actor, project_ids: Collection[UUID], *, operation_id: UUID) -> None:
    """Have whoever watches these projects fetch anew, after commit: more changed than is told one by one.

    Locks and transaction: in scope, in the transaction of the changes or a later one.
    """
    rows = Event.objects.bulk_create(
        [
            Event(
                verb="assets.changed",
                type=RESET,
                project_id=project_id,
                target_kind="project",
                target_id=project_id,
                operation_id=operation_id,
                **_who(actor),
            )
            for project_id in sorted(project_ids)
        ]
    )
    outbox.publish_many(LIVE_TOPIC, [{"event": str(each.id)} for each in rows])


_INSERT = """
    INSERT INTO activity_event (id, organization_id, verb, actor_kind, actor_id, actor_name, target_kind, target_id,
        project_id, asset_id, type, data, before, after, ip, user_agent, request_id, operation_id, created_at)
    SELECT line.id, %(organization)s, line.verb, %(actor_kind)s, %(actor_id)s, %(actor_name)s, 'asset', line.asset_id,
        line.project_id, line.asset_id, line.type, line.data, line.before, line.after, %(ip)s, %(user_agent)s,
        %(request_id)s, %(operation_id)s, %(now)s
    FROM jsonb_to_recordset(%(lines)s::jsonb) AS line (id uuid, verb text, asset_id uuid, project_id uuid, type text,
        data jsonb, before jsonb, after jsonb)
"""


def _insert(actor: Actor, lines: Sequence[Line], *, operation_id: UUID, is_loud: bool) -> list[str]:
    """Write lines in one statement, past the ORM, which takes as long as all the rest; returns their ids."""
    rows = [
        {
            "id": str(new_id()),
            "verb": each.verb,
            "asset_id": each.asset_id,
            "project_id": each.project_id,
            "type": each.event if is_loud else "",
            "data": each.data if is_loud else {},
            "before": each.before,
            "after": each.after,
        }
        for each in lines
    ]
    values = {
        **_who(actor),
        "lines": orjson.dumps(rows, default=str, option=orjson.OPT_UTC_Z).decode(),
        "organization": current_organization(),
        "operation_id": operation_id,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
    return [str(each["id"]) for each in rows]


def _judge_sockets_again(asset_ids: Sequence[UUID]) -> None:
    """Tell the live processes, after commit, as the trigger on live events does."""
    if asset_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify('dam_rights', 'asset:' || id) FROM unnest(%s::uuid[]) AS moved(id)",
                [list(asset_ids)],
            )


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

    Of what is announced under one `key` a watcher hears at most once a second, and always the last. What is about
    no project, asset or version has no watchers.
    """
    topics = bus.member_topics(event, project_id=project_id, asset_id=asset_id, version_id=version_id)
    if not topics:
        return
    message = bus.message(organization_id=organization_id, event=event, data=data, topics=topics, key=key)
    if connection.in_atomic_block:
        transaction.on_commit(lambda: bus.send_or_drop([message]))
    else:  # what is told is committed; Django would open a connection to find that out
        bus.send_or_drop([message])
