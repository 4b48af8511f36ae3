"""The sockets of this process by topic, and the one Redis subscription that feeds them all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import redis.asyncio as aioredis
from django.conf import settings
from redis import RedisError

from activity import bus
from dam.core.guard import guard
from dam.core.observing import metrics

logger = logging.getLogger(__name__)
#: What may wait for one reader.
MOST_ITEMS, MOST_CHARACTERS, MOST_FLEETING = 256, 1_000_000, 64
#: A line that says nothing for so long is asked whether it still lives, and given up when it does not answer.
SILENCE_S, ANSWER_S = 5.0, 5.0
SPACING_S = 1.0
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.25, 2.0


@dataclass(frozen=True, slots=True)
class Item:
    """What waits for a socket: an event with its number (None: not durable), or, without text, a call to catch up."""

    number: int | None = None
    text: str = ""


CATCH_UP = Item()


class Mailbox:
    """What waits to be sent to one socket: bounded.

    What does not fit is forgotten and becomes a call to catch up: durable events lie in the table. Of those that are
    told once only, the latest stay.
    """

    __slots__ = ("_characters", "_items", "_waiter")

    def __init__(self) -> None:
        """Make an empty mailbox; belongs to the running event loop."""
        self._items: deque[Item] = deque()
        self._characters = 0
        self._waiter: asyncio.Future[None] | None = None

    def put(self, item: Item) -> None:
        """Leave an item."""
        self._items.append(item)
        self._characters += len(item.text)
        if len(self._items) > MOST_ITEMS or self._characters > MOST_CHARACTERS:
            self._collapse()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _collapse(self) -> None:
        fleeting = [each for each in self._items if each.number is None and each.text][-MOST_FLEETING:]
        while fleeting and sum(len(each.text) for each in fleeting) > MOST_CHARACTERS // 2:
            fleeting = fleeting[len(fleeting) // 2 + 1 :]
        self._items = deque([CATCH_UP, *fleeting])
        self._characters = sum(len(each.text) for each in fleeting)

    async def take(self) -> Item:
        """Wait for the next item."""
        while not self._items:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        item = self._items.popleft()
        self._characters -= len(item.text)
        return item


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
        if item.number is not None:
            metrics.LIVE_SECONDS.observe(max(time.time() - message["at"], 0))
        for mailbox in self._listeners(message["topics"]):
            mailbox.put(item)

    def _listeners(self, topics: list[str]) -> Iterable[Mailbox]:
        found = [self._by_topic[each] for each in topics if each in self._by_topic]
        return list(found[0]) if len(found) == 1 else set().union(*found)

    async def listen(self) -> None:
        """Feed the mailboxes for ever; after every (re)connection all of them catch up from the table."""
        back_off_s = FIRST_BACK_OFF_S
        while True:
            with guard("live.bus_failed", expected=(RedisError, OSError, TimeoutError)) as outcome:
                async with _client() as client, client.pubsub() as pubsub:
                    await pubsub.subscribe(bus.channel())
                    back_off_s = FIRST_BACK_OFF_S
                    await self._pump(pubsub)
            logger.warning("live.bus_lost", extra={"error": str(outcome.error)})
            await asyncio.sleep(back_off_s)
            back_off_s = min(back_off_s * 2, LONGEST_BACK_OFF_S)

    async def _pump(self, pubsub: Any) -> None:
        asked_at: float | None = None
        while True:
            message = await pubsub.get_message(timeout=SILENCE_S if asked_at is None else ANSWER_S)
            if message is not None:
                asked_at = None
                self._heed(message)
                # A burst lies in the buffer already: let the sockets have their turn between two messages.
                await asyncio.sleep(0)
            elif asked_at is None:
                asked_at = time.monotonic()
                await asyncio.wait_for(pubsub.ping(), ANSWER_S)
            elif time.monotonic() - asked_at >= ANSWER_S:
                raise TimeoutError("Redis answers nothing")

    def _heed(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            self.hand_out(message["data"])
        elif message["type"] == "subscribe":
            # Redis has confirmed: whatever went out before this moment lies in the table.
            for mailbox in self._all:
                mailbox.put(CATCH_UP)


def _client() -> aioredis.Redis:
    return aioredis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=bus.TIMEOUT_S, socket_timeout=2 * SILENCE_S
    )
