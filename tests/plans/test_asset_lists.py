"""No list of assets reads more than it shows, whoever asks and however deep."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from bench import catalogue
from dam.core.web.pagination import MOST_PLACES
from tests.plans import asking

WHALE_ASSETS = 12_000
pytestmark = pytest.mark.usefixtures("db")
tenants = pytest.mark.parametrize("tenant", ["whale", "small"])


def test_a_scan_from_end_to_end_is_noticed(large: psycopg.Connection) -> None:
    cost = asking.cost_of(large, "whale", "SELECT count(*) FROM assets_asset", {}, without_indexes=True)

    assert cost.scanned == {"assets_asset"}
    assert cost.buffers > 120


@tenants
def test_the_organisations_list_reads_its_rows_and_little_else(
    large: psycopg.Connection, tenant: str
) -> None:
    cost = asking.page_cost(large, asking.admin(tenant), tenant, rows_alone=True)

    assert cost.buffers <= 120
    assert cost.scanned == frozenset()


@tenants
@pytest.mark.parametrize("sort", ["-created_at", "created_at", "title", "-title", "size", "-size"])
def test_every_sort_walks_an_index_with_heads_and_counts(
    large: psycopg.Connection, tenant: str, sort: str
) -> None:
    cost = asking.page_cost(large, asking.admin(tenant), tenant, sort=sort)

    assert cost.buffers <= 1500
    assert cost.scanned == frozenset()


@tenants
@pytest.mark.parametrize("sort", ["-created_at", "title", "-size"])
def test_a_projects_list_reads_its_rows_alone(large: psycopg.Connection, tenant: str, sort: str) -> None:
    project = catalogue.project_id(asking.TENANTS[tenant], 1)

    for actor in (asking.admin(tenant), asking.member(tenant, [project])):
        cost = asking.page_cost(large, actor, tenant, sort=sort, project=project, rows_alone=True)
        assert cost.buffers <= 400
        assert cost.scanned == frozenset()


@pytest.mark.parametrize("sort", ["created_at", "title", "size"])
def test_depth_costs_nothing(large: psycopg.Connection, sort: str) -> None:
    top, deep = (
        asking.page_cost(
            large,
            asking.admin("whale"),
            "whale",
            sort=f"-{sort}",
            after=asking.row_at(large, "whale", depth=depth, sort=sort),
            rows_alone=True,
        )
        for depth in (1, WHALE_ASSETS - 200)
    )

    assert deep.rows == top.rows == 101
    assert deep.buffers <= top.buffers * 1.3 + 10
    assert f"ROW({sort}" in deep.index_conditions.replace("(title)::text", "title").replace("asset.", "")


def test_projects_that_hold_nothing_do_not_make_the_list_walk_everything(large: psycopg.Connection) -> None:
    empty = [catalogue.project_id(catalogue.WHALE, catalogue.WHALE_PROJECTS + each) for each in range(1, 14)]
    foreign = [catalogue.project_id(catalogue.SMALL, each) for each in range(1, 11)]

    for projects in (empty, foreign, empty + foreign[:5]):
        cost = asking.page_cost(large, asking.member("whale", projects), "whale")
        assert cost.rows <= 1
        assert cost.buffers <= 400
        assert cost.scanned == frozenset()


@pytest.mark.parametrize(("projects", "most"), [(5, 1500), (MOST_PLACES, 6000), (100, 6000)])
def test_a_member_of_some_projects_reads_about_what_is_shown(
    large: psycopg.Connection, projects: int, most: int
) -> None:
    seen = [catalogue.project_id(catalogue.WHALE, each) for each in range(1, projects + 1)]

    cost = asking.page_cost(large, asking.member("whale", seen), "whale")

    assert cost.buffers <= most
    assert cost.scanned == frozenset()


@tenants
def test_the_trash_of_some_projects_is_found_without_that_of_the_others(
    large: psycopg.Connection, tenant: str
) -> None:
    seen = [catalogue.project_id(asking.TENANTS[tenant], each) for each in (1, 2)]

    for projects in (seen[:1], seen):
        cost = asking.page_cost(large, asking.member(tenant, projects), tenant, trashed=True, rows_alone=True)
        assert "project_id" in cost.index_conditions
        assert cost.buffers <= 40
        assert cost.scanned == frozenset()


@tenants
@pytest.mark.parametrize("kind", ["video", "document"])
def test_a_kind_is_found_by_its_index(large: psycopg.Connection, tenant: str, kind: str) -> None:
    cost = asking.page_cost(large, asking.admin(tenant), tenant, kind=kind, rows_alone=True)

    assert cost.buffers <= 200
    assert "kind" in cost.index_conditions
    assert cost.scanned == frozenset()


@tenants
@pytest.mark.parametrize(
    "words", [{"q": "w3"}, {"q": "w19999"}, {"q": "w123 w4"}, {"q": "w12"}, {"tag": "t7"}]
)
def test_search_and_tags_are_found_by_their_index(
    large: psycopg.Connection, tenant: str, words: dict[str, Any]
) -> None:
    cost = asking.page_cost(large, asking.admin(tenant), tenant, **words)

    assert cost.buffers <= 5000
    assert cost.scanned == frozenset()


@tenants
def test_a_collection_reads_what_it_holds(large: psycopg.Connection, tenant: str) -> None:
    collection = catalogue.collection_id(asking.TENANTS[tenant])

    cost = asking.page_cost(large, asking.admin(tenant), tenant, collection=collection)

    assert cost.buffers <= 6500
    assert cost.scanned == frozenset()
