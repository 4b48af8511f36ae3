"""Hot reads: prepared statements on the request's own connection, in which Postgres builds the JSON.

A row is described by columns, each an SQL expression and how its value is written; the database answers whole JSON
objects and the process passes them through untouched. Nothing here knows a tenant: statements carry their
`organization_id =` themselves and run inside `tenancy.scope`, behind row-level security.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from dam.core import ahead

#: From which execution on a statement is kept prepared by its connection.
PREPARE_FROM = 3
#: What stands between lines: so rows that are whole are the members of a JSON array as they come.
BREAK = b",\n"


@dataclass(frozen=True)
class Column:
    """One member of a JSON object: its name, and an SQL expression that yields the JSON of its value as text.

    `opens` and `closes` are what of the value is the same in every row: quotes.
    """

    name: str
    json: str
    opens: str = ""
    closes: str = ""


def bare(name: str, expression: str) -> Column:
    """Return a column whose text needs no escaping but quotes: an id, a digest, one of a few words; never null."""
    return Column(name, expression, opens='"', closes='"')


def text(name: str, expression: str) -> Column:
    """Return a column of any text; never null."""
    return Column(name, f"to_json({expression})")


def number(name: str, expression: str) -> Column:
    """Return a column of a number, a boolean or JSON; never null."""
    return Column(name, expression)


def optional(name: str, expression: str) -> Column:
    """Return a column of a number, a boolean or JSON that may be null."""
    return Column(name, f"coalesce(({expression})::text, 'null')")


def instant(name: str, expression: str) -> Column:
    """Return a column of a point in time, in UTC; never null."""
    written = f"replace(({expression} AT TIME ZONE 'UTC')::text, ' ', 'T')"
    return Column(name, written, opens='"', closes='Z"')


def nested(name: str, columns: Sequence[Column], *, unless: str) -> Column:
    """Return a column that holds an object, or null where the condition `unless` holds."""
    return Column(name, f"CASE WHEN {unless} THEN 'null' ELSE {document(columns)} END")


def document(columns: Sequence[Column], *, is_open: bool = False) -> str:
    """Return the SQL that writes one row as a JSON object; with `is_open`, without its closing brace."""
    parts, written = list[str](), "{"
    for index, each in enumerate(columns):
        written += f'{"," if index else ""}"{each.name}":{each.opens}'
        parts += [_constant(written), each.json]
        written = each.closes
    end = written + ("" if is_open else "}")
    return f"concat({', '.join([*parts, _constant(end)] if end else parts)})"


def _constant(written: str) -> str:
    """Return a text as SQL; of a literal without a type the database makes a copy for every row."""
    return f"{written!r}::text"


# --- what upper rooms add to a row ------------------------------------------------------------------


@dataclass(frozen=True)
class Addition:
    """What an upper room adds to the hot rows of a lower one, in the same statement.

    `column` is written into the row. `expression` is answered beside the row instead, and `finish(organization_id)`
    makes a function that turns its text, empty for null, into members of the object (`"name":value,…`): for what only
    this process knows, such as signatures.
    """

    column: Column | None = None
    expression: str = "NULL"
    finish: Callable[[UUID], Callable[[bytes], bytes]] | None = None


_additions: dict[str, dict[str, Addition]] = defaultdict(dict)


def add(noun: str, name: str, addition: Addition) -> None:
    """Register what an upper room adds to every hot row of `noun`; the row's aliases are the noun's own affair."""
    _additions[noun][name] = addition


def additions(noun: str, names: Iterable[str]) -> list[Addition]:
    """Return what was registered under these names, in their order; a room that is not there adds nothing."""
    return [_additions[noun][each] for each in names if each in _additions[noun]]


# --- asking -----------------------------------------------------------------------------------------


def lines(statement: str, parameters: Mapping[str, Any], *, is_plain: bool = True) -> list[bytes]:
    """Run a read that answers its rows in one text, see `in_lines`, and return them in order.

    A plain read has one good plan whoever asks, and is planned once for a connection; another is planned for its
    values every time.

    Locks and transaction: in the caller's transaction, on Django's connection of this thread.
    """
    coming = ahead.current()
    if coming is not None:
        found = coming.text(statement, parameters, is_plain=is_plain)
    else:
        result = _execute(statement, parameters, is_plain=is_plain).pgresult
        found = result.get_value(0, 0) if result is not None else None
    return apart(found)


def apart(found: bytes | None) -> list[bytes]:
    """Return the lines of the text that a statement of `in_lines` answers; none where it answers null."""
    return found.split(BREAK) if found is not None else []


def in_lines(row: str, beside: Sequence[str], source: str) -> str:
    """Return the statement that answers the rows of an ordered source as the lines of one text, `BREAK` between them.

    Shapes: `row` writes a row's JSON, which holds neither tabs nor line ends; texts `beside` it follow after tabs.
    One value costs the database and the process less than a hundred.
    """
    texts = ", ".join([row, *(f"coalesce({each}, '')" for each in beside)])
    line = f"concat_ws(E'\\t', {texts})" if beside else row
    return f"SELECT string_agg(line, E',\\n') FROM (SELECT {line} AS line FROM {source}) page"  # noqa: S608  callers hand in constants, and bind what was asked


def row(statement: str, parameters: Mapping[str, Any], *, is_plain: bool = True) -> tuple[Any, ...]:
    """Run a read of exactly one row and return it in Python's types."""
    found = first(statement, parameters, is_plain=is_plain)
    if found is None:
        raise LookupError("the statement answered no row")
    return found


def first(statement: str, parameters: Mapping[str, Any], *, is_plain: bool = True) -> tuple[Any, ...] | None:
    """Run a read, or a write that returns what it wrote, and return its first row in Python's types; None for none."""
    coming = ahead.current()
    if coming is not None:
        return coming.row(statement, parameters)
    return _execute(statement, parameters, is_plain=is_plain).fetchone()


def _execute(
    statement: str, parameters: Mapping[str, Any], *, is_plain: bool
) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement: a plain one with its values apart from its text, so that it can be prepared."""
    if ahead.current() is not None:
        raise ahead.Unforeseen
    database = connections[DEFAULT_DB_ALIAS]  # once: looking up this thread's costs as much as a small step
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        database.ensure_connection()
        link: psycopg.Connection[tuple[Any, ...]] = database.connection
        if link.prepare_threshold is None:
            link.prepare_threshold = PREPARE_FROM
        cursor = psycopg.Cursor(link) if is_plain else psycopg.ClientCursor(link)
        cursor.execute(statement.encode(), parameters)
    if database.queries_logged:
        database.queries_log.append({"sql": statement, "time": "0.000"})
    return cursor
