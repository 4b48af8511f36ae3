"""Whose rights change: the database tells it, so that nobody has to be asked again and again.

Triggers notify the channel `dam_rights` with what a change touches (`user:…`, `session:…`, `project:…`, `share:…`,
`asset:…`, `version:…`), at commit. A socket carries the same words for everything that its admission rests on.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable

import psycopg

from dam.core.db import line_of_its_own
from dam.core.guard import guard

logger = logging.getLogger(__name__)
CHANNEL = "dam_rights"
BEAT_S = 2.0
AGAIN_S = 2.0

#: What changed, or None: unknown, so it may be anything.
Listener = Callable[[frozenset[str] | None], None]


class Deaf(Exception):
    """The line is open, yet what is said into it does not come back: a pooler that hands sessions around."""


class RightsWatch:
    """One a process: hears of changed rights, and proves every few seconds that it still would."""

    def __init__(self, listener: Listener) -> None:
        """Take whom to tell; nothing is heard before `run`."""
        self._tell = listener
        self._beats = 0

    async def run(self) -> None:
        """Listen for ever; while that is impossible, say again and again that anything may have changed."""
        while True:
            with guard(
                "live.rights_failed", expected=(psycopg.Error, OSError, TimeoutError, Deaf)
            ) as outcome:
                await self._listen()
            logger.warning("live.rights_lost", extra={"error": str(outcome.error)})
            self._tell(None)
            await asyncio.sleep(AGAIN_S)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            line_of_its_own("dam-live"), autocommit=True
        ) as line:
            await line.execute(f"LISTEN {CHANNEL}")
            # Whatever changed before this moment was not heard.
            self._tell(None)
            while True:
                await self._hear(line)

    async def _hear(self, line: psycopg.AsyncConnection) -> None:
        """Listen for one beat, which opens with a word of our own that has to come back."""
        self._beats += 1
        own, came_back = f"beat:{os.getpid()}:{self._beats}", False
        say = line.execute("SELECT pg_notify(%s, %s)", [CHANNEL, own])
        await asyncio.wait_for(say, BEAT_S)
        async for said in line.notifies(timeout=BEAT_S):
            if said.payload == own:
                came_back = True
            elif not said.payload.startswith("beat:"):
                self._tell(frozenset({said.payload}))
        if not came_back:
            raise Deaf
