"""The sockets of this process by topic, and the one Redis subscription that feeds them all."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import redis.asyncio as aioredis
from django.conf import settings
from redis import RedisError

from activity import bus
from dam.core.guard import guard

logger = logging.getLogger(__name__)
BUFFER = 256
PING_S = 10.0
SPACING_S = 1.0
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.25, 5.0


@dataclass(frozen=True)
class Item:
    """What waits for a socket: an event with its number (None: not durable), or, without text, a call to catch up."""

    number: int | None = None
    text: str = ""


class Mailbox:
    """What waits to be sent to one socket: bounded; a reader too slow for it is given up."""

    def __init__(self) -> None:
        """Make an empty mailbox; belongs to the running event loop."""
        self._items: asyncio.Queue[Item] = asyncio.Queue(BUFFER)
        self.overflowed = asyncio.Event()

    def put(self, item: Item) -> None:
        """Leave an item, or note that the reader is too slow."""
        try:
            self._items.put_nowait(item)
        except asyncio.QueueFull:
            self.overflowed.set()

    async def take(self) -> Item:
        """Wait for the next item."""
        return await self._items.get()


class Hub:
    """Hands each message of the bus to the mailboxes that listen to its topics."""

    def __init__(self) -> None:
        """Make a hub that nobody listens to yet."""
        self._by_topic: dict[str, set[Mailbox]] = defaultdict(set)
        self._all: set[Mailbox] = set()
        self._held_back: dict[str, dict[str, Any] | None] = {}

    def join(self, mailbox: Mailbox, topics: Iterable[str]) -> None:
        """Let a mailbox hear of topics, from now on and without a gap."""
        self._all.add(mailbox)
        for each in topics:
            self._by_topic[each].add(mailbox)

    def leave(self, mailbox: Mailbox, topics: Iterable[str]) -> None:
        """Let a mailbox hear no more."""
        self._all.discard(mailbox)
        for each in topics:
            self._by_topic[each].discard(mailbox)
            if not self._by_topic[each]:
                del self._by_topic[each]

    def hand_out(self, raw: bytes) -> None:
        """Give one message of the bus to whoever listens; those with a key at most one a second."""
        message: dict[str, Any] = orjson.loads(raw)
        key = message["key"]
        if key is None:
            self._give(message)
        elif key in self._held_back:
            self._held_back[key] = message
        else:
            self._give(message)
            self._hold_back(key)

    def _hold_back(self, key: str) -> None:
        self._held_back[key] = None
        asyncio.get_running_loop().call_later(SPACING_S, self._release, key)

    def _release(self, key: str) -> None:
        message = self._held_back.pop(key)
        if message is not None:
            self._give(message)
            self._hold_back(key)

    def _give(self, message: dict[str, Any]) -> None:
        item = Item(message["seq"], message["text"])
        for mailbox in self._listeners(message["topics"]):
            mailbox.put(item)

    def _listeners(self, topics: list[str]) -> Iterator[Mailbox]:
        if len(topics) == 1:
            yield from self._by_topic.get(topics[0], ())
        else:
            yield from set().union(*(self._by_topic.get(each, ()) for each in topics))

    async def listen(self) -> None:
        """Feed the mailboxes for ever; after every (re)connection all of them catch up from the table."""
        back_off_s = FIRST_BACK_OFF_S
        while True:
            with guard("live.bus_failed", expected=(RedisError, OSError)) as outcome:
                async with _client() as client, client.pubsub() as pubsub:
                    await pubsub.subscribe(bus.channel())
                    back_off_s = FIRST_BACK_OFF_S
                    await self._pump(pubsub)
            logger.warning("live.bus_lost", extra={"error": str(outcome.error)})
            await asyncio.sleep(back_off_s)
            back_off_s = min(back_off_s * 2, LONGEST_BACK_OFF_S)

    async def _pump(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(timeout=PING_S)
            if message is None:
                await pubsub.ping()
            elif message["type"] == "message":
                self.hand_out(message["data"])
            elif message["type"] == "subscribe":
                # Redis has confirmed: whatever went out before this moment lies in the table.
                for mailbox in self._all:
                    mailbox.put(Item())


def _client() -> aioredis.Redis:
    return aioredis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=bus.TIMEOUT_S, socket_timeout=2 * PING_S
    )
