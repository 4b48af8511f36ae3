"""What a statement costs: its plan as the application's role sees it, its buffers, and what it scanned from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from assets.queries import AssetFilter, pages, statements
from bench import catalogue
from dam.core import tenancy, wire
from dam.core.access import Actor, Membership, Role
from dam.core.web.pagination import PageRequest, Position

TENANTS = {"whale": catalogue.WHALE, "small": catalogue.SMALL}


@dataclass(frozen=True)
class Cost:
    """One execution: `buffers` read, `rows` answered, tables `scanned` from end to end, conditions put to indexes."""

    buffers: int
    rows: int
    scanned: frozenset[str]
    index_conditions: str


def organization(tenant: str) -> UUID:
    return catalogue.organization_id(TENANTS[tenant])


def admin(tenant: str) -> Actor:
    here = organization(tenant)
    return Actor(kind="user", id=here, organizations={here: Membership(here, "", "", Role.ADMIN)})


def member(tenant: str, projects: list[UUID]) -> Actor:
    here = organization(tenant)
    return Actor(
        kind="user",
        id=here,
        organizations={here: Membership(here, "", "", Role.MEMBER)},
        projects=dict.fromkeys(projects, (here, Role.VIEWER)),
    )


def cost_of(
    large: psycopg.Connection,
    tenant: str,
    statement: str,
    values: Any,
    *,
    without_indexes: bool = False,
    planned_once: bool = False,
) -> Cost:
    """Run a statement in the tenant's scope, with its values where the planner sees them, or planned for any."""
    large.rollback()
    large.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization(tenant))])
    for each in ("indexscan", "indexonlyscan", "bitmapscan") if without_indexes else ():
        large.execute(f"SET LOCAL enable_{each} = off")
    cursor = psycopg.ClientCursor(large)
    if planned_once:
        statement = _prepared(large, statement, values)
    before = _scans(large)
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", None if planned_once else values)
    plan = one(cursor)[0][0]["Plan"]
    after = _scans(large)
    nodes = list(_nodes(plan))
    return Cost(
        buffers=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        rows=int(plan["Actual Rows"]),
        scanned=frozenset(name for name, scans in after.items() if scans > before.get(name, 0)),
        index_conditions=" ".join(each.get("Index Cond", "") for each in nodes),
    )


def _prepared(large: psycopg.Connection, statement: str, values: Any) -> str:
    """Prepare a statement as requests do, planned once for whoever asks; return what executes it."""
    query, names = wire.numbered(statement)
    large.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    large.execute("DEALLOCATE ALL")
    large.execute(f"PREPARE asked AS {query}".encode())
    given = ", ".join(sql.Literal(values[name]).as_string(large) for name in names)
    return f"EXECUTE asked ({given})" if given else "EXECUTE asked"


def one(cursor: psycopg.Cursor[Any]) -> Any:
    """Return the row that a statement answers for certain."""
    row = cursor.fetchone()
    assert row is not None
    return row


def _scans(large: psycopg.Connection) -> dict[str, int]:
    """Return how often each large table was read from end to end, inside functions too."""
    return dict(
        large.execute(
            "SELECT s.relname, s.seq_scan FROM pg_stat_xact_user_tables s JOIN pg_class c ON c.oid = s.relid "
            "WHERE c.relpages > 50"
        ).fetchall()
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)


def page_cost(
    large: psycopg.Connection,
    actor: Actor,
    tenant: str,
    *,
    sort: str = "-created_at",
    after: Position | None = None,
    offset: int | None = None,
    rows_alone: bool = False,
    **wanted: Any,
) -> Cost:
    """Return what a page of a hundred assets costs; `rows_alone` leaves heads and counts of comments out."""
    request = PageRequest("/api/assets", {}, sort, limit=100, offset=offset)
    with tenancy.scope(organization(tenant)):
        asked = pages.question(actor, AssetFilter(**wanted), request, position=after)
    assert asked is not None
    statement = (statements.rows_statement if rows_alone else statements.page_statement)(asked.shape)
    return cost_of(large, tenant, statement, asked.values, planned_once=asked.shape.is_plain)


def queryset_cost(large: psycopg.Connection, tenant: str, queryset: Any) -> Cost:
    """Return what a queryset costs; it must have been built in the tenant's scope."""
    statement, values = queryset.query.sql_with_params()
    return cost_of(large, tenant, statement, values)


def row_at(large: psycopg.Connection, tenant: str, *, depth: int, sort: str = "created_at") -> Position:
    """Return the position of the row so deep in the list, newest or greatest first."""
    large.rollback()
    large.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization(tenant))])
    found = large.execute(
        f"SELECT {sort}, id FROM assets_asset WHERE organization_id = %s ORDER BY {sort} DESC, id DESC OFFSET %s LIMIT 1",  # noqa: S608  a column
        [organization(tenant), depth],
    )
    key, identity = one(found)
    return Position(key, identity, is_backward=False)
