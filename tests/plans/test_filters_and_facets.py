"""Filters, orders and facets never read a large table from end to end, and read little more than they show."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from assets import conditions
from assets.queries import AssetFilter, facets, pages
from assets.queries.shapes import counted
from dam.core import tenancy
from dam.core.web.pagination import PageRequest
from tests.plans import asking

pytestmark = pytest.mark.usefixtures("db")
tenants = pytest.mark.parametrize("tenant", ["whale", "small"])


def wanted(**params: str) -> dict[str, Any]:
    reading = conditions.read(params)
    assert not reading.faults
    return {"asked": reading.asked, "kind": reading.kind, "q": reading.q}


@tenants
@pytest.mark.parametrize("sort", ["updated_at", "-kind", "name", "duration", "-captured_at"])
def test_orders_of_columns_walk_an_index(large: psycopg.Connection, tenant: str, sort: str) -> None:
    cost = asking.page_cost(large, asking.admin(tenant), tenant, sort=sort, rows_alone=True)

    assert cost.rows == 101 or tenant == "small"
    assert cost.buffers <= 1500
    assert cost.scanned == frozenset()


@tenants
@pytest.mark.parametrize(
    "params",
    [
        {"fps": "23.976"},
        {"codec": "prores"},
        {"resolution": "1920x1080"},
        {"duration__gte": "1h"},
        {"kind__not": "video"},
        {"tag__not": "t1"},
        {"is": "failed"},
        {"is": "approved"},
        {"approval__not": "none"},
        {"q": "w3", "codec__not": "prores"},
        {"q": "w3 -is:approved"},
        {"q": "niche:T0"},
        {"q": "w3 niche:T*"},
    ],
)
def test_filters_read_no_table_from_end_to_end(
    large: psycopg.Connection, tenant: str, params: dict[str, str]
) -> None:
    cost = asking.page_cost(large, asking.admin(tenant), tenant, rows_alone=True, **wanted(**params))

    assert cost.buffers <= 5000
    assert cost.scanned == frozenset()


@tenants
def test_facets_read_the_assets_that_they_count_and_no_others(large: psycopg.Connection, tenant: str) -> None:
    parts = tuple(facets.FACETS.values())
    with tenancy.scope(asking.organization(tenant)):
        asked = pages.question(asking.admin(tenant), AssetFilter(), PageRequest("", {}, "-created_at"))
    assert asked is not None
    statement = facets._statement(counted(asked.shape, most=facets.COUNTED + 1), parts)

    cost = asking.cost_of(large, tenant, statement, {**asked.values, "values": 50, "most": 1, "skip": 0})

    assert cost.buffers <= 2 * facets.COUNTED
    assert cost.scanned == frozenset()
