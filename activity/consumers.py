"""The one consumer behind `/ws/projects/{id}/`, `/ws/versions/{id}/` and `/ws/s/{token}/`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from activity.hub import Mailbox
from activity.live import Live
from activity.visitor import Refused, Visitor
from dam.core.registry import Topic

logger = logging.getLogger(__name__)
RESET = orjson.dumps({"type": "reset"}).decode()
POLICY, TOO_BIG, TRY_AGAIN = 1008, 1009, 1013
# Clients have nothing to tell yet; a few small messages are let pass, a flood ends the socket.
CLOSE_S = 1.0
MAX_MESSAGE, MAX_MESSAGES, PER_S = 4096, 30, 10.0


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    # The hub feeds every socket of the process from one subscription; a channel layer would take one queue each.
    channel_layer_alias = None

    def __init__(self, *, live: Live, feed: str, key: str) -> None:
        super().__init__()
        self.live, self.feed, self.key = live, feed, key
        self.mailbox = Mailbox()
        self.last = 0
        self._serving: asyncio.Task[None] | None = None
        self._window, self._received = time.monotonic(), 0

    async def connect(self) -> None:
        """Refuse foreign pages in the handshake; whatever else is wrong is told by a close code."""
        self.visitor = Visitor.of(self.scope, feed=self.feed, key=self.key)
        if not self.visitor.has_fair_origin:
            await self.close()
            return
        await self.accept()
        self._serving = asyncio.create_task(self._serve())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore what a client says, unless it says too much."""
        if len(text_data or bytes_data or "") > MAX_MESSAGE:
            await self.end(TOO_BIG)
            return
        now = time.monotonic()
        if now - self._window > PER_S:
            self._window, self._received = now, 0
        self._received += 1
        if self._received > MAX_MESSAGES:
            await self.end(POLICY)

    async def disconnect(self, code: int) -> None:
        """Stop serving."""
        if self._serving is not None:
            self._serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._serving

    async def end(self, code: int) -> None:
        """Close the socket from this side, at once."""
        if self._serving is not None:
            self._serving.cancel()
        # A reader that takes nothing does not take the close either.
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            await asyncio.wait_for(self.close(code=code), CLOSE_S)

    async def _serve(self) -> None:
        try:
            topic = await self.live.admit(self.visitor)
        except Refused as refusal:
            await self.close(code=refusal.code)
            return
        except (DatabaseError, OSError) as error:
            logger.warning("live.admission_failed", extra={"error": str(error)})
            await self.close(code=TRY_AGAIN)
            return
        with self.live.joined(self, topic):
            try:
                await self._start(topic)
                await self._forward(topic)
            except (DatabaseError, OSError) as error:
                logger.warning("live.socket_failed", extra={"error": str(error)})
                await self.close(code=TRY_AGAIN)

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
            await self.send(text_data=RESET)

    async def _forward(self, topic: Topic) -> None:
        while not self.mailbox.overflowed.is_set():
            item = await self.mailbox.take()
            if not item.text:
                await self._catch_up(topic)
            elif item.number is None:
                await self.send(text_data=item.text)
            elif item.number > self.last:
                await self.send(text_data=item.text)
                self.last = item.number
        await self.close(code=TRY_AGAIN)

    async def _catch_up(self, topic: Topic) -> None:
        missed = await self.live.missed(topic, since=self.last)
        if missed.is_lost:
            await self.send(text_data=RESET)
        for number, text in missed.events:
            await self.send(text_data=text)
            self.last = number
        self.last = missed.last


def application_for(live: Live) -> Any:
    """Return the ASGI application of the sockets: `/ws/{feed}/{key}/`, anything else is refused."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        parts = str(scope["path"]).split("/")
        if len(parts) != 5 or parts[1] != "ws" or parts[4] or parts[2] not in ("projects", "versions", "s"):
            await receive()
            await send({"type": "websocket.close", "code": POLICY})
            return
        await LiveConsumer(live=live, feed=parts[2], key=parts[3])(scope, receive, send)

    return application
