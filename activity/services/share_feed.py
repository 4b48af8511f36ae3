"""The feeds of shares: guests get numbers of their share's own, and only what the share shows.

A share's book opens when its first guest listens. From then on the events that it shows are copied into it with the
share's own consecutive numbers, so that nothing can be read from a gap: as they happen while somebody listens, else
when the next guest comes. Everything here runs under the lock of the organisation's feed row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from activity import bus
from activity.models import Event, Feed, Numbered, ShareEvent, ShareFeed
from dam.core import registry
from dam.core.tenancy import current_organization

GUEST_TYPES = (
    "comment.created",
    "comment.updated",
    "comment.deleted",
    "approval.updated",
    "preview.updated",
    "version.created",
    "asset.updated",
)
# What guests may know of an asset or version; comments come as the room of comments writes them.
_GUEST_KEYS = frozenset(
    {
        *("id", "asset", "version", "project", "title", "kind", "tags", "size", "duration", "number", "name"),
        *("sha256", "version_count", "current_version", "preview_state", "state", "reason"),
        *("reviewer", "note", "approval", "withdrawn", "decided_at"),
        *("created_at", "updated_at"),
    }
)
_HIDDEN_IN_COMMENTS = frozenset({"internal", "email"})
LISTENING_S = 60
#: Copied under the organisation's lock, so bounded; more than a client would be replayed anyway.
MOST_AT_ONCE = 2000


def locked_feed() -> Feed:
    """Return the feed row of the organisation in scope, locked; it is made when there is none."""
    Feed.objects.bulk_create([Feed()], ignore_conflicts=True)
    return Feed.objects.select_for_update().get()


def listen_as_guest(share_id: UUID, *, project_id: UUID) -> int:
    """Note that a guest listens, bring the share's book up to date, and return its last number.

    Locks and transaction: inside a scope; takes the organisation's feed row.
    """
    upto = locked_feed().numbered
    fresh = ShareFeed(share_id=share_id, project_id=project_id, examined=upto, listened_at=Now())
    ShareFeed.objects.bulk_create([fresh], ignore_conflicts=True)
    ShareFeed.objects.filter(share_id=share_id).update(listened_at=Now())
    return _catch_up(ShareFeed.objects.get(share_id=share_id), upto=upto)


def keep_listening(share_ids: Iterable[UUID]) -> None:
    """Note that guests of these shares still listen."""
    ShareFeed.objects.filter(share_id__in=list(share_ids)).update(listened_at=Now())


def number_for_listeners(fresh: Sequence[Numbered], *, upto: int) -> None:
    """Copy new events into the books of the shares that somebody listens to; the caller holds the feed row."""
    projects = {
        each.project_id
        for each in fresh
        if each.project_id and each.asset_id and each.event.type in GUEST_TYPES
    }
    if not projects:
        return
    since = Now() - timedelta(seconds=LISTENING_S)
    for each in ShareFeed.objects.filter(project_id__in=projects, listened_at__gt=since):
        _catch_up(each, upto=upto)


def _catch_up(book: ShareFeed, *, upto: int) -> int:
    page = list(
        Numbered.objects.filter(
            project_id=book.project_id,
            number__gt=book.examined,
            number__lte=upto,
            asset_id__isnull=False,
            event__type__in=GUEST_TYPES,
        )
        .select_related("event")
        .order_by("number")[: MOST_AT_ONCE + 1]
    )
    if len(page) > MOST_AT_ONCE:
        _skip(book)
    else:
        _copy(book, page)
    book.examined = upto
    book.save(update_fields=["numbered", "examined", "forgotten", "updated_at"])
    return book.numbered


def _copy(book: ShareFeed, page: Sequence[Numbered]) -> None:
    rows = [ShareEvent(share_id=book.share_id, **told) for told in _told(book.share_id, page)]
    for number, row in enumerate(rows, book.numbered + 1):
        row.number = number
    ShareEvent.objects.bulk_create(rows)
    book.numbered += len(rows)


def _skip(book: ShareFeed) -> None:
    """Too much happened while nobody listened: spend a number on the gap, so that who knew an older one fetches anew."""
    book.numbered += 1
    book.forgotten = book.numbered


def _told(share_id: UUID, page: Sequence[Numbered]) -> list[dict[str, Any]]:
    places = {(each.asset_id, each.version_id) for each in page if each.asset_id}
    seen = registry.seen_by_guests(share_id, places) if places else frozenset()
    return [
        {"event": each.event, "type": words[0], "data": words[1]}
        for each in page
        if (each.asset_id, each.version_id) in seen and (words := words_for_guests(each.event))
    ]


def words_for_guests(event: Event) -> tuple[str, dict[str, Any]] | None:
    """Return type and data of an event as guests may hear it, or None.

    Internal comments are silent; one that becomes internal is gone, one that becomes public is new.
    """
    if not event.type.startswith("comment."):
        return event.type, {key: value for key, value in event.data.items() if key in _GUEST_KEYS}
    was_internal, is_change = (event.before or {}).get("internal"), event.type == "comment.updated"
    if event.data.get("internal") or (was_internal and not is_change):
        is_gone = is_change and was_internal is False
        return ("comment.deleted", {"id": event.data.get("id")}) if is_gone else None
    told = {key: value for key, value in event.data.items() if key not in _HIDDEN_IN_COMMENTS}
    return ("comment.created" if was_internal else event.type), told


def share_messages(waiting: Sequence[Numbered]) -> list[bytes]:
    """Return the messages for guests of the events that are about to go out, in each share's order."""
    rows = ShareEvent.objects.filter(event_id__in=[each.event_id for each in waiting]).select_related("event")
    return [
        bus.message(
            organization_id=current_organization(),
            event=row.type,
            data=row.data,
            topics=[f"share:{row.share_id}"],
            number=row.number,
            at=row.event.created_at,
        )
        for row in rows.order_by("share_id", "number")
    ]
