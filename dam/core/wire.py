"""The wire: several prepared statements as one transaction in one message to the database.

Each round trip costs the process and the database more than many a statement does. Where what is asked second does
not need the answer to what is asked first, both go out together (decisions 0071 and 0129), on a connection of the
pool that is lent without having been tried. What that may meet, a connection that the server has left among it, is
`Unforeseen`: the caller then goes the ordinary way, in which errors have their names.
"""

from __future__ import annotations

import json
import logging
import re
import select
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.types.json import Jsonb

from dam.core.postgres.base import forget_all, untried

logger = logging.getLogger(__name__)

#: A statement with numbered parameters, and their values as Postgres reads them; None where they stand in its text.
Call = tuple[str, tuple[bytes | None, ...] | None]
Parameters = Mapping[str, Any]
#: How long who is in no need waits for a connection, in seconds: the ordinary way waits anew.
PATIENCE_S = 0.5
#: Statements that one connection keeps prepared: an organisation's lists are its own, and the oldest go first.
_MOST_PREPARED = 64
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_WORD = re.compile(r"[\w-]+", re.ASCII)
#: A session has no such statement (SQLSTATE): a rollback makes psycopg forget what it prepared, and ours with it.
_FORGOTTEN = b"26000"
#: As plain numbers: a result tells its status as one, and the names of an enumeration are looked up anew each time.
_DONE = frozenset({int(ExecStatus.TUPLES_OK), int(ExecStatus.COMMAND_OK)})
_SYNC = int(ExecStatus.PIPELINE_SYNC)


class Unforeseen(Exception):
    """It could not be done in one message; the ordinary way does it, or tells what is wrong."""


class _Prepared:
    """What a connection holds prepared; names of an age that was forgotten are not used again."""

    def __init__(self) -> None:
        self.names: dict[bytes, None] = {}
        self.age = 0

    def forget(self) -> None:
        self.names.clear()
        self.age += 1


_prepared: WeakKeyDictionary[psycopg.Connection, _Prepared] = WeakKeyDictionary()


def at_once(calls: Sequence[tuple[str, Parameters]]) -> list[tuple[Any, ...] | None]:
    """Run statements as one transaction, in one round trip; returns the first row of each, None for no row.

    Locks and transaction: a transaction of its own, on a connection of its own; what is set locally lasts until the
    last statement. As with any commit, a connection that breaks may leave it done and untold.

    Raises:
        Unforeseen: a statement failed, the connection did, or this thread is in a transaction.
    """
    with borrowed() as link:
        found = ask(link, [call(statement, parameters) for statement, parameters in calls])
        return [first_row(link, each) for each in found]


class borrowed:  # noqa: N801  a context manager that every hot read enters; a generator costs twice as much
    """Lend a connection as it is: it may be dead, and may remember a tenant.

    Raises:
        Unforeseen: the process has no pool, or this thread is in a transaction, whose rows others do not see.
    """

    __slots__ = ("_link", "_pool")

    def __enter__(self) -> psycopg.Connection:
        """Take a connection out of the pool."""
        database: Any = connections[DEFAULT_DB_ALIAS]
        self._pool = database.pool
        if self._pool is None or database.in_atomic_block:
            raise Unforeseen
        if self._pool.closed:
            self._pool.open()
        try:
            self._link: psycopg.Connection = untried(self._pool, PATIENCE_S)
        except psycopg.OperationalError:
            raise Unforeseen from None
        return self._link

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._pool.putconn(self._link)


def call(statement: str, parameters: Parameters) -> Call:
    """Return a statement and its values as they are sent.

    Raises:
        Unforeseen: a value is of a type that is not sent this way.
    """
    query, names = numbered(statement)
    return query, tuple(_text(parameters[each]) for each in names)


class Mould:
    """A statement whose values are settled but for a few, which are another each time."""

    __slots__ = ("_open", "_query", "_values")

    def __init__(self, statement: str, parameters: Parameters, *, but: Collection[str]) -> None:
        """Take all values `but` those of these names.

        Raises:
            Unforeseen: a value is of a type that is not sent this way.
        """
        self._query, names = numbered(statement)
        self._values = [None if each in but else _text(parameters[each]) for each in names]
        self._open = [(place, each) for place, each in enumerate(names) if each in but]

    def call(self, parameters: Parameters) -> Call:
        """Return the statement with the values that were left open.

        Raises:
            Unforeseen: a value is of a type that is not sent this way.
        """
        values = self._values.copy()
        for place, name in self._open:
            values[place] = _text(parameters[name])
        return self._query, tuple(values)


