"""The live half of a process: admits sockets, reads what they missed, and asks every few seconds whether they may stay."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection

from activity import queries, services
from activity.hub import Hub, Mailbox
from activity.queries import Missed
from activity.visitor import Refused, Visitor
from dam.core import tenancy
from dam.core.access import Actor
from dam.core.guard import guard
from dam.core.registry import Topic

logger = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
THREADS = 6
RECHECK_S = 3.0
GOODBYE_S = 2.0
GOING_AWAY, BROKEN, TRY_AGAIN = 1001, 1011, 1013


class Socket(Protocol):
    """What the recheck needs of a consumer."""

    visitor: Visitor
    mailbox: Mailbox

    def end(self, code: int) -> None:
        """Have the socket closed."""


@dataclass(frozen=True)
class _Question:
    """Who wants to hear what; equal questions are asked once."""

    credentials: tuple[str, ...]
    feed: str
    key: str


class Live:
    """One a process; `run` until cancelled, then `close`."""

    def __init__(self) -> None:
        """Make an idle one; nothing listens before `run`."""
        self.hub = Hub()
        self._open: dict[Socket, Topic] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")

    async def run(self) -> None:
        """Feed and recheck the sockets for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.hub.listen())
            group.create_task(self._recheck_for_ever())

    async def close(self) -> None:
        """Send everybody away; clients come back with the last number that they have."""
        for each in list(self._open):
            each.end(GOING_AWAY)
        deadline = time.monotonic() + GOODBYE_S
        while self._open and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        self._threads.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def joined(self, socket: Socket, topic: Topic) -> Iterator[None]:
        """Let the socket hear of its topic for the length of the block."""
        names = queries.topics_of(topic)
        self._open[socket] = topic
        self.hub.join(socket.mailbox, names)
        try:
            yield
        finally:
            self.hub.leave(socket.mailbox, names)
            self._open.pop(socket, None)

    async def admit(self, visitor: Visitor) -> Topic:
        """Return the feed that the visitor may hear; a guest's first visit opens the share's book.

        Raises:
            Refused: with the code to close with.
        """
        return await self._in_thread(partial(_admit, visitor))

    async def last_number(self, topic: Topic) -> int:
        """Return the last number given in the topic's feed."""
        return await self._in_thread(partial(_scoped, topic, partial(queries.last_number, topic)))

    async def missed(self, topic: Topic, *, since: int) -> Missed:
        """Return what happened in the topic after `since`."""
        return await self._in_thread(partial(_scoped, topic, partial(queries.missed, topic, since=since)))

    async def _in_thread(self, work: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(_and_let_go, work))

    async def _recheck_for_ever(self) -> None:
        while True:
            started = time.monotonic()
            # While the database is away nobody can be asked, but then nobody's rights change either.
            with guard("live.recheck_failed"):
                await self._recheck()
            await asyncio.sleep(max(RECHECK_S - (time.monotonic() - started), 0.5))

    async def _recheck(self) -> None:
        """Ask again for every socket, once for each caller and once for each caller's feed."""
        for each in [each for each in self._open if each.mailbox.overflowed.is_set()]:
            each.end(TRY_AGAIN)
        sockets = dict(self._open)
        visitors = {_question(each.visitor): each.visitor for each in sockets}
        if not visitors:
            return
        verdicts = await self._in_thread(partial(_judge, visitors))
        listening = {topic.share_id: topic for topic in sockets.values() if topic.share_id}
        if listening:
            await self._in_thread(partial(_keep_listening, listening.values()))
        for socket, topic in sockets.items():
            verdict = verdicts[_question(socket.visitor)]
            if isinstance(verdict, int):
                socket.end(verdict)
            elif verdict != topic:
                # The thing has moved, to another project perhaps: the client comes back and is admitted anew.
                socket.end(GOING_AWAY)


def _question(visitor: Visitor) -> _Question:
    return _Question(visitor.credentials, visitor.feed, visitor.key)


def _and_let_go(work: Callable[[], _Answer]) -> _Answer:
    try:
        return work()
    finally:
        connection.close()


def _admit(visitor: Visitor) -> Topic:
    topic = visitor.topic_for(visitor.identify())
    if topic.share_id and topic.project_id:
        with tenancy.scope(topic.organization_id):
            services.listen_as_guest(topic.share_id, project_id=topic.project_id)
    return topic


def _scoped(topic: Topic, read: Callable[[], _Answer]) -> _Answer:
    with tenancy.scope(topic.organization_id):
        return read()


def _judge(visitors: dict[_Question, Visitor]) -> dict[_Question, Topic | int]:
    """Return for each question its topic or the code to close with."""
    actors: dict[tuple[str, ...], Actor | int] = {}
    verdicts: dict[_Question, Topic | int] = {}
    for question, visitor in visitors.items():
        caller = question.credentials
        if caller not in actors:
            actors[caller] = _caught(visitor.identify)
        actor = actors[caller]
        verdicts[question] = actor if isinstance(actor, int) else _caught(partial(visitor.topic_for, actor))
    return verdicts


def _caught(ask: Callable[[], _Answer]) -> _Answer | int:
    """Return the answer, or the code to close with; what cannot be decided is refused."""
    answer: _Answer | int = BROKEN
    with guard("live.judgement_failed", expected=(Refused, DatabaseError, OSError)) as outcome:
        answer = ask()
    if isinstance(outcome.error, (DatabaseError, OSError)):
        raise outcome.error
    return outcome.error.code if isinstance(outcome.error, Refused) else answer


def _keep_listening(topics: Iterable[Topic]) -> None:
    by_organization: dict[UUID, list[UUID]] = {}
    for topic in topics:
        if topic.share_id:
            by_organization.setdefault(topic.organization_id, []).append(topic.share_id)
    for organization_id, share_ids in by_organization.items():
        with tenancy.scope(organization_id):
            services.keep_listening(share_ids)
