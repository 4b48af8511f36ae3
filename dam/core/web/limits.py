"""How often one person or one address may ask, counted in Redis so that every process counts together.

Two kinds. A *rate* is a bucket: `amount` at once, filled again evenly over the window; every write takes from one.
A *guess* is counted only where it was wrong, exactly, over a sliding window: passwords.
Every check is one round trip and one atomic script. Without Redis rates let everything pass, and guesses are
counted by each process alone (decision 0050).
"""

from __future__ import annotations

import ipaddress
import logging
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import redis
from django.conf import settings
from prometheus_client import Counter
from rest_framework.request import Request

from dam.core.access import Actor
from dam.core.errors import DomainError, TooManyRequests

logger = logging.getLogger(__name__)

REFUSED = Counter("dam_rate_limited_total", "Requests refused by a rate limit", ["rule"])
UNCOUNTED = Counter("dam_rate_limit_unavailable_total", "Checks made without Redis")

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: How long one check may wait for Redis, and how long Redis is left alone after it failed, in seconds.
PATIENCE_S = 0.5
REST_S = 5.0
#: How long a guess that is being judged may make others wait, and when it counts as wrong, in milliseconds.
JUDGING_MS = 10_000
_POLL_S = 0.05
_MOST_POLLS = 60
_MOST_LOCAL_KEYS = 10_000


@dataclass(frozen=True)
class Rate:
    """At most `amount` in any `window_s` seconds (a bucket: half of it again after half the window)."""

    amount: int
    window_s: int


MINUTE_S, QUARTER_S = 60, 15 * 60
#: What each kind of write may cost: per actor, and per address whoever acts there. See docs/api.md.
WRITES: Mapping[str, tuple[Rate, Rate]] = {
    "mutation": (Rate(600, MINUTE_S), Rate(6000, MINUTE_S)),
    "presign": (Rate(600, MINUTE_S), Rate(6000, MINUTE_S)),
    "upload": (Rate(6000, MINUTE_S), Rate(12000, MINUTE_S)),
}
#: Unknown links and tokens, and requests to `/_allauth/` that may hash or send mail, by one address.
TOKEN_MISSES = Rate(600, MINUTE_S)
ACCOUNT_REQUESTS = Rate(300, MINUTE_S)
#: Wrong passwords, by account and address, and by address whatever the account.
LOGIN_GUESSES = Rate(10, QUARTER_S)
ADDRESS_GUESSES = Rate(300, QUARTER_S)

# What lies in the future was counted before the clock was set back: it would refuse everybody until then.
_BUCKETS = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local worst, which, full = 0, 0, {}
for i, key in ipairs(KEYS) do
  local amount, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local at = tonumber(redis.call('GET', key) or '0')
  if at < now or at > now + window + 1 then at = now end
  full[i] = at + window / amount
  local wait = full[i] - window - now
  if wait > 0.01 and wait > worst then worst, which = wait, i end
end
if which == 0 then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.3f', full[i]), 'PX', math.ceil(full[i] - now) + 1)
  end
end
return {math.ceil(worst), which}
"""

_GUESS = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local judging = tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  local amount, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  redis.call('ZREMRANGEBYSCORE', key, now + 1, '+inf')
  local held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  local count, open = #held / 2, 0
  for j = 1, #held, 2 do
    if string.sub(held[j], 1, 1) == '?' and tonumber(held[j + 1]) > now - judging then open = open + 1 end
  end
  if count - open >= amount then
    return {i, math.max(1, tonumber(held[2 * (count - amount) + 2]) + window - now)}
  end
  if count >= amount then return {-i, 0} end
end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, '?' .. ARGV[1])
  redis.call('PEXPIRE', key, tonumber(ARGV[2 * i + 2]))
end
return {0, 0}
"""

_JUDGED = """
for _, key in ipairs(KEYS) do
  local at = redis.call('ZSCORE', key, '?' .. ARGV[1])
  if at then
    redis.call('ZREM', key, '?' .. ARGV[1])
    if ARGV[2] == 'wrong' then redis.call('ZADD', key, at, '!' .. ARGV[1]) end
  end
end
return 0
"""


# --- writes ---------------------------------------------------------------------------------------


def check(request: Request, actor: Actor, view: Any) -> None:
    """Take one write from the actor's bucket and the address's; reads are free.

    Shapes: a view's `rate` names its row of `WRITES`; a view that reads by POST is free too.

    Raises:
        TooManyRequests: one of the buckets is empty; nothing is taken from the other.
    """
    if request.method not in UNSAFE or view.reads_by_post:
        return
    rule = view.rate
    by_actor, by_address = WRITES[rule]
    buckets = {f"{rule}:at:{address_key(actor.ip)}": by_address}
    if actor.id is not None:
        buckets[f"{rule}:by:{actor.kind}:{actor.id}"] = by_actor
    spend(rule, buckets)


def missed(kind: str, ip: str, *, otherwise: DomainError) -> DomainError:
    """Count a link or token that nobody knows; returns what to answer: `otherwise`, or that there were too many.

    What is known is never counted nor refused: nobody is locked out by a neighbour who guesses.
    """
    try:
        spend("token-miss", {f"miss:{kind}:{address_key(ip)}": TOKEN_MISSES})
    except TooManyRequests as refusal:
        return refusal
    return otherwise


