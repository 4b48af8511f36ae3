"""Asking ahead: who asks, and what that person's page holds, in one round trip to the database (decision 0071).

A request's first call says who asks; its second, the page, depends on the answer. The first answer is nearly always
the one that the same credentials got the last time. So it is remembered, the request goes on with it, and when it
comes to the page both calls are sent at once, in one transaction. What was remembered is only ever a guess: an answer
is used where the database has just given the very same text for the first call, in the transaction that read the
page. Anything else is `Unforeseen`, and the request is served anew without guessing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.pq.abc import PGresult

from dam.core import wire
from dam.core.wire import Call, Parameters, Unforeseen

__all__ = ["Ahead", "Unforeseen", "asking", "current"]

#: What is remembered: first answers of so many callers, none longer than this many bytes.
_MOST_REMEMBERED, _LONGEST = 512, 16_000

_current: ContextVar[Ahead | None] = ContextVar("ahead", default=None)
_remembered: dict[Call, _First] = {}


class _First:
    """An answer to a first call: as the database wrote it, and in Python's types."""

    def __init__(self, raw: tuple[bytes | None, ...], row: tuple[Any, ...]) -> None:
        self.raw, self.row = raw, row


class Ahead:
    """One request's two calls; `is_verified` once the database has said both together."""

    def __init__(self, link: psycopg.Connection) -> None:
        """Take the connection that both calls go through."""
        self._link = link
        self._call: Call | None = None
        self.is_verified = False

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

    def _remember(self, call: Call, found: PGresult) -> None:
        raw = _raw(found)
        if sum(len(each or b"") for each in raw) > _LONGEST:
            raise Unforeseen
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[call] = _First(raw, wire.first_row(self._link, found) or ())


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
