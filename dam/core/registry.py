"""Upward answers: lower rooms ask here, upper rooms register in `AppConfig.ready`.

So an asset can show its shares, and a socket can resolve a share's token, without either room knowing the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from dam.core.access import Actor

Provider = Callable[[Actor, Sequence[UUID]], Mapping[UUID, Any]]


@dataclass(frozen=True)
class Topic:
    """A live feed that the actor may read: events of one organisation, narrowed to a project, version or share."""

    organization_id: UUID
    project_id: UUID | None = None
    asset_id: UUID | None = None
    version_id: UUID | None = None
    share_id: UUID | None = None


@dataclass(frozen=True)
class Holding:
    """The collection that a share opens, and which of the assets asked about it holds."""

    collection_id: UUID
    asset_ids: frozenset[UUID]


TopicResolver = Callable[[Actor, str], Topic | None]
Delivery = Callable[[Sequence[dict[str, Any]]], None]


class Recorder(Protocol):
    """Writes one activity row in the open transaction."""

    def __call__(
        self, actor: Actor, *, verb: str, target_kind: str, target_id: UUID, **details: Any
    ) -> object:
        """Record that `actor` did `verb` to the target."""


# Versions that are about to be purged, and who purges them.
Purge = Callable[[Actor, Sequence[UUID]], None]
# An asset, and the version of it that an event is about, if any.
EventPlace = tuple[UUID, UUID | None]
# Token, cookies and headers of a socket's handshake → the guest; None: no such link; anonymous: a locked one.
GuestEntry = Callable[[str, Mapping[str, str], Mapping[str, str]], Actor | None]
GuestSight = Callable[[UUID, Collection[EventPlace]], Collection[EventPlace]]
GuestHolding = Callable[[UUID, Collection[UUID]], Holding | None]
GuestHolders = Callable[[Collection[UUID]], Collection[UUID]]
Reaction = Callable[[UUID], None]

# Ids of a page of objects → what an upper room holds of each that is searched for, the newest first.
TextsOf = Callable[[Sequence[UUID]], Mapping[UUID, Sequence[str]]]

_recorder: list[Recorder] = []
_guest_sight: list[GuestSight] = []
_guest_holding: list[GuestHolding] = []
_guest_holders: list[GuestHolders] = []
_guest_entry: list[GuestEntry] = []
_providers: dict[str, dict[str, Provider]] = defaultdict(dict)
_topics: dict[str, TopicResolver] = {}
_texts: dict[str, dict[str, TextsOf]] = defaultdict(dict)
_deliveries: dict[str, Delivery] = {}
_reactions: dict[str, list[Reaction]] = defaultdict(list)
_purges: dict[str, Purge] = {}


def extend(noun: str, name: str, provider: Provider) -> None:
    """Register `provider` as the answer to `name` on every `noun`; it gets a page of ids at once."""
    _providers[noun][name] = provider


def extensions(
    noun: str, actor: Actor, ids: Sequence[UUID], *, names: Sequence[str] | None = None
) -> dict[UUID, dict[str, Any]]:
    """Return what upper rooms know of a page of objects: id → {name: value}. One provider call a name."""
    found: dict[UUID, dict[str, Any]] = {each: {} for each in ids}
    for name, provider in _providers[noun].items():
        if names is not None and name not in names:
            continue
        answers = provider(actor, ids) if ids else {}
        for each in ids:
            found[each][name] = answers.get(each)
    return found


def say(noun: str, source: str, texts_of: TextsOf) -> None:
    """Register what an upper room says of every `noun` that search finds; it has it indexed anew with each change."""
    _texts[noun][source] = texts_of


def said(noun: str, source: str, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    """Return what was said of objects in one place; nothing where no room says anything there."""
    texts_of = _texts[noun].get(source)
    return texts_of(ids) if texts_of is not None and ids else {}


def purge_with(name: str, purge: Purge) -> None:
    """Register how an upper room lets go of versions: `purge(actor, version_ids)` removes its rows about them.

    It runs in scope, in the transaction that purges the versions themselves. What Django cascades needs none.
    """
    _purges[name] = purge


def purge(actor: Actor, version_ids: Sequence[UUID]) -> None:
    """Have every upper room let go of these versions, in the transaction that purges them."""
    for each in _purges.values():
        each(actor, version_ids)


def topic(name: str, resolver: TopicResolver) -> None:
    """Register how `/ws/{name}/{key}/` finds its feed; the resolver answers None for what the actor cannot see."""
    _topics[name] = resolver


def resolve_topic(name: str, actor: Actor, key: str) -> Topic | None:
    """Return the feed behind a socket's path, or None."""
    resolver = _topics.get(name)
    return resolver(actor, key) if resolver else None