def written(statement: str, parameters: Parameters) -> Call:
    """Return a statement with its values in its text, so that it is planned for them.

    Raises:
        Unforeseen: a value is of a type that is not sent this way.
    """
    words = _PLACEHOLDER.split(statement.replace("%%", "%"))
    try:
        words[1::2] = [sql.Literal(parameters[each]).as_string() for each in words[1::2]]
    except psycopg.Error:
        raise Unforeseen from None
    return "".join(words), None


def first_row(link: psycopg.Connection, found: PGresult) -> tuple[Any, ...] | None:
    """Return a result's first row in Python's types; None where it has none."""
    if not found.ntuples:
        return None
    loader = Transformer.from_context(link)
    loader.set_pgresult(found)
    return loader.load_row(0, tuple)


def ask(link: psycopg.Connection, calls: Sequence[Call]) -> list[PGresult]:
    """Send statements in one message and return their results; what they set lasts until the last of them.

    Raises:
        Unforeseen: one failed, or the connection did; it is not used again.
    """
    try:
        found = _sent(link, calls)
        if _refusal(found) == _FORGOTTEN:
            _prepared_on(link).forget()
            found = _sent(link, calls)
    except psycopg.Error:
        if link.pgconn.status == ConnStatus.BAD:
            forget_all(DEFAULT_DB_ALIAS)
        link.close()
        raise Unforeseen from None
    if code := _refusal(found):
        logger.warning("wire.refused", extra={"sqlstate": code.decode()})
        link.close()
        raise Unforeseen
    return found


def _sent(link: psycopg.Connection, calls: Sequence[Call]) -> list[PGresult]:
    """Send statements and return their results; from one that was refused on, nothing was done."""
    connection = link.pgconn
    connection.enter_pipeline_mode()
    wanted: list[bool] = []
    for query, values in calls:
        if values is None:
            connection.send_query_params(query.encode(), None)
        else:
            name, sent_before = _prepare(link, query)
            wanted += [False] * sent_before
            connection.send_query_prepared(name, values)
        wanted.append(True)
    connection.pipeline_sync()
    found = [_next(link) for _ in wanted]
    end = connection.get_result()
    if end is None or end.status != _SYNC:
        raise psycopg.OperationalError("the server has left")
    connection.exit_pipeline_mode()
    refused = [each for each in found if each.status not in _DONE]
    return refused or [each for each, is_wanted in zip(found, wanted, strict=True) if is_wanted]


def _refusal(found: Sequence[PGresult]) -> bytes | None:
    """Return the code (SQLSTATE) of why the first was refused; None where all were done."""
    if not found or found[0].status in _DONE:
        return None
    return found[0].error_field(DiagnosticField.SQLSTATE) or b"unknown"


def _prepared_on(link: psycopg.Connection) -> _Prepared:
    return _prepared.setdefault(link, _Prepared())


def _prepare(link: psycopg.Connection, query: str) -> tuple[bytes, int]:
    """Send what prepares a statement where the connection does not hold it; returns its name, and how much was sent."""
    known = _prepared_on(link)
    name = b"%b_%d" % (_name(query), known.age)
    if name in known.names:
        return name, 0
    sent = 1
    if len(known.names) >= _MOST_PREPARED:
        oldest = next(iter(known.names))
        del known.names[oldest]
        link.pgconn.send_query_params(b"DEALLOCATE " + oldest, None)
        sent += 1
    link.pgconn.send_prepare(name, query.encode())
    known.names[name] = None
    return name, sent


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


@lru_cache(maxsize=512)
def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """Return a statement with numbered parameters, and their names in that order."""
    names = tuple(dict.fromkeys(_PLACEHOLDER.findall(statement)))
    query = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    return query.replace("%%", "%"), names


@lru_cache(maxsize=512)
def _name(query: str) -> bytes:
    return b"wire_" + sha256(query.encode()).hexdigest()[:16].encode()


def _text(value: Any) -> bytes | None:
    """Return a parameter as Postgres reads it.

    Raises:
        Unforeseen: of a type that is not sent this way.
    """
    match value:
        case None:
            return None
        case bool():
            return b"t" if value else b"f"
        case str() if "\0" in value:
            raise Unforeseen
        case str() | int() | float() | UUID():
            return str(value).encode()
        case datetime():
            return value.isoformat().encode()
    return _composed(value)


def _composed(value: Any) -> bytes:
    match value:
        case bytes():
            return b"\\x" + value.hex().encode()
        case Jsonb():
            return json.dumps(value.obj).encode()
        case list():
            return b"{" + b",".join(_member(each) for each in value) + b"}"
    raise Unforeseen


def _member(value: Any) -> bytes:
    text = str(value)
    if _WORD.fullmatch(text) and text.lower() != "null":
        return text.encode()
    if value is None or "\0" in text:
        raise Unforeseen
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode()
