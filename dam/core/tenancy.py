"""The first fence between tenants: every query runs inside the scope of one organisation.

`scope` opens a transaction, names the organisation to Postgres (row-level security, the second fence) and to
`TenantManager`, which raises outside a scope instead of answering with everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction

_current: ContextVar[UUID | None] = ContextVar("organization_id", default=None)


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
    token = _current.set(organization_id)
    nested = connection.in_atomic_block
    try:
        with transaction.atomic():
            before = _set("app.organization_id", str(organization_id), ask=nested)
            yield
            # A rolled-back savepoint restores the setting by itself; a released one does not.
            if nested and not connection.needs_rollback:
                _set("app.organization_id", before, ask=False)
    finally:
        _current.reset(token)


def organization_of(kind: str, identity: UUID) -> UUID | None:
    """Return the organisation that owns an object, through the definer function of that name; None for no such."""
    if kind == "org":
        return identity
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_of(%s, %s)", [kind, identity])
        found = cursor.fetchone()[0]
    return found if isinstance(found, UUID) else None


@contextmanager
def membership(organization_ids: Iterable[UUID]) -> Iterator[None]:
    """Open a transaction that may read the organisation rows (and those alone) of several organisations."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _set("app.member_of", ",".join(str(each) for each in organization_ids), ask=nested)
        yield
        if nested and not connection.needs_rollback:
            _set("app.member_of", before, ask=False)


def _set(name: str, value: str, *, ask: bool) -> str:
    with connection.cursor() as cursor:
        before = ""
        if ask:
            cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
            before = str(cursor.fetchone()[0])
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    return before