def guests_see(resolver: GuestSight) -> None:
    """Register which places of events a share's guests see: `resolver(share_id, places)` → those it shows now.

    Inside the scope of the share's organisation. A place is (asset, version or None); a share of current versions
    shows the current one, a frozen share the frozen one; a revoked or expired share shows nothing.
    """
    _guest_sight[:] = [resolver]


def seen_by_guests(share_id: UUID, places: Collection[EventPlace]) -> frozenset[EventPlace]:
    """Return those places of events that the guests of a share see now."""
    return frozenset(place for resolver in _guest_sight for place in resolver(share_id, places))


def guests_hold(resolver: GuestHolding, *, holders: GuestHolders) -> None:
    """Register what a live share is made of: `resolver(share_id, asset_ids)` → its collection, and which it holds.

    Inside the scope of the share's organisation. What it holds counts in the trash too, and wherever it lies; None for
    a share that shows nothing. `holders(asset_ids)` → the live shares that hold any of them.
    """
    _guest_holding[:] = [resolver]
    _guest_holders[:] = [holders]


def shares_that_hold(asset_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return the live shares whose collections hold any of these assets."""
    return frozenset(each for holders in _guest_holders for each in holders(asset_ids))


def held_for_guests(share_id: UUID, asset_ids: Collection[UUID]) -> Holding | None:
    """Return a live share's collection, and which of these assets it holds; None for a share that shows nothing."""
    return _guest_holding[0](share_id, asset_ids) if _guest_holding else None


def guests_enter(resolver: GuestEntry) -> None:
    """Register who finds the guest behind a link that opens a socket; it is asked every few seconds."""
    _guest_entry[:] = [resolver]


def guest_of(token: str, *, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Actor | None:
    """Return the guest behind a link; None where it opens nothing, the anonymous actor where it is locked."""
    return _guest_entry[0](token, cookies, headers) if _guest_entry else None


def record_with(recorder: Recorder) -> None:
    """Register the room that keeps the activity log."""
    _recorder[:] = [recorder]


def record(actor: Actor, *, verb: str, target_kind: str, target_id: UUID, **details: Any) -> None:
    """Record a change made below the activity room, in the transaction that makes it."""
    for recorder in _recorder:
        recorder(actor, verb=verb, target_kind=target_kind, target_id=target_id, **details)


def deliver(topic: str, delivery: Delivery) -> None:
    """Register what delivers a topic of the outbox: `delivery(payloads)`, in order, in their organisation's scope.

    It may be called twice with the same message. What it raises leaves the messages for another try.
    """
    _deliveries[topic] = delivery


def delivery(topic: str) -> Delivery:
    """Return what delivers a topic of the outbox."""
    return _deliveries[topic]


def react(event: str, reaction: Reaction) -> None:
    """Register what an upper room does when `event` has happened to a thing of a lower one; it gets the thing's id.

    It runs in the transaction, and the scope, of the event itself: quick, and without anything outside the database.
    """
    if reaction not in _reactions[event]:
        _reactions[event].append(reaction)


def happened(event: str, identity: UUID) -> None:
    """Let the rooms above do what follows from an event, in the transaction that makes it happen."""
    for reaction in _reactions[event]:
        reaction(identity)
