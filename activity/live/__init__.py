"""The live half of a process: admits sockets, reads what they missed, and asks again where rights may have changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

from django.conf import settings

from activity import queries
from activity.hub import Hub, Mailbox
from activity.live.admission import Admission, Question, admit, and_let_go, judge, keep_listening, scoped
from activity.live.rights import RightsWatch
from activity.queries import Missed
from activity.throttle import Door
from activity.visitor import Visitor
from dam.core.guard import guard
from dam.core.registry import Topic

logger = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
THREADS = 6
#: Changes of rights are heard at once and acted on in turns; deadlines and stuck readers are looked at as often.
TURN_S, REST_S = 1.0, 0.2
#: However quiet it is, everybody is asked again after so long.
ASK_AGAIN_S = 300.0
LISTENING_S = 20.0
STUCK_S = 10.0
GATHER_S = 0.01
GOODBYE_S = 2.0
GOING_AWAY, TRY_AGAIN = 1001, 1013


class Socket(Protocol):
    """What is needed of a consumer. `sending_since`: the moment (monotonic) at which a send began that is not over."""

    visitor: Visitor
    mailbox: Mailbox
    admission: Admission
    sending_since: float | None

    def end(self, code: int) -> None:
        """Have the socket closed."""


class Live:
    """One a process; `run` until cancelled, then `close`."""

    def __init__(self) -> None:
        """Make an idle one; nothing listens before `run`."""
        self.hub = Hub()
        self.door = Door(scale=settings.RATE_LIMIT_SCALE)
        self._open: set[Socket] = set()
        self._doubted: set[Socket] = set()
        self._changes = 0
        self._woken = asyncio.Event()
        self._listening_noted_at = 0.0
        self._replays: dict[tuple[Topic, int], asyncio.Task[Missed]] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")

    async def run(self) -> None:
        """Feed the sockets and watch over their rights for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.hub.listen())
            group.create_task(RightsWatch(self._rights_changed).run())
            group.create_task(self._watch_over())

    async def close(self) -> None:
        """Send everybody away; clients come back with the last number that they have."""
        for each in list(self._open):
            each.end(GOING_AWAY)
        deadline = time.monotonic() + GOODBYE_S
        while self._open and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def admit(self, visitor: Visitor) -> Admission:
        """Find out which feed the visitor may hear; a guest's first visit opens the share's book.

        Raises:
            Refused: with the code to close with.
        """
        changes = self._changes
        return await self._in_thread(partial(admit, visitor, changes=changes))

    @contextmanager
    def joined(self, socket: Socket) -> Iterator[None]:
        """Let the socket hear of its topic for the length of the block."""
        names = queries.topics_of(socket.admission.topic)
        self._open.add(socket)
        self.hub.join(socket.mailbox, names)
        if socket.admission.changes != self._changes:
            # Something changed while the socket was admitted: perhaps that which let it in.
            self._doubt([socket])
        try:
            yield
        finally:
            self.hub.leave(socket.mailbox, names)
            self._open.discard(socket)
            self._doubted.discard(socket)

    async def missed(self, topic: Topic, *, since: int) -> Missed:
        """Return what happened in the topic after `since`; sockets that ask the same together are answered together."""
        key = (topic, since)
        if key not in self._replays:
            self._replays[key] = asyncio.create_task(self._replay(topic, since))
        return await asyncio.shield(self._replays[key])

    async def _replay(self, topic: Topic, since: int) -> Missed:
        """Gather who asks, then read: an answer that was begun before a socket asked could lack what it lost."""
        await asyncio.sleep(GATHER_S)
        del self._replays[topic, since]
        return await self._in_thread(partial(scoped, topic, partial(queries.missed, topic, since=since)))

    async def _in_thread(self, work: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(and_let_go, work))

    def _rights_changed(self, words: frozenset[str] | None) -> None:
        self._changes += 1
        self._doubt(each for each in self._open if words is None or words & each.admission.words)

    def _doubt(self, sockets: Iterable[Socket]) -> None:
        self._doubted.update(sockets)
        if self._doubted:
            self._woken.set()

    async def _watch_over(self) -> None:
        while True:
            with guard("live.turn_passed", expected=(TimeoutError,)):
                await asyncio.wait_for(self._woken.wait(), TURN_S)
            self._woken.clear()
            self._end_stuck()
            # While the database is away nobody can be asked, but then nobody's rights change either.
            with guard("live.recheck_failed"):
                self._doubt_what_ran_out()
                await self._ask_again(list(self._doubted))
                await self._note_listening()
            await asyncio.sleep(REST_S)

    def _end_stuck(self) -> None:
        """Send readers away that have taken nothing for too long."""
        late = time.monotonic() - STUCK_S
        for each in list(self._open):
            if each.sending_since is not None and each.sending_since < late:
                each.end(TRY_AGAIN)

    def _doubt_what_ran_out(self) -> None:
        now, late = datetime.now(UTC), time.monotonic() - ASK_AGAIN_S
        self._doubted.update(
            each
            for each in self._open
            if each.admission.asked_at < late or (each.admission.ends_at and each.admission.ends_at <= now)
        )

    async def _ask_again(self, sockets: list[Socket]) -> None:
        """Ask again for these sockets, once for each caller and once for each caller's feed."""
        if not sockets:
            return
        changes = self._changes
        visitors = {Question.of(each.visitor): each.visitor for each in sockets}
        verdicts = await self._in_thread(partial(judge, visitors, changes=changes))
        for socket in sockets:
            verdict = verdicts[Question.of(socket.visitor)]
            if isinstance(verdict, int):
                socket.end(verdict)
            elif verdict.topic != socket.admission.topic:
                # The thing has moved, to another project perhaps: the client comes back and is admitted anew.
                socket.end(GOING_AWAY)
            elif changes == self._changes:
                socket.admission = verdict
                self._doubted.discard(socket)

    async def _note_listening(self) -> None:
        """Keep the books of shares open that somebody listens to."""
        topics = {each.admission.topic for each in self._open if each.admission.topic.share_id}
        if topics and time.monotonic() - self._listening_noted_at > LISTENING_S:
            await self._in_thread(partial(keep_listening, topics))
            self._listening_noted_at = time.monotonic()
