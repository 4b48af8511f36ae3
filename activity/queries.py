"""Reads of the room: the record of a project, and what a socket missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from activity import bus
from activity.models import Event, Feed, Numbered, ShareEvent, ShareFeed
from dam.core import registry
from dam.core.access import Actor, Permission, Target, may
from dam.core.registry import Topic
from dam.core.web.api import organization_of
from dam.core.web.pagination import in_places
from dam.core.web.parsing import as_uuid
from dam.core.web.sessions import SessionStore, stored_key
from orgs.models import ApiToken
from orgs.tokens import token_hash

#: How long the feeds keep what they told, for replay.
KEPT = timedelta(days=30)
REPLAY_LIMIT = 2000
#: Told to guests whatever a share shows now.
_ALWAYS_TOLD = ("asset.deleted", bus.RESET)


@dataclass(frozen=True)
class Missed:
    """What a socket missed: (number, text) in order. `is_lost`: too old or too much, the client fetches anew."""

    events: list[tuple[int, str]]
    last: int
    is_lost: bool = False


@dataclass(frozen=True)
class EventFilter:
    """What the record is asked for; None leaves a filter out. `operation` is one work over many things."""

    project: UUID | None = None
    asset: UUID | None = None
    version: UUID | None = None
    actor: UUID | None = None
    operation: UUID | None = None
    verb: str | None = None
    after: datetime | None = None
    before: datetime | None = None


_COLUMNS = {
    "project": "project_id",
    "asset": "asset_id",
    "version": "version_id",
    "actor": "actor_id",
    "operation": "operation_id",
    "verb": "verb",
    "after": "created_at__gte",
    "before": "created_at__lt",
}


def events_in(actor: Actor, organization_id: UUID, wanted: EventFilter) -> list[QuerySet[Event]]:
    """Return the record of the organisation in scope as far as the actor sees it, in parts for `paginate`.

    Events of no project are for admins, and so are a project's invitations: they name addresses.
    """
    asked = {column: getattr(wanted, name) for name, column in _COLUMNS.items()}
    events = Event.objects.filter(**{column: value for column, value in asked.items() if value is not None})
    seen = actor.visible_projects(organization_id)
    if seen is None:
        return [events]
    managed = [each for each in seen if may(actor, Permission.MANAGE_MEMBERS, Target(organization_id, each))]
    events = events.exclude(~Q(project_id__in=managed) & Q(target_kind="invitation"))
    if wanted.project is not None:
        return [events] if wanted.project in seen else []
    # What tells of one thing is found by that thing, wherever it lies.
    is_of_one = any(each is not None for each in (wanted.asset, wanted.version, wanted.operation))
    return [events.filter(project_id__in=seen)] if is_of_one else in_places(events, seen)


def last_number(topic: Topic) -> int:
    """Return the last number given in the topic's feed: the organisation's, or a share's own."""
    return _book(topic)[0]


def _book(topic: Topic) -> tuple[int, int]:
    """Return the last number given, and the one up to which nothing is kept."""
    books = ShareFeed.objects.filter(share_id=topic.share_id) if topic.share_id else Feed.objects.all()
    return books.values_list("numbered", "forgotten").first() or (0, 0)


def missed(topic: Topic, *, since: int) -> Missed:
    """Return what happened in a topic after number `since`, inside its organisation's scope."""
    last, forgotten = _book(topic)
    if since == last:
        return Missed([], last)
    if not forgotten <= since < last:
        return Missed([], last, is_lost=True)
    if topic.share_id:
        return _missed_by_guest(topic.share_id, since, last)
    return _missed_by_member(topic, since, last)


def session_ends_at(session_key: str) -> datetime | None:
    """Return when a stored session runs out; None where there is no such session."""
    row = SessionStore.get_model_class().objects.filter(session_key=stored_key(session_key))
    return row.values_list("expire_date", flat=True).first()


def api_token_ends_at(token: str) -> datetime | None:
    """Return when an API token runs out; None where it does not."""
    row = ApiToken.objects.filter(token_hash=token_hash(token))
    return row.values_list("expires_at", flat=True).first()


def topics_of(topic: Topic) -> list[str]:
    """Return the bus topics that a socket on this feed listens to."""
    if topic.share_id:
        return [f"share:{topic.share_id}"]
    if topic.version_id:
        return [f"version:{topic.version_id}", *([f"asset:{topic.asset_id}"] if topic.asset_id else [])]
    return [f"project:{topic.project_id}"]


def _missed_by_member(topic: Topic, since: int, last: int) -> Missed:
    place = Q(project_id=topic.project_id)
    if topic.version_id:
        place = Q(version_id=topic.version_id) | Q(asset_id=topic.asset_id, asset_id__isnull=False)
    rows = list(
        Numbered.objects.filter(place, number__gt=since, number__lte=last)
        .select_related("event")
        .order_by("number")[: REPLAY_LIMIT + 1]
    )
    if len(rows) > REPLAY_LIMIT:
        return Missed([], last, is_lost=True)
    wanted = set(topics_of(topic))
    return Missed([(each.number, _text(each)) for each in rows if wanted & _topics(each.event)], last)


def _missed_by_guest(share_id: UUID, since: int, last: int) -> Missed:
    rows = list(
        ShareEvent.objects.filter(share_id=share_id, number__gt=since, number__lte=last)
        .select_related("event")
        .order_by("number")[: REPLAY_LIMIT + 1]
    )
    if len(rows) > REPLAY_LIMIT:
        return Missed([], last, is_lost=True)
    places = {_place(each) for each in rows if each.type not in _ALWAYS_TOLD}
    seen = registry.seen_by_guests(share_id, places) if places else frozenset()
    events = [
        (each.number, bus.event_text(each.type, number=each.number, at=each.event.created_at, data=each.data))
        for each in rows
        if each.type in _ALWAYS_TOLD or _place(each) in seen
    ]
    return Missed(events, last)


def _place(row: ShareEvent) -> registry.EventPlace:
    """Return what a guest is told about: an asset that has come in, else the place of the event."""
    if row.type == "asset.created":
        return UUID(row.data["id"]), None
    return row.event.asset_id or UUID(int=0), row.event.version_id


def _topics(event: Event) -> set[str]:
    return set(
        bus.member_topics(
            event.type, project_id=event.project_id, asset_id=event.asset_id, version_id=event.version_id
        )
    )


def _text(numbered: Numbered) -> str:
    event = numbered.event
    return bus.event_text(event.type, number=numbered.number, at=event.created_at, data=event.data)


def project_topic(actor: Actor, key: str) -> Topic | None:
    """Return the feed of a project that the actor sees."""
    project_id = as_uuid(key)
    organization_id = organization_of("project", project_id) if project_id else None
    if project_id is None or organization_id is None:
        return None
    target = Target(organization_id, project_id)
    return Topic(organization_id, project_id=project_id) if may(actor, Permission.VIEW, target) else None
