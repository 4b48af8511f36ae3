"""The one consumer behind `/ws/projects/{id}/`, `/ws/versions/{id}/` and `/ws/s/{token}/`.

A socket is joined to its feed before it is accepted, so whatever is committed after a client saw it open arrives.

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
from activity.live.admission import Admission
from activity.throttle import TooMany
from activity.visitor import Refused, Visitor
from dam.core.guard import guard
from dam.core.observing import log, metrics

logger = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RESET = orjson.dumps({"type": "reset"}).decode()
PONG = orjson.dumps({"type": "pong"}).decode()
FEEDS = ("projects", "versions", "s")
POLICY, TOO_BIG, BROKEN, TOO_MANY = 1008, 1009, 1011, 4429
CLOSE_S, LINGER_S = 1.0, 10.0
ADMISSION_S = 10.0
# Clients have nothing to tell but that they are there; a few small messages are let pass, a flood ends the socket.
MAX_MESSAGE, MAX_MESSAGES, PER_S = 4096, 30, 10.0


class Gone(Exception):
    """The client is no longer there."""


class LiveConsumer:
    admission: Admission

    def __init__(self, live: Live, visitor: Visitor, *, receive: Receive, send: Send) -> None:
        self.live, self.visitor = live, visitor
        self.mailbox = Mailbox()
        self.sending_since: float | None = None
        self.last = 0
        self._receive, self._send = receive, send
        self._speaking = asyncio.Lock()
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Refuse foreign pages in the handshake; whatever else is wrong is told by a close code."""
        await self._receive()
        if not self.visitor.has_fair_origin:
            await self._send({"type": "websocket.close"})
            return
        started = time.monotonic()
        code: int | None = BROKEN
        with guard("live.socket_crashed", expected=(Gone,)) as outcome:
            code = await self._welcome()
        has_gone = code is None or isinstance(outcome.error, Gone)
        self._tell(code=None if has_gone else code, seconds=time.monotonic() - started)
        if code is not None and not has_gone:
            await self._close(code)

    def _tell(self, *, code: int | None, seconds: float) -> None:
        """Write the socket's one line; `code` None means that the client went."""
        metrics.SOCKETS_CLOSED.labels(str(code or "client")).inc()
        told = {"feed": self.visitor.feed, "code": code, "seconds": round(seconds, 2)}
        logger.info("socket.closed", extra=told)

    def end(self, code: int) -> None:
        """Have the socket closed from this side."""
        if not self._ended.done():
            self._ended.set_result(code)

    async def _welcome(self) -> int | None:
        """Admit, join, accept, serve; returns the code to close with, None where the client has gone."""
        try:
            async with self.live.door.passed(self.visitor.address) as turn:
                async with turn, asyncio.timeout(ADMISSION_S):
                    self.admission = await self.live.admit(self.visitor)
                with self.live.joined(self):
                    await self._accept()
                    return await self._until_closed()
        except TooMany:
            code = TOO_MANY
        except Refused as refusal:
            self.live.door.refused(self.visitor.address)
            code = refusal.code
        except (DatabaseError, OSError) as error:
            logger.warning("live.socket_failed", extra={"error": str(error)})
            code = TRY_AGAIN
        await self._accept()
        return code

    async def _accept(self) -> None:
        try:
            await self._send({"type": "websocket.accept"})
        except RuntimeError as error:
            raise Gone from error

    async def _close(self, code: int) -> None:
        # A reader that takes nothing does not take the close either; if it comes back soon it learns the reason.
        patience_s = LINGER_S if code == TRY_AGAIN else CLOSE_S
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            await asyncio.wait_for(self._send({"type": "websocket.close", "code": code}), patience_s)

    async def _until_closed(self) -> int | None:
        """Serve until one side ends it; returns the code to close with, None where the client has gone."""
        metrics.SOCKETS.labels(self.visitor.feed).inc()
        log.bind(organization_id=self.admission.topic.organization_id)
        tasks: set[asyncio.Future[Any]] = {
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._serve()),
            self._ended,
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            metrics.SOCKETS.labels(self.visitor.feed).dec()
            for each in tasks:
                each.cancel()
            await asyncio.wait(tasks, timeout=CLOSE_S)
        try:
            return int(next(iter(done)).result())
        except Gone:
            return None

    async def _listen(self) -> int:
        """Answer a client's ping and ignore whatever else it says, unless it says too much."""
        window, received = time.monotonic(), 0
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                raise Gone
            said = message.get("text") or message.get("bytes") or ""
            if len(said) > MAX_MESSAGE:
                return TOO_BIG
            if time.monotonic() - window > PER_S:
                window, received = time.monotonic(), 0
            received += 1
            if received > MAX_MESSAGES:
                return POLICY
            if _is_ping(said):
                await self._say(PONG)

    async def _serve(self) -> int:
        """Tell the client what happens; returns the code to close with."""
        try:
            await self._start()
            while True:
                item = await self.mailbox.take()
                if not item.text:
                    await self._catch_up()
                elif item.number is None:
                    await self._say(item.text)
                elif item.number > self.last:
                    await self._say(item.text)
                    self.last = item.number
        except (DatabaseError, OSError) as error:
            logger.warning("live.socket_failed", extra={"error": str(error)})
            return TRY_AGAIN

    async def _say(self, text: str) -> None:
        async with self._speaking:
            self.sending_since = time.monotonic()
            try:
                await self._send({"type": "websocket.send", "text": text})
            except RuntimeError as error:
                raise Gone from error
            self.sending_since = None

    async def _start(self) -> None:
        """Replay what the client missed; the mailbox has been collecting since before the table was read."""
        since = self.visitor.since
        if since is None:
            self.last = self.admission.last
        elif since.isascii() and since.isdigit() and len(since) < 19:
            self.last = int(since)
            await self._catch_up()
        else:
            self.last = self.admission.last
            await self._say(RESET)

    async def _catch_up(self) -> None:
        missed = await self.live.missed(self.admission.topic, since=self.last)
        if missed.is_lost:
            await self._say(RESET)
        for number, text in missed.events:
            await self._say(text)
            self.last = number
        self.last = missed.last


def _is_ping(said: str | bytes) -> bool:
    try:
        words = orjson.loads(said)
    except orjson.JSONDecodeError:
        return False
    return isinstance(words, dict) and words.get("type") == "ping"


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
        log.clear()
        log.bind(request_id=log.accepted_id(visitor.headers.get("x-request-id", "")))
        await LiveConsumer(live, visitor, receive=receive, send=send).run()

    return application
