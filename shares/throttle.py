"""How often a link's password may be guessed: a fixed window counted in the cache that all processes share."""

from __future__ import annotations

import time
from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.core.cache import cache

from dam.core.errors import TooManyRequests

WINDOW_S = 15 * 60
#: Wrong passwords in a window, by one address at one link.
LIMIT_PER_ADDRESS = 10
#: Wrong passwords in a window at one link, whoever sends them.
LIMIT_PER_LINK = 100


def take(share_id: UUID, *, ip: str) -> None:
    """Take one attempt before the password is looked at, so that attempts at once cannot slip through together.

    Raises:
        TooManyRequests: none is left in this window.
    """
    if settings.RATE_LIMIT_SCALE == 0:
        return
    for name, limit in _limits(share_id, ip=ip).items():
        until = _window(name)
        cache.add(f"{name}:{until}", 0, WINDOW_S)
        if cache.incr(f"{name}:{until}") > limit * settings.RATE_LIMIT_SCALE:
            raise TooManyRequests(max(1, until - int(time.time())))


def give_back(share_id: UUID, *, ip: str) -> None:
    """Give the attempt back: the password was right."""
    if settings.RATE_LIMIT_SCALE == 0:
        return
    for name in _limits(share_id, ip=ip):
        # A window that has just ended took its counter along.
        with suppress(ValueError):
            cache.decr(f"{name}:{_window(name)}")


def _window(name: str) -> int:
    """Return the Unix time at which the present window ends; the first attempt opens one."""
    until = cache.get(name)
    if until is None:
        cache.add(name, int(time.time()) + WINDOW_S, WINDOW_S)
        until = cache.get(name)
    return int(until)


def _limits(share_id: UUID, *, ip: str) -> dict[str, int]:
    return {
        f"share-password:{share_id}:{ip}": LIMIT_PER_ADDRESS,
        f"share-password:{share_id}": LIMIT_PER_LINK,
    }
