"""The feeds of shares: guests get numbers of their share's own, and only what the share shows.

A share's book opens when its first guest listens. From then on the events that it shows are copied into it with the
share's own consecutive numbers, so that nothing can be read from a gap: as they happen while somebody listens, else
when the next guest comes. Everything here runs under the lock of the organisation's feed row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from activity import bus
from activity.bus import RESET
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
    "asset.deleted",
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
_Words = tuple[str, dict[str, Any]]


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
    """Copy new events into the books of the shares that somebody listens to; the caller holds the feed row.

    A share goes on showing what has moved to another project.
    """
    news = [each for each in fresh if _is_for_guests(each)]
    if not news:
        return
    since = Now() - timedelta(seconds=LISTENING_S)
    books = list(ShareFeed.objects.filter(listened_at__gt=since))
    asset_ids = {each.asset_id for each in news if each.asset_id} if books else set[UUID]()
    projects = {each.project_id for each in news}
    holders = registry.shares_that_hold(asset_ids) if asset_ids else frozenset[UUID]()
    for book in books:
        if book.project_id in projects or book.share_id in holders:
            _catch_up(book, upto=upto)


def _is_for_guests(each: Numbered) -> bool:
    is_about_all = each.event.type in {RESET, bus.ITEMS_CHANGED}
    return each.project_id is not None and (
        is_about_all or (each.asset_id is not None and each.event.type in GUEST_TYPES)
    )


def _held(share_id: UUID, asset_ids: Collection[UUID]) -> frozenset[UUID]:
    holding = registry.held_for_guests(share_id, asset_ids) if asset_ids else None
    return holding.asset_ids if holding is not None else frozenset()


def _catch_up(book: ShareFeed, *, upto: int) -> int:
    between = Numbered.objects.filter(number__gt=book.examined, number__lte=upto)
    told = Q(asset_id__isnull=False, event__type__in=GUEST_TYPES)
    elsewhere = between.filter(told).exclude(project_id=book.project_id)
    last = elsewhere.order_by("-number").values_list("asset_id", flat=True)[:MOST_AT_ONCE]
    moved = _held(book.share_id, {each for each in last if each})
    place = Q(project_id=book.project_id) | Q(asset_id__in=moved)
    page = list(
        between.filter(place, told | Q(event__type__in=(RESET, bus.ITEMS_CHANGED)))
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
    """Return what the guests of a share are told of these events, judged by what it shows now."""
    places: set[registry.EventPlace] = {(each.asset_id, each.version_id) for each in page if each.asset_id}
    coming = {asset_id for each in page for asset_id in _named(each.event, "added")}
    places |= {(asset_id, None) for asset_id in coming}
    sight = _Sight(
        seen=registry.seen_by_guests(share_id, places) if places else frozenset(),
        holding=registry.held_for_guests(
            share_id, {each.asset_id for each in page if each.asset_id and each.event.type == "asset.deleted"}
        ),
    )
    return [
        {"event": each.event, "type": kind, "data": data} for each in page for kind, data in sight.words(each)
    ]


@dataclass(frozen=True)
class _Sight:
    """What a share shows now, of the places that some events are about, and the collection behind it."""

    seen: frozenset[registry.EventPlace]
    holding: registry.Holding | None

    def words(self, each: Numbered) -> list[_Words]:
        """Return the types and data by which guests hear of an event: none, one, or one for each asset that it names."""
        event = each.event
        if self.holding is None:
            return []
        if event.type == RESET:
            return [(RESET, {})]
        if event.type == bus.ITEMS_CHANGED:
            return self._of_items(event)
        if event.type == "asset.deleted":
            is_held = each.asset_id in self.holding.asset_ids
            return [_about("asset.deleted", each.asset_id)] if is_held and each.asset_id else []
        words = words_for_guests(event) if (each.asset_id, each.version_id) in self.seen else None
        return [words] if words else []

    def _of_items(self, event: Event) -> list[_Words]:
        """Tell what has come into the share's collection and what has left it; more than is named, by a reset."""
        if self.holding is None or event.target_id != self.holding.collection_id:
            return []
        after = event.after or {}
        if any(after.get(f"{word}_count", 0) > len(after.get(word, ())) for word in ("added", "removed")):
            return [(RESET, {})]
        return [
            *(_about("asset.deleted", each) for each in _named(event, "removed")),
            *(_about("asset.created", each) for each in _named(event, "added") if (each, None) in self.seen),
        ]


def _named(event: Event, word: str) -> list[UUID]:
    if event.type != bus.ITEMS_CHANGED:
        return []
    return [UUID(each) for each in (event.after or {}).get(word, ())]


def _about(kind: str, asset_id: UUID) -> _Words:
    return kind, {"id": str(asset_id), "asset": str(asset_id)}


def words_for_guests(event: Event) -> _Words | None:
    """Return type and data of an event as guests may hear it, or None.

    Internal comments are silent; one that becomes internal is gone, one that becomes public is new.
    """
    if not event.type.startswith("comment."):
        # What comes out of the trash was gone for guests, who hear of nothing in it.
        kind = "asset.created" if event.verb == "asset.restored" else event.type
        return kind, {key: value for key, value in event.data.items() if key in _GUEST_KEYS}
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
