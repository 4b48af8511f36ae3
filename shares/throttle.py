"""How often a link's password may be guessed: a fixed window counted in the cache that all processes share."""

from __future__ import annotations

import time
from uuid import UUID

from django.conf import settings
from django.core.cache import cache

from dam.core.errors import TooManyRequests

WINDOW_S = 15 * 60
#: Wrong passwords in a window, by one address at one link.
LIMIT_PER_ADDRESS = 10
#: Wrong passwords in a window at one link, whoever sends them.
LIMIT_PER_LINK = 100


def check(share_id: UUID, *, ip: str) -> None:
    """Let an attempt pass, or refuse it before the password is looked at.

    Raises:
        TooManyRequests: too many wrong passwords were tried in this window.
    """
    if settings.RATE_LIMIT_SCALE == 0:
        return
    for name, limit in _counters(share_id, ip=ip).items():
        until = cache.get(name)
        tried = cache.get(f"{name}:{until}", 0) if until is not None else 0
        if tried >= limit * settings.RATE_LIMIT_SCALE:
            raise TooManyRequests(max(1, int(until) - int(time.time())))


def count_wrong(share_id: UUID, *, ip: str) -> None:
    """Count a wrong password; the first one opens the window."""
    for name in _counters(share_id, ip=ip):
        cache.add(name, int(time.time()) + WINDOW_S, WINDOW_S)
        counter = f"{name}:{cache.get(name)}"
        cache.add(counter, 0, WINDOW_S)
        cache.incr(counter)


def _counters(share_id: UUID, *, ip: str) -> dict[str, int]:
    return {
        f"share-password:{share_id}:{ip}": LIMIT_PER_ADDRESS,
        f"share-password:{share_id}": LIMIT_PER_LINK,
    }
