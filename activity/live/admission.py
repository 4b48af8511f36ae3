"""Whether a visitor may hear a feed, asked of the database in a thread: when a socket opens, and again when in doubt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection

from activity import queries, services
from activity.visitor import Refused, Visitor
from dam.core import tenancy
from dam.core.access import Actor
from dam.core.guard import guard
from dam.core.registry import Topic

_Answer = TypeVar("_Answer")
BROKEN = 1011


@dataclass(frozen=True)
class Admission:
    """The right to hear a feed, and what it rests on.

    `last` is the last number given when it was asked for, `words` name what it rests on, `ends_at` is when it runs out
    by itself, `asked_at` (monotonic) when the database said so, having heard of `changes` changes of rights.
    """

    topic: Topic
    last: int
    words: frozenset[str]
    ends_at: datetime | None
    asked_at: float
    changes: int


@dataclass(frozen=True)
class Question:
    """Who wants to hear what; equal questions are asked once."""

    credentials: tuple[str, ...]
    feed: str
    key: str

    @classmethod
    def of(cls, visitor: Visitor) -> Question:
        """Return what a visitor asks."""
        return cls(visitor.credentials, visitor.feed, visitor.key)


def admit(visitor: Visitor, *, changes: int) -> Admission:
    """Return the visitor's admission; a guest's first visit opens the share's book.

    Raises:
        Refused: with the code to close with.
    """
    actor = visitor.identify()
    topic = visitor.topic_for(actor)
    with tenancy.scope(topic.organization_id):
        if topic.share_id and topic.project_id:
            services.listen_as_guest(topic.share_id, project_id=topic.project_id)
        last = queries.last_number(topic)
    return _admission(visitor, actor, topic, last=last, changes=changes)


def judge(visitors: dict[Question, Visitor], *, changes: int) -> dict[Question, Admission | int]:
    """Return for each question the admission or the code to close with; each caller is looked up once.

    Raises:
        DatabaseError, OSError: nobody can be asked.
    """
    actors: dict[tuple[str, ...], Actor | int] = {}
    verdicts: dict[Question, Admission | int] = {}
    for question, visitor in visitors.items():
        caller = question.credentials
        if caller not in actors:
            actors[caller] = _caught(visitor.identify)
        actor = actors[caller]
        verdicts[question] = (
            actor if isinstance(actor, int) else _caught(partial(_judged, visitor, actor, changes=changes))
        )
    return verdicts


def _judged(visitor: Visitor, actor: Actor, *, changes: int) -> Admission:
    return _admission(visitor, actor, visitor.topic_for(actor), last=0, changes=changes)


def _admission(visitor: Visitor, actor: Actor, topic: Topic, *, last: int, changes: int) -> Admission:
    return Admission(
        topic=topic,
        last=last,
        words=visitor.words(actor, topic),
        ends_at=visitor.ends_at(actor),
        asked_at=time.monotonic(),
        changes=changes,
    )


def _caught(ask: Callable[[], _Answer]) -> _Answer | int:
    """Return the answer, or the code to close with; what cannot be decided is refused."""
    answer: _Answer | int = BROKEN
    with guard("live.judgement_failed", expected=(Refused, DatabaseError, OSError)) as outcome:
        answer = ask()
    if isinstance(outcome.error, (DatabaseError, OSError)):
        raise outcome.error
    return outcome.error.code if isinstance(outcome.error, Refused) else answer


def keep_listening(topics: Iterable[Topic]) -> None:
    """Note that guests of these shares still listen."""
    by_organization: dict[UUID, list[UUID]] = {}
    for topic in topics:
        if topic.share_id:
            by_organization.setdefault(topic.organization_id, []).append(topic.share_id)
    for organization_id, share_ids in by_organization.items():
        with tenancy.scope(organization_id):
            services.keep_listening(share_ids)


def scoped(topic: Topic, read: Callable[[], _Answer]) -> _Answer:
    """Read inside the scope of the topic's organisation."""
    with tenancy.scope(topic.organization_id):
        return read()


def and_let_go(work: Callable[[], _Answer]) -> _Answer:
    """Work, and give the thread's connection back to the pool."""
    try:
        return work()
    finally:
        connection.close()
