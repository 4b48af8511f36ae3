"""The first fence between tenants: every query runs inside the scope of one organisation.

`scope` opens a transaction, names the organisation to Postgres (row-level security, the second fence) and to
`TenantManager`, which raises outside a scope instead of answering with everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from psycopg.pq import ExecStatus

from dam.core import ahead, reads

# A thing that a request names: its kind and id.
Named = tuple[str, UUID]

_current: ContextVar[UUID | None] = ContextVar("organization_id", default=None)


@dataclass
class _Arrival:
    """What a request names, and what the one call at its beginning answered."""

    named: Sequence[Named]
    owners: dict[Named, UUID | None] = field(default_factory=dict)
    opened: UUID | None = None
    before: str = ""
    #: Who asks is looked up first; whoever is looked up later in the request opens nothing.
    is_answered: bool = False


_arrival: ContextVar[_Arrival | None] = ContextVar("arrival", default=None)
_CONTEXT = """
    SELECT context, owners, opened, before
    FROM request_context(%(user)s::uuid, %(token)s::bytea, %(kinds)s::text[], %(keys)s::uuid[])
"""


class OutsideScope(RuntimeError):
    """A tenant query was attempted without an organisation: a programming error, never a user's."""


def current_organization() -> UUID:
    """Return the organisation whose scope is open.

    Raises:
        OutsideScope: when none is.
    """
    organization_id = _current.get()
    if organization_id is None:
        raise OutsideScope("no organisation is in scope: wrap this in tenancy.scope(organization_id)")
    return organization_id


@contextmanager
def scope(organization_id: UUID) -> Iterator[None]:
    """Open a transaction that sees the rows of one organisation and of no other.

    Scopes nest: leaving an inner one gives the outer organisation back. Keep a scope short; never hold one over
    an encode or a copy.
    """
    arrival = _arrival.get()
    is_open = arrival is not None and arrival.opened == organization_id and _current.get() is None
    token = _current.set(organization_id)
    nested = ahead.current() is None and connection.in_atomic_block
    try:
        if is_open:
            yield
            return
        if ahead.current() is not None:
            raise ahead.Unforeseen
        with transaction.atomic():
            before = (
                _set("app.organization_id", str(organization_id), ask=True)
                if nested
                else _begin(organization_id)
            )
            yield
            # A rolled-back savepoint restores the setting by itself; a released one does not.
            if nested and not connection.needs_rollback:
                _set("app.organization_id", before, ask=False)
    finally:
        _current.reset(token)


# --- the one call at a request's beginning ------------------------------------------------------------


@contextmanager
def arrival(named: Sequence[Named]) -> Iterator[None]:
    """Open the transaction of a request that names these things, before anybody knows who asks.

    `caller` then answers the person, the owners of what is named and, where the caller belongs there, opens the
    scope of the first one's owner (of the caller's one organisation, where nothing is named), all in one call;
    `scope` of that organisation costs nothing more, and `organization_of` knows these owners.
    """
    coming = _Arrival(named)
    token = _arrival.set(coming)
    try:
        if ahead.current() is not None:
            yield
            return
        nested = connection.in_atomic_block
        with transaction.atomic():
            yield
            if nested and coming.opened is not None and not connection.needs_rollback:
                _set("app.organization_id", coming.before, ask=False)
    finally:
        _arrival.reset(token)


def caller(*, user_id: UUID | None = None, token_hash: bytes | None = None) -> str | None:
    """Return what `auth_context` knows of a person or an API token, as JSON; None for nobody."""
    coming = _arrival.get()
    named = None
    if coming is not None and not coming.is_answered:
        named, coming.is_answered = coming.named, True
    context, owners, opened, before = reads.row(
        _CONTEXT,
        {
            "user": user_id,
            "token": token_hash,
            "kinds": None if named is None else [kind for kind, _ in named],
            "keys": None if named is None else [identity for _, identity in named],
        },
    )
    if coming is not None and named is not None and context is not None:
        coming.owners = dict(zip(named, owners or (), strict=False))
        coming.opened, coming.before = opened, before
    return None if context is None else str(context)


def organization_of(kind: str, identity: UUID) -> UUID | None:
    """Return the organisation that owns an object, through the definer function of that name; None for no such."""
    if kind == "org":
        return identity
    coming = _arrival.get()
    if coming is not None and (kind, identity) in coming.owners:
        return coming.owners[kind, identity]
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_of(%s, %s)", [kind, identity])
        found = cursor.fetchone()[0]
    return found if isinstance(found, UUID) else None


def take_turn(word: str) -> None:
    """Wait until no other transaction holds the word, and hold it until this one ends.

    Locks and transaction: inside a transaction. For what is looked up and then made, such as a free name.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [word])


@contextmanager
def membership(organization_ids: Iterable[UUID]) -> Iterator[None]:
    """Open a transaction that may read the organisation rows (and those alone) of several organisations."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _set("app.member_of", ",".join(str(each) for each in organization_ids), ask=nested)
        yield
        if nested and not connection.needs_rollback:
            _set("app.member_of", before, ask=False)


def _begin(organization_id: UUID) -> str:
    """Begin the transaction and name its organisation in one message, which would be two."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    statement = f"BEGIN; SELECT set_config('app.organization_id', '{UUID(str(organization_id))}', true)"
    with database.wrap_database_errors:
        result = database.connection.pgconn.exec_(statement.encode())
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
    if database.queries_logged:
        database.queries_log.append({"sql": statement, "time": "0.000"})
    return ""


def _set(name: str, value: str, *, ask: bool) -> str:
    with connection.cursor() as cursor:
        asked = "coalesce(current_setting(%s, true), '')" if ask else "%s"
        cursor.execute(f"SELECT {asked}, set_config(%s, %s, true)", [name, name, value])
        return str(cursor.fetchone()[0])
