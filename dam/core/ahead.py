"""Asking ahead: who asks, and what that person's page holds, in one round trip to the database (decision 0071).

A request's first call says who asks; its second, the page, depends on the answer. The first answer is nearly always
the one that the same credentials got the last time. So it is remembered, the request goes on with it, and when it
comes to the page both calls are sent at once, in one transaction. What was remembered is only ever a guess: an answer
is used where the database has just given the very same text for the first call, in the transaction that read the
page. Anything else is `Unforeseen`, and the request is served anew without guessing.

Whatever such a request came to followed from its text and the first answer alone, for it has asked nothing else. So a
read may leave behind how it is done (`learn`), and the same text is from then on answered `by_rote`: the two calls,
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

_current: ContextVar[Ahead | None] = ContextVar("ahead", default=None)
_remembered: dict[Call, _First] = {}


class _First:
    """An answer to a first call: as the database wrote it, and in Python's types."""

    def __init__(self, raw: tuple[bytes | None, ...], row: tuple[Any, ...]) -> None:
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
    """One request's two calls; `is_verified` once the database has said both together."""

    def __init__(self, link: psycopg.Connection) -> None:
        """Take the connection that both calls go through."""
        self._link = link
        self._call: Call | None = None
        self.is_verified = False
        self.rote: Rote | None = None

    def row(self, statement: str, parameters: Parameters) -> tuple[Any, ...]:
        """Return the first call's row, as it is remembered; it is asked for where nothing is.

        Raises:
            Unforeseen: this is no first call.
        """
        if self._call is not None:
            raise Unforeseen
        self._call = wire.call(statement, parameters)
        if self._call not in _remembered:
            self._remember(self._call, wire.ask(self._link, [self._call])[0])
        return _remembered[self._call].row

    def text(self, statement: str, parameters: Parameters) -> bytes | None:
        """Return the second call's one text, read together with the first call's answer.

        Raises:
            Unforeseen: this is no second call, or who asks is no longer who it was.
        """
        if self._call is None or self.is_verified:
            raise Unforeseen
        first, page = wire.ask(self._link, [self._call, wire.call(statement, parameters)])
        if _raw(first) != _remembered[self._call].raw:
            self._remember(self._call, first)
            raise Unforeseen
        self.is_verified = True
        return page.get_value(0, 0)

    def first(self) -> tuple[Call, tuple[bytes | None, ...]] | None:
        """Return the first call and its answer, where the database has given it together with the page."""
        if self._call is None or not self.is_verified:
            return None
        return self._call, _remembered[self._call].raw

    def _remember(self, call: Call, found: PGresult) -> None:
        raw = _raw(found)
        if sum(len(each or b"") for each in raw) > _LONGEST:
            raise Unforeseen
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[call] = _First(raw, wire.first_row(self._link, found) or ())


# --- by rote ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """A request that is known by rote; `beside` is whatever its caller keeps with it."""

    first: Call
    raw: tuple[bytes | None, ...]
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
    first = asked.first()
    if first is None or asked.rote is None:
        return
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[text] = _Known(*first, asked.rote, beside)


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
        first, page = wire.ask(link, [known.first, turn.call])
    if _raw(first) != known.raw:
        _known.pop(text, None)
        return None
    return turn.body(page.get_value(0, 0)), known.beside


def current() -> Ahead | None:
    """Return the request's two calls, where it asks ahead."""
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


def _raw(result: PGresult) -> tuple[bytes | None, ...]:
    return tuple(result.get_value(0, each) for each in range(result.nfields))
