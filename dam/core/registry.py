"""Upward answers: lower rooms ask here, upper rooms register in `AppConfig.ready`.

So an asset can show its shares, and a socket can resolve a share's token, without either room knowing the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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


TopicResolver = Callable[[Actor, str], Topic | None]


class Recorder(Protocol):
    """Writes one activity row in the open transaction."""

    def __call__(
        self, actor: Actor, *, verb: str, target_kind: str, target_id: UUID, **details: Any
    ) -> object:
        """Record that `actor` did `verb` to the target."""


_recorder: list[Recorder] = []
_providers: dict[str, dict[str, Provider]] = defaultdict(dict)
_topics: dict[str, TopicResolver] = {}


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


def topic(name: str, resolver: TopicResolver) -> None:
    """Register how `/ws/{name}/{key}/` finds its feed; the resolver answers None for what the actor cannot see."""
    _topics[name] = resolver


def resolve_topic(name: str, actor: Actor, key: str) -> Topic | None:
    """Return the feed behind a socket's path, or None."""
    resolver = _topics.get(name)
    return resolver(actor, key) if resolver else None


def record_with(recorder: Recorder) -> None:
    """Register the room that keeps the activity log."""
    _recorder[:] = [recorder]


def record(actor: Actor, *, verb: str, target_kind: str, target_id: UUID, **details: Any) -> None:
    """Record a change made below the activity room, in the transaction that makes it."""
    for recorder in _recorder:
        recorder(actor, verb=verb, target_kind=target_kind, target_id=target_id, **details)
