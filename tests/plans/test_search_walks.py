"""A page of finds is walked to where that is less work than asking the index of words; it shows the same either way."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest

from assets.conditions import Asked, Comparison
from assets.queries import AssetFilter, pages, statements
from assets.queries.rote import Question
from assets.queries.walking import NEAR
from bench import catalogue
from dam.core import tenancy
from dam.core.reads import BREAK
from dam.core.web.pagination import PageRequest, Position
from tests.plans import asking

pytestmark = pytest.mark.usefixtures("db")
#: From words that every asset says to words that none does; prefixes, phrases, what must be missing, a filter besides.
QUESTIONS = ["clip", "w3", "w123", "w3 w17", "w1500", "w19999", '"w3 w4"', "clip -w1", "w3 kind:audio", "zzz"]
tenants = pytest.mark.parametrize("tenant", ["whale", "small"])


def question(
    tenant: str,
    q: str,
    *,
    sort: str = "-created_at",
    limit: int,
    after: Position | None = None,
    niche: str = "",
) -> Question:
    field = catalogue.field_id(asking.TENANTS[tenant], "niche")
    named = (Asked(((Comparison("as_text", "in", (niche,)),),), field=field),) if niche else ()
    request = PageRequest("", {}, sort, limit=limit)
    with tenancy.scope(asking.organization(tenant)):
        asked = pages.question(asking.admin(tenant), AssetFilter(q=q, asked=named), request, position=after)
    assert asked is not None
    return asked


def answer(large: psycopg.Connection, statement: str, values: Any) -> Any:
    return asking.one(psycopg.ClientCursor(large).execute(statement, values))[0]


def page(large: psycopg.Connection, asked: Question) -> list[tuple[str, str]]:
    """Return the keys and ids of a page as it is asked for."""
    lines = answer(large, statements.page_statement(asked.shape), asked.values)
    rows = [json.loads(each) for each in (lines or "").split(BREAK.decode()) if each]
    return [(each["created_at"], each["id"]) for each in rows]


def everything(
    large: psycopg.Connection, tenant: str, q: str, *, sort: str = "-created_at", niche: str = ""
) -> list[str]:
    """Return the ids of all finds, as the door alone answers them."""
    asked = question(tenant, q, sort=sort, limit=20_000, niche=niche)
    inner = f"SELECT array_agg(asset.id::text) FROM ({statements.rows_statement(asked.shape)}) asset"  # noqa: S608  made by the product, values apart
    return answer(large, inner, asked.values) or []


def place_of(large: psycopg.Connection, identity: str) -> Position:
    """Return the position behind an asset."""
    key = answer(large, "SELECT created_at FROM assets_asset WHERE id = %(id)s", {"id": identity})
    return Position(key, UUID(identity), is_backward=False)


@pytest.fixture
def scoped(large: psycopg.Connection, tenant: str) -> psycopg.Connection:
    large.rollback()
    large.execute("SELECT set_config('app.organization_id', %s, true)", [str(asking.organization(tenant))])
    return large


@tenants
@pytest.mark.parametrize("q", QUESTIONS)
def test_pages_show_all_finds_in_order(scoped: psycopg.Connection, tenant: str, q: str) -> None:
    wanted = everything(scoped, tenant, q)

    for start in sorted({0, min(20, len(wanted)), len(wanted) // 2, max(0, len(wanted) - 25)}):
        after = place_of(scoped, wanted[start - 1]) if start else None
        rows = page(scoped, question(tenant, q, limit=20, after=after))
        assert [identity for _, identity in rows] == wanted[start : start + 21]


@tenants
@pytest.mark.parametrize("q", ["clip", "w123", "w3 w17", "w19999"])
def test_the_oldest_first_is_walked_the_other_way(scoped: psycopg.Connection, tenant: str, q: str) -> None:
    rows = page(scoped, question(tenant, q, sort="created_at", limit=50))

    assert [identity for _, identity in rows] == everything(scoped, tenant, q, sort="created_at")[:51]
    assert all(one <= next_one for one, next_one in pairwise(rows))


@tenants
@pytest.mark.parametrize("q", ["clip", "w3", "w19999"])
def test_what_has_a_fields_value_is_walked_by_it(scoped: psycopg.Connection, tenant: str, q: str) -> None:
    wanted = everything(scoped, tenant, q, niche="t0")

    for start in {0, len(wanted) // 2}:
        after = place_of(scoped, wanted[start - 1]) if start else None
        rows = page(scoped, question(tenant, q, limit=20, after=after, niche="t0"))
        assert [identity for _, identity in rows] == wanted[start : start + 21]


@pytest.mark.parametrize("tenant", ["whale"])
def test_a_page_of_a_common_word_asks_no_index_of_words(scoped: psycopg.Connection, tenant: str) -> None:
    used = "SELECT pg_stat_get_xact_numscans(to_regclass('assets_search_words')) + 0 * count(*) FROM (SELECT 1) x"
    before = answer(scoped, used, {})

    rows = page(scoped, question(tenant, "w123", limit=20))

    assert len(rows) == 21
    assert answer(scoped, used, {}) == before


@pytest.mark.parametrize("tenant", ["whale"])
def test_a_rare_word_is_left_to_the_index_of_words(large: psycopg.Connection, tenant: str) -> None:
    cost = asking.page_cost(large, asking.admin(tenant), tenant, q="w19999")
    walked = asking.page_cost(large, asking.admin(tenant), tenant, q="w19999 clip")

    # The nearest entries, and what the index tells; never the whole tenant.
    assert cost.buffers <= NEAR // 4
    assert walked.buffers <= NEAR // 2
    assert cost.scanned == walked.scanned == frozenset()


TRASHED = """WITH gone AS (UPDATE assets_asset SET trashed_at = now() WHERE id IN (
        SELECT id FROM assets_asset WHERE organization_id = %(org)s ORDER BY created_at DESC, id DESC LIMIT 20
    ) RETURNING id) SELECT count(*) FROM gone"""
NEWEST = """SELECT array_agg(id) FROM (SELECT id FROM assets_asset
    WHERE organization_id = %(org)s AND trashed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT %(most)s) asset"""
FOUND = """SELECT array_agg(id) FROM assets_found(
    quote_literal('clip'), 'created_at', true, NULL, NULL, %(most)s, 0, NULL, NULL, NULL, NULL, false, '[]') AS found(id)"""


@tenants
@pytest.mark.parametrize("most", [1, 3, 8])
def test_the_door_passes_over_what_lies_in_the_trash(
    scoped: psycopg.Connection, tenant: str, most: int
) -> None:
    here = {"org": asking.organization(tenant), "most": most}
    # Far more than the door looks at beyond what is wanted of it: it has to go on.
    assert answer(scoped, TRASHED, here) == 20

    assert answer(scoped, FOUND, here) == answer(scoped, NEWEST, here)
