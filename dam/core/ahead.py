"""Asking ahead: who asks, and what that person's page holds, in one round trip to the database (decision 0071).

A request's first call says who asks; its second, the page, depends on the answer. The first answer is nearly always
the one that the same credentials got the last time. So it is remembered, the request goes on with it, and when it
comes to the page both calls are sent at once, in one transaction. What was remembered is only ever a guess: an answer
is used where the database has just given the very same text for the first call, in the transaction that read the
page. Anything else is `Unforeseen`, and the request is served anew without guessing. What else a request has to know
before it can ask for its page, such as the custom fields that it names, is asked, remembered and compared like who asks.

Whatever such a request came to followed from its text and these answers alone, for it has asked nothing else. So a
read may leave behind how it is done (`learn`), and the same text is from then on answered `by_rote`: the same calls,
the same comparison, and the new rows (decision 0137).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.pq.abc import PGresult

from dam.core import wire
from dam.core.wire import Call, Parameters, Unforeseen

__all__ = ["Ahead", "Rote", "Turn", "Unforeseen", "asking", "by_rote", "current", "learn", "remember"]

#: What is remembered: first answers of so many callers, none longer than this many bytes.
_MOST_REMEMBERED, _LONGEST = 512, 16_000
#: Requests that are known by rote.
_MOST_KNOWN = 512
#: A request asks no more than so much before its page.
_MOST_BEFORE = 4

_Raw = tuple[bytes | None, ...]

_current: ContextVar[Ahead | None] = ContextVar("ahead", default=None)
_remembered: dict[Call, _First] = {}


class _First:
    """An answer to a first call: as the database wrote it, and in Python's types."""

    def __init__(self, raw: _Raw, row: tuple[Any, ...]) -> None:
        self.raw, self.row = raw, row


class Turn(Protocol):
    """One page of a read that is known by rote: what the database is asked, and the answer's body from its text."""

    call: Call

    def body(self, found: bytes | None) -> bytes:
        """Return the body for what the database has answered."""


class Rote(Protocol):
    """How a read is done whose text and caller are settled, and of which only the cursor is another each time."""

    def at(self, cursor: str | None) -> Turn:
        """Return the page that begins there; a cursor of another list is `Invalid`."""


class Ahead:
    """One request's calls, its page the last; `is_verified` once the database has said all together."""

    def __init__(self, link: psycopg.Connection) -> None:
        """Take the connection that all calls go through."""
        self._link = link
        self._before: dict[Call, _First] = {}
        self.is_verified = False
        self.rote: Rote | None = None

    def row(self, statement: str, parameters: Parameters) -> tuple[Any, ...]:
        """Return the row of a call before the page, as it is remembered; it is asked for where nothing is.

        Raises:
            Unforeseen: there are too many, this one comes after the page, or an earlier one is answered otherwise now.
        """
        call = wire.call(statement, parameters)
        if call not in self._before:
            if self.is_verified or len(self._before) == _MOST_BEFORE:
                raise Unforeseen
            self._before[call] = _remembered.get(call) or self._remember(call, self._asked_with(call))
        return self._before[call].row

    def text(self, statement: str, parameters: Parameters, *, is_plain: bool = True) -> bytes | None:
        """Return the page's one text, read together with all answers before; planned for its values unless plain.

        Raises:
            Unforeseen: nothing was asked before, or what was is answered otherwise now.
        """
        if not self._before or self.is_verified:
            raise Unforeseen
        page = self._asked_with((wire.call if is_plain else wire.written)(statement, parameters))
        self.is_verified = True
        return page.get_value(0, 0)

    def before(self) -> tuple[tuple[Call, _Raw], ...]:
        """Return the calls before the page and their answers, where the database has given them together with it."""
        return tuple((call, first.raw) for call, first in self._before.items()) if self.is_verified else ()

    def _asked_with(self, call: Call) -> PGresult:
        """Ask, and compare what was asked before with what is remembered of it."""
        *earlier, found = wire.ask(self._link, [*self._before, call])
        changed = [
            (each, now)
            for (each, first), now in zip(self._before.items(), earlier, strict=True)
            if _raw(now) != first.raw
        ]
        for each, now in changed:
            self._remember(each, now)
        if changed:
            raise Unforeseen
        return found

    def _remember(self, call: Call, found: PGresult) -> _First:
        raw = _raw(found)
        if sum(len(each or b"") for each in raw) > _LONGEST:
            raise Unforeseen
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        first = _remembered[call] = _First(raw, wire.first_row(self._link, found) or ())
        return first


# --- by rote ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """A request that is known by rote; `beside` is whatever its caller keeps with it."""

    before: tuple[tuple[Call, _Raw], ...]
    rote: Rote
    beside: Any


_known: dict[Hashable, _Known] = {}


def learn(rote: Rote | None) -> None:
    """Let requests of this very text go by rote from now on, where this one asks ahead.

    To be called by who answers with nothing but what `rote` makes of the page's text.
    """
    coming = _current.get()
    if coming is not None:
        coming.rote = rote


def remember(text: Hashable, asked: Ahead, *, beside: Any) -> None:
    """Keep how a request was done that asked ahead; `text` is all of it that decided anything, but its cursor."""
    before = asked.before()
    if not before or asked.rote is None:
        return
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[text] = _Known(before, asked.rote, beside)


def by_rote(text: Hashable, cursor: str | None) -> tuple[bytes, Any] | None:
    """Answer a request that is known by rote with its body, and what is kept beside it; None for any other.

    Raises:
        Unforeseen: it could not be done so.
        Invalid: a cursor that was tampered with or comes from another list.
    """
    known = _known.get(text)
    if known is None:
        return None
    turn = known.rote.at(cursor)
    with wire.borrowed() as link:
        *before, page = wire.ask(link, [*(call for call, _ in known.before), turn.call])
    if [_raw(each) for each in before] != [raw for _, raw in known.before]:
        _known.pop(text, None)
        return None
    return turn.body(page.get_value(0, 0)), known.beside


def current() -> Ahead | None:
    """Return the request's calls, where it asks ahead."""
    return _current.get()


@contextmanager
def asking() -> Iterator[Ahead]:
    """Let the block ask ahead, on a connection of its own; whatever else it wants of the database is `Unforeseen`.

    Raises:
        Unforeseen: the process has no pool, or this thread is in a transaction, whose rows others do not see.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    with wire.borrowed() as link:
        made = Ahead(link)
        token = _current.set(made)
        database.execute_wrappers.append(_refuse)
        try:
            yield made
        finally:
            database.execute_wrappers.remove(_refuse)
            _current.reset(token)


def _refuse(*_: Any) -> Any:
    raise Unforeseen


def _raw(result: PGresult) -> _Raw:
    return tuple(result.get_value(0, each) for each in range(result.nfields))