def spend(rule: str, buckets: Mapping[str, Rate]) -> None:
    """Take one from every bucket, or from none.

    Raises:
        TooManyRequests: the fullest wait is told in whole seconds, rounded up.
    """
    if settings.RATE_LIMIT_SCALE == 0:
        return
    arguments: list[Any] = []
    for rate in buckets.values():
        arguments += [rate.amount * settings.RATE_LIMIT_SCALE, rate.window_s * 1000]
    found = _run(_BUCKETS, list(buckets), arguments)
    if found is not None and found[1]:
        raise _refusal(rule, int(found[0]))


# --- guesses --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guess:
    """A password that is being looked at; say `right` or `wrong` of it. Unsaid, it ends as a wrong one."""

    keys: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    is_local: bool = False

    def right(self) -> None:
        """Forget the guess: right ones are never counted."""
        self._judge("right")

    def wrong(self) -> None:
        """Count the guess."""
        self._judge("wrong")

    def _judge(self, verdict: str) -> None:
        if self.is_local:
            _LOCAL.judge(self.keys, verdict=verdict)
        elif self.keys:
            _run(_JUDGED, list(self.keys), [self.id, verdict])


def guess(rule: str, limits: Mapping[str, Rate]) -> Guess:
    """Admit one guess under every limit, before the password is looked at.

    Guesses that are being judged hold their place, so that many at once cannot slip through together; one that
    would pass if those turn out right waits for them, at most three seconds.

    Raises:
        TooManyRequests: as many wrong ones as a limit allows lie in its window.
    """
    if settings.RATE_LIMIT_SCALE == 0:
        return Guess()
    wanted = Guess(tuple(limits))
    arguments: list[Any] = [wanted.id, JUDGING_MS]
    for rate in limits.values():
        arguments += [rate.amount * settings.RATE_LIMIT_SCALE, rate.window_s * 1000]
    for _ in range(_MOST_POLLS):
        found = _run(_GUESS, list(limits), arguments)
        if found is None:
            return _guess_locally(rule, limits)
        if found[0] == 0:
            return wanted
        if found[0] > 0:
            raise _refusal(rule, int(found[1]))
        time.sleep(_POLL_S)
    raise _refusal(rule, 1000)


def login_guess(email: str, ip: str) -> Guess:
    """Admit one log-in: by account and address, so that nobody locks a person out from elsewhere.

    Raises:
        TooManyRequests: too many wrong ones came from this address.
    """
    address = address_key(ip)
    return guess(
        "log-in",
        {
            f"log-in:{email.strip().lower()}:{address}": LOGIN_GUESSES,
            f"log-in:{address}": ADDRESS_GUESSES,
        },
    )


@dataclass
class _Local:
    """What a process counts by itself while Redis is away."""

    held: dict[str, list[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, limits: Mapping[str, Rate], *, scale: int) -> float:
        """Take a guess under every limit; returns how long to wait where one has none left."""
        now = time.monotonic()
        with self.lock:
            if len(self.held) > _MOST_LOCAL_KEYS:
                self.held.clear()
            for key, rate in limits.items():
                times = [each for each in self.held.get(key, ()) if each > now - rate.window_s]
                self.held[key] = times
                if len(times) >= rate.amount * scale:
                    return times[-rate.amount * scale] + rate.window_s - now
            for key in limits:
                self.held[key].append(now)
        return 0.0

    def judge(self, keys: Sequence[str], *, verdict: str) -> None:
        """Take a right guess out again."""
        with self.lock:
            for key in keys if verdict == "right" else ():
                if self.held.get(key):
                    self.held[key].pop()


_LOCAL = _Local()


def _guess_locally(rule: str, limits: Mapping[str, Rate]) -> Guess:
    wait_s = _LOCAL.wait_s(limits, scale=settings.RATE_LIMIT_SCALE)
    if wait_s > 0:
        raise _refusal(rule, int(wait_s * 1000))
    return Guess(tuple(limits), is_local=True)


# --- what lies behind -----------------------------------------------------------------------------


def address_key(ip: str) -> str:
    """Return what stands for an address: itself, or the /64 that one IPv6 subscriber holds whole."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _refusal(rule: str, wait_ms: int) -> TooManyRequests:
    REFUSED.labels(rule).inc()
    return TooManyRequests(max(1, -(-wait_ms // 1000)))


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        f"{settings.REDIS_URL}/1",
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
        retry_on_timeout=False,
        health_check_interval=0,
    )


@cache
def _script(source: str) -> Any:
    return _client().register_script(source)


class _Rest:
    """Redis failed a moment ago; nobody waits for it again before then."""

    until = 0.0


def _run(source: str, keys: Sequence[str], arguments: Sequence[Any]) -> list[int] | None:
    """Run a script; None where Redis cannot be reached."""
    if time.monotonic() < _Rest.until:
        UNCOUNTED.inc()
        return None
    try:
        found: list[int] = _script(source)(
            keys=[f"limit:{settings.PLATFORM_KEY}:{each}" for each in keys], args=list(arguments)
        )
    except redis.RedisError as error:
        _Rest.until = time.monotonic() + REST_S
        UNCOUNTED.inc()
        logger.warning("limits.unavailable", extra={"reason": type(error).__name__})
        return None
    return found
