"""The one consumer behind `/ws/projects/{id}/`, `/ws/versions/{id}/` and `/ws/s/{token}/`.

Plain ASGI: a close from this side only leaves granian once no `receive` is pending, so this consumer owns its reader
and ends it first; and there is never more than one `send` at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from django.db import Error as DatabaseError

from activity.hub import Mailbox
from activity.live import TRY_AGAIN, Live
from activity.visitor import Refused, Visitor
from dam.core.guard import guard
from dam.core.registry import Topic

logger = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RESET = orjson.dumps({"type": "reset"}).decode()
FEEDS = ("projects", "versions", "s")
POLICY, TOO_BIG, BROKEN = 1008, 1009, 1011
CLOSE_S = 1.0
# Clients have nothing to tell yet; a few small messages are let pass, a flood ends the socket.
MAX_MESSAGE, MAX_MESSAGES, PER_S = 4096, 30, 10.0


class Gone(Exception):
    """The client is no longer there."""


class LiveConsumer:
    def __init__(self, live: Live, visitor: Visitor, *, receive: Receive, send: Send) -> None:
        self.live, self.visitor = live, visitor
        self.mailbox = Mailbox()
        self.last = 0
        self._receive, self._send = receive, send
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Refuse foreign pages in the handshake; whatever else is wrong is told by a close code."""
        await self._receive()
        if not self.visitor.has_fair_origin:
            await self._send({"type": "websocket.close"})
            return
        await self._send({"type": "websocket.accept"})
        code: int | None = BROKEN
        with guard("live.socket_crashed"):
            code = await self._until_closed()
        if code is not None:
            # A reader that takes nothing does not take the close either.
            with contextlib.suppress(OSError, RuntimeError, TimeoutError):
                await asyncio.wait_for(self._send({"type": "websocket.close", "code": code}), CLOSE_S)

    def end(self, code: int) -> None:
        """Have the socket closed from this side."""
        if not self._ended.done():
            self._ended.set_result(code)

    async def _until_closed(self) -> int | None:
        """Serve until one side ends it; returns the code to close with, None where the client has gone."""
        tasks: set[asyncio.Future[Any]] = {
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._serve()),
            self._ended,
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.wait(tasks, timeout=CLOSE_S)
        try:
            return int(next(iter(done)).result())
        except Gone:
            return None

    async def _listen(self) -> int:
        """Ignore what a client says, unless it says too much."""
        window, received = time.monotonic(), 0
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                raise Gone
            if len(message.get("text") or message.get("bytes") or "") > MAX_MESSAGE:
                return TOO_BIG
            if time.monotonic() - window > PER_S:
                window, received = time.monotonic(), 0
            received += 1
            if received > MAX_MESSAGES:
                return POLICY

    async def _serve(self) -> int:
        """Admit the client and tell it what happens; returns the code to close with."""
        try:
            topic = await self.live.admit(self.visitor)
            with self.live.joined(self, topic):
                await self._start(topic)
                return await self._forward(topic)
        except Refused as refusal:
            return refusal.code
        except (DatabaseError, OSError) as error:
            logger.warning("live.socket_failed", extra={"error": str(error)})
            return TRY_AGAIN

    async def _say(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except RuntimeError as error:
            raise Gone from error

    async def _start(self, topic: Topic) -> None:
        """Replay what the client missed; the mailbox collects from before the table is read."""
        since = self.visitor.since
        if since is None:
            self.last = await self.live.last_number(topic)
        elif since.isascii() and since.isdigit() and len(since) < 19:
            self.last = int(since)
            await self._catch_up(topic)
        else:
            self.last = await self.live.last_number(topic)
            await self._say(RESET)

    async def _forward(self, topic: Topic) -> int:
        while not self.mailbox.overflowed.is_set():
            item = await self.mailbox.take()
            if not item.text:
                await self._catch_up(topic)
            elif item.number is None:
                await self._say(item.text)
            elif item.number > self.last:
                await self._say(item.text)
                self.last = item.number
        return TRY_AGAIN

    async def _catch_up(self, topic: Topic) -> None:
        missed = await self.live.missed(topic, since=self.last)
        if missed.is_lost:
            await self._say(RESET)
        for number, text in missed.events:
            await self._say(text)
            self.last = number
        self.last = missed.last


def application_for(live: Live) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return the ASGI application of the sockets: `/ws/{feed}/{key}/`, anything else is refused."""

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        parts = str(scope["path"]).split("/")
        is_known = len(parts) == 5 and parts[1] == "ws" and parts[2] in FEEDS and parts[3] and not parts[4]
        if not is_known:
            await receive()
            await send({"type": "websocket.close"})
            return
        visitor = Visitor.of(scope, feed=parts[2], key=parts[3])
        await LiveConsumer(live, visitor, receive=receive, send=send).run()

    return application
