"""How many handshakes one address may make, and how many sockets it may hold; counted in each live process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

#: A large office behind one address comes back at once after a restart; nobody needs this many every minute.
BURST, PER_S = 1200.0, 20.0
#: What a refused handshake (not logged in, not visible) costs; guessing links ends after some hundred.
REFUSAL_COST = 6.0
MOST_OPEN = 2000
#: Handshakes of one address that are looked at beside each other; the rest of them wait, and nobody else does.
ABREAST = 2
FORGET_S = 300.0


class TooMany(Exception):
    """The address has used up what it may."""


@dataclass
class _Account:
    """What one address has left; `at` is the moment (monotonic) for which `left` holds."""

    left: float
    at: float
    open: int = 0
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ABREAST))


class Door:
    """Counts handshakes by address. `scale` multiplies every limit; 0 turns them off."""

    def __init__(self, *, scale: float) -> None:
        """Make a door that nobody has come through."""
        self._scale = scale
        self._accounts: dict[str, _Account] = {}
        self._swept_at = time.monotonic()

    @asynccontextmanager
    async def passed(self, address: str) -> AsyncIterator[asyncio.Semaphore]:
        """Count a socket of the address for the length of the block; yields its turn to be looked at.

        Raises:
            TooMany: it makes too many handshakes, or holds too many sockets.
        """
        account = self._account(address)
        if self._scale and (account.left < 1 or account.open >= MOST_OPEN * self._scale):
            raise TooMany
        account.left -= 1
        account.open += 1
        try:
            yield account.turn
        finally:
            account.open -= 1

    def refused(self, address: str) -> None:
        """Note that the address asked for what it may not have."""
        self._account(address).left -= REFUSAL_COST

    def _account(self, address: str) -> _Account:
        now, burst = time.monotonic(), BURST * self._scale
        self._sweep(now)
        account = self._accounts.setdefault(address, _Account(burst, now))
        account.left = min(burst, account.left + (now - account.at) * PER_S * self._scale)
        account.at = now
        return account

    def _sweep(self, now: float) -> None:
        """Forget addresses that have been away long enough to have everything back."""
        if now - self._swept_at < FORGET_S:
            return
        self._swept_at = now
        self._accounts = {
            address: each for address, each in self._accounts.items() if each.open or now - each.at < FORGET_S
        }
