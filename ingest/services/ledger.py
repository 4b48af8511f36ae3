"""The ledger: what each project took of the store, written down once a day."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from assets.queries.costs import DAY_S, MONTH_DAYS, TB, price_table
from dam.core import tenancy
from dam.core.guard import guard
from ingest.models import LedgerLine
from orgs.queries import all_organizations

logger = logging.getLogger(__name__)
# Bytes count once, for the project of whoever has had them longest: a version, else a file beside one. What nothing has
# any more and the store still keeps belongs to no project. What a lock or the minimum duration still asks is the remainder.
_WRITE = """
    INSERT INTO ingest_ledger (organization_id, day, project_id, client_id, masters, master_bytes, preview_bytes,
        remainder, price, currency, written_at)
    SELECT %(organization)s, %(day)s, coalesce(o.project_id, %(nobody)s), p.client_id, count(*), sum(m.size),
        coalesce(sum(made.bytes), 0),
        coalesce(sum(m.size * greatest(0, extract(epoch FROM greatest(
            m.created_at + make_interval(days => %(minimum_days)s), m.locked_until) - %(now)s::timestamptz))), 0)::float8
            * %(price)s::float8 / %(unit)s,
        %(price)s, %(currency)s, %(now)s
    FROM assets_master m
    LEFT JOIN (
        SELECT DISTINCT ON (had.master_id) had.master_id, had.project_id FROM (
            SELECT v.master_id, a.project_id, 0 AS beside, v.created_at, v.id
            FROM assets_version v
            JOIN assets_asset a ON a.organization_id = v.organization_id AND a.id = v.asset_id
            WHERE v.organization_id = %(organization)s
            UNION ALL
            SELECT s.master_id, a.project_id, 1, s.created_at, s.id
            FROM assets_sidecar s
            JOIN assets_version v ON v.organization_id = s.organization_id AND v.id = s.version_id
            JOIN assets_asset a ON a.organization_id = v.organization_id AND a.id = v.asset_id
            WHERE s.organization_id = %(organization)s
        ) had ORDER BY had.master_id, had.beside, had.created_at, had.id
    ) o ON o.master_id = m.id
    LEFT JOIN orgs_project p ON p.organization_id = m.organization_id AND p.id = o.project_id
    LEFT JOIN (
        SELECT one.sha256, sum(one.bytes) AS bytes FROM (
            SELECT sha256, bytes FROM previews_preview WHERE organization_id = %(organization)s
            UNION ALL
            SELECT sha256, bytes FROM previews_marked_copy WHERE organization_id = %(organization)s
        ) one GROUP BY one.sha256
    ) made ON made.sha256 = m.sha256
    WHERE m.organization_id = %(organization)s
    GROUP BY o.project_id, p.client_id
"""
#: Whose bytes nothing of the catalogue has any more.
NOBODY = UUID(int=0)


def keep_ledger() -> int:
    """Write today's lines (UTC) of every organisation that has none yet; returns how many lines were written.

    A day on which nothing ran stays without: what was stored then nobody can tell any more.
    """
    today, written = datetime.now(UTC).date(), 0
    for organization_id in all_organizations():
        with guard("ledger.failed", organization_id=organization_id):
            written += write_lines(organization_id, day=today)
    return written


def write_lines(organization_id: UUID, *, day: date, again: bool = False) -> int:
    """Write an organisation's lines of a day as everything is now, unless it has them; returns how many.

    With `again` lines that are there are written anew.

    Locks and transaction: outside any scope; one transaction, in which two writers take turns.
    """
    with tenancy.scope(organization_id):
        tenancy.take_turn(f"ledger:{organization_id}")
        lines = LedgerLine.objects.filter(day=day)
        if not again and lines.exists():
            return 0
        lines.delete()
        prices = price_table()
        with connection.cursor() as cursor:
            cursor.execute(
                _WRITE,
                {
                    "organization": organization_id,
                    "day": day,
                    "now": timezone.now(),
                    "nobody": NOBODY,
                    "price": prices.price,
                    "currency": prices.currency,
                    "minimum_days": prices.minimum_days,
                    "unit": TB * MONTH_DAYS * DAY_S,
                },
            )
            written = int(cursor.rowcount)
    if written:
        logger.info("ledger.written", extra={"organization_id": organization_id, "lines": written})
    return written
