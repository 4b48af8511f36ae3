"""Forgetting what is too old to be replayed: the books' entries go, the record stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from activity.queries import KEPT
from dam.core import tenancy

PAGE = 5000


def forget_old(*, before: datetime | None = None) -> int:
    """Drop what the feeds keep for replay from before a moment (by default `KEPT` ago); returns how many entries.

    A client that asks for what followed a forgotten number is told to fetch anew.
    """
    moment = before or timezone.now() - KEPT
    with connection.cursor() as cursor:
        cursor.execute("SELECT feeds_old(%s)", [moment])
        owners = [row[0] for row in cursor.fetchall()]
    return sum(_forget(each, moment) for each in owners)


def _forget(organization_id: UUID, moment: datetime) -> int:
    """Work in pages, a transaction each: whoever numbers events waits for a page at most."""
    gone = _in_scope(organization_id, "SELECT share_feeds_forget(%s)", [moment])
    while page := _in_scope(organization_id, "SELECT feeds_forget(%s, %s)", [moment, PAGE]):
        gone += page
    return gone


def _in_scope(organization_id: UUID, sql: str, parameters: list[datetime | int]) -> int:
    with tenancy.scope(organization_id), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.fetchone()[0])
