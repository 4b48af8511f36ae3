"""Asking ahead: who asks, and what that person's page holds, in one round trip to the database (decision 0071).

A request's first call says who asks; its second, the page, depends on the answer. The first answer is nearly always
the one that the same credentials got the last time. So it is remembered, the request goes on with it, and when it
comes to the page both calls are sent at once, in one transaction. What was remembered is only ever a guess: an answer
is used where the database has just given the very same text for the first call, in the transaction that read the
page. Anything else is `Unforeseen`, and the request is served anew without guessing.
"""

from __future__ import annotations

import re
import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from dam.core.postgres.base import lent_untried

_Call = tuple[str, tuple[bytes | None, ...]]
Parameters = Mapping[str, Any]
#: What is remembered: first answers of so many callers, none longer than this many bytes.
_MOST_REMEMBERED, _LONGEST = 512, 16_000
#: How long a guess waits for a connection, in seconds: who is served without guessing waits anew.
_PATIENCE_S = 0.5
#: Statements that one connection keeps prepared: an organisation's lists are its own, and the oldest go first.
_MOST_PREPARED = 64
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_WORD = re.compile(r"[\w-]+", re.ASCII)

_current: ContextVar[Ahead | None] = ContextVar("ahead", default=None)
_remembered: dict[_Call, _First] = {}
_prepared: WeakKeyDictionary[psycopg.Connection, dict[bytes, None]] = WeakKeyDictionary()


class Unforeseen(Exception):
    """The request is not one of a first call and a page, or the first call's answer has changed."""


class _First:
    """An answer to a first call: as the database wrote it, and in Python's types."""

    def __init__(self, raw: tuple[bytes | None, ...], row: tuple[Any, ...]) -> None:
        self.raw, self.row = raw, row


class Ahead:
    """One request's two calls; `is_verified` once the database has said both together."""

    def __init__(self, link: psycopg.Connection) -> None:
        """Take the connection that both calls go through."""
        self._link = link
        self._call: _Call | None = None
        self.is_verified = False

    def row(self, statement: str, parameters: Parameters) -> tuple[Any, ...]:
        """Return the first call's row, as it is remembered; it is asked for where nothing is.

        Raises:
            Unforeseen: this is no first call.
        """
        if self._call is not None:
            raise Unforeseen
        query, names = numbered(statement)
        self._call = query, _encoded(parameters, names)
        if self._call not in _remembered:
            self._remember(self._call, _ask(self._link, [self._call])[0])
        return _remembered[self._call].row

    def text(self, statement: str, parameters: Parameters) -> bytes | None:
        """Return the second call's one text, read together with the first call's answer.

        Raises:
            Unforeseen: this is no second call, or who asks is no longer who it was.
        """
        if self._call is None or self.is_verified:
            raise Unforeseen
        query, names = numbered(statement)
        first, page = _ask(self._link, [self._call, (query, _encoded(parameters, names))])
        if _raw(first) != _remembered[self._call].raw:
            self._remember(self._call, first)
            raise Unforeseen
        self.is_verified = True
        return page.get_value(0, 0)

    def _remember(self, call: _Call, found: PGresult) -> None:
        raw = _raw(found)
        if sum(len(each or b"") for each in raw) > _LONGEST:
            raise Unforeseen
        loader = Transformer.from_context(self._link)
        loader.set_pgresult(found)
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[call] = _First(raw, loader.load_row(0, tuple) or ())


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
    pool = database.pool
    if pool is None or database.in_atomic_block:
        raise Unforeseen
    if pool.closed:
        pool.open()
    with lent_untried():
        link = pool.getconn(_PATIENCE_S)
    made = Ahead(link)
    token = _current.set(made)
    database.execute_wrappers.append(_refuse)
    try:
        yield made
    finally:
        database.execute_wrappers.remove(_refuse)
        _current.reset(token)
        pool.putconn(link)


def _refuse(*_: Any) -> Any:
    raise Unforeseen


# --- the wire -----------------------------------------------------------------------------------------


def _ask(link: psycopg.Connection, calls: Sequence[_Call]) -> list[PGresult]:
    """Send prepared statements in one message and return their results; what they set lasts until the last of them.

    Raises:
        Unforeseen: one failed, or the connection did; it is not used again.
    """
    try:
        return _sent(link, calls)
    except psycopg.Error:
        link.close()
        raise Unforeseen from None


def _sent(link: psycopg.Connection, calls: Sequence[_Call]) -> list[PGresult]:
    connection = link.pgconn
    connection.enter_pipeline_mode()
    wanted: list[bool] = []
    for query, values in calls:
        name = _name(query)
        wanted += [False] * _prepare(link, name, query)
        connection.send_query_prepared(name, values)
        wanted.append(True)
    connection.pipeline_sync()
    found = [_next(link) for _ in wanted]
    end = connection.get_result()
    if end is None or end.status != ExecStatus.PIPELINE_SYNC or any(_has_failed(each) for each in found):
        raise psycopg.OperationalError("a statement failed")
    connection.exit_pipeline_mode()
    return [each for each, is_wanted in zip(found, wanted, strict=True) if is_wanted]


def _prepare(link: psycopg.Connection, name: bytes, query: str) -> int:
    """Send what prepares a statement where the connection does not hold it; returns how many messages that took."""
    known = _prepared.setdefault(link, {})
    if name in known:
        return 0
    sent = 1
    if len(known) >= _MOST_PREPARED:
        oldest = next(iter(known))
        del known[oldest]
        link.pgconn.send_query_params(b"DEALLOCATE " + oldest, None)
        sent += 1
    link.pgconn.send_prepare(name, query.encode())
    known[name] = None
    return sent


def _next(link: psycopg.Connection) -> PGresult:
    """Return the next result once it is there; other threads work meanwhile."""
    connection = link.pgconn
    if connection.is_busy():
        door = select.poll()
        door.register(connection.socket, select.POLLIN)
        while connection.is_busy():
            door.poll()
            connection.consume_input()
    found = connection.get_result()
    if found is None:
        raise psycopg.OperationalError("the server has left")
    while not connection.is_busy() and connection.get_result() is not None:
        raise psycopg.OperationalError("more than one result")
    return found


def _has_failed(result: PGresult) -> bool:
    return result.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}


def _raw(result: PGresult) -> tuple[bytes | None, ...]:
    return tuple(result.get_value(0, each) for each in range(result.nfields))


@lru_cache(maxsize=512)
def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """Return a statement with numbered parameters, and their names in that order."""
    names = tuple(dict.fromkeys(_PLACEHOLDER.findall(statement)))
    query = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    return query.replace("%%", "%"), names


@lru_cache(maxsize=512)
def _name(query: str) -> bytes:
    return b"ahead_" + sha256(query.encode()).hexdigest()[:16].encode()


def _encoded(parameters: Parameters, names: Sequence[str]) -> tuple[bytes | None, ...]:
    return tuple(_text(parameters[each]) for each in names)


def _text(value: Any) -> bytes | None:
    """Return a parameter as Postgres reads it.

    Raises:
        Unforeseen: of a type that hot reads do not use.
    """
    match value:
        case None:
            return None
        case bool():
            return b"t" if value else b"f"
        case bytes():
            return b"\\x" + value.hex().encode()
        case datetime():
            return value.isoformat().encode()
        case str() | int() | UUID():
            return str(value).encode()
        case list():
            return b"{" + b",".join(_member(each) for each in value) + b"}"
    raise Unforeseen


def _member(value: Any) -> bytes:
    text = str(value)
    if not _WORD.fullmatch(text):
        raise Unforeseen
    return text.encode()
