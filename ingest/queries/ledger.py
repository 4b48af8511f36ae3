"""What was stored, day by day: of the organisation, of its clients or of its projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from assets.queries.costs import MONTH_DAYS, TB
from dam.core import tenancy
from dam.core.tenancy import current_organization
from dam.core.web.pagination import CAPPED_COUNT, Page, PageRequest, Position, capped, page_of, position_of

NOBODY = UUID(int=0)
#: By what lines are grouped: their key as SQL.
GROUPS = {
    "organization": "organization_id",
    "client": "coalesce(client_id, '00000000-0000-0000-0000-000000000000'::uuid)",
    "project": "project_id",
}
_COST = f"(sum((master_bytes + preview_bytes) * price) / {TB * MONTH_DAYS})::float8"
_HELD = "FROM ingest_ledger WHERE organization_id = %(organization)s AND day >= %(first)s AND day <= %(last)s"
_GROUPED = f"""
    SELECT day, {{key}} AS key, min(client_id::text)::uuid AS client_id, sum(masters)::bigint AS masters,
        sum(master_bytes)::bigint AS master_bytes, sum(preview_bytes)::bigint AS preview_bytes,
        sum(remainder) AS remainder, {_COST} AS cost, max(price)::float8 AS price, max(currency) AS currency
    {_HELD} GROUP BY day, {{key}}
"""
_PAGE = """
    SELECT line.*, project.name, client.name FROM (
        SELECT * FROM ({grouped}) every
        WHERE %(after)s::date IS NULL OR (day, key) {sign} (%(after)s::date, %(id)s::uuid)
        ORDER BY day {way}, key {way} LIMIT %(most)s
    ) line
    LEFT JOIN orgs_project project ON project.organization_id = %(organization)s AND project.id = line.key
    LEFT JOIN orgs_client client ON client.organization_id = %(organization)s AND client.id = line.client_id
    ORDER BY line.day {way}, line.key {way}
"""


@dataclass(frozen=True)
class LedgerRange:
    """Days in UTC, both included, and by what they are grouped: `organization`, `client` or `project`."""

    first: date
    last: date
    group: str


@dataclass(frozen=True)
class LedgerDay:
    """One day of one group; its client or project is None where there is none, or where it is all of them."""

    day: date
    key: UUID
    client_id: UUID | None
    masters: int
    master_bytes: int
    preview_bytes: int
    remainder: float
    cost: float
    price: float
    currency: str
    project_name: str | None
    client_name: str | None

    def document(self, group: str) -> dict[str, Any]:
        """Return the line as the API tells it."""
        is_project = group == "project" and self.key != NOBODY
        project = {"id": self.key, "name": self.project_name} if is_project else None
        client = {"id": self.client_id, "name": self.client_name}
        return {
            "day": self.day,
            "project": project,
            "client": client if self.client_id is not None and group != "organization" else None,
            "masters": self.masters,
            "master_bytes": self.master_bytes,
            "preview_bytes": self.preview_bytes,
            "cost": self.cost,
            "remainder": self.remainder,
            "price": self.price,
            "currency": self.currency,
        }


def ledger_page(wanted: LedgerRange, request: PageRequest) -> Page:
    """Return a page of the ledger of the organisation in scope, the newest day first, and what it all cost.

    Raises:
        Invalid: a cursor that was tampered with or comes from another question.
    """
    position = position_of(request)
    found = _lines(wanted, position, most=request.limit + 1)
    page = page_of(
        found,
        request,
        position=position,
        end_of=lambda each: (each.day.isoformat(), each.key),
        count=_count(wanted, request.count),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce({_COST}, 0), count(DISTINCT day) {_HELD}", _values(wanted))
        cost, days = cursor.fetchone()
    return replace(page, more={"total": {"cost": cost, "days": days}})


def ledger_lines(organization_id: UUID, wanted: LedgerRange, *, batch: int = 1000) -> Iterator[LedgerDay]:
    """Yield every line, the newest day first.

    Locks and transaction: outside any scope; each batch in a transaction of its own.
    """
    position: Position | None = None
    while True:
        with tenancy.scope(organization_id):
            found = _lines(wanted, position, most=batch)
        yield from found
        if len(found) < batch:
            return
        position = Position(found[-1].day, found[-1].key, is_backward=False)


def _lines(wanted: LedgerRange, position: Position | None, *, most: int) -> list[LedgerDay]:
    is_backward = position is not None and position.is_backward
    statement = _PAGE.format(
        grouped=_GROUPED.format(key=GROUPS[wanted.group]),
        sign=">" if is_backward else "<",
        way="ASC" if is_backward else "DESC",
    )
    values = _values(wanted) | {
        "after": None if position is None else position.key,
        "id": None if position is None else position.id,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [LedgerDay(*row) for row in cursor.fetchall()]


def _count(wanted: LedgerRange, mode: str | None) -> dict[str, Any] | None:
    if mode is None:
        return None
    grouped = _GROUPED.format(key=GROUPS[wanted.group])
    most = CAPPED_COUNT + 1 if mode == "capped" else 2**31 - 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({grouped} LIMIT %(most)s) held",  # noqa: S608  one of the statements in GROUPS
            _values(wanted) | {"most": most},
        )
        (number,) = cursor.fetchone()
    return capped(number) if mode == "capped" else {"value": number, "exact": True}


def _values(wanted: LedgerRange) -> dict[str, Any]:
    return {"organization": current_organization(), "first": wanted.first, "last": wanted.last}
