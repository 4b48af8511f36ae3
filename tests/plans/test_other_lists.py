"""Lists beside the catalogue's: comments, versions, activity, jobs."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from activity.queries import EventFilter, events_in
from assets.models import Asset, Version
from assets.queries import versions_of, visible_shoots
from bench import catalogue
from comments.queries import comments_on_asset, comments_on_version
from dam.core import tenancy
from dam.core.access import Actor
from dam.core.db import new_id
from dam.core.web.pagination import PageRequest, first_rows
from jobs.queries import jobs_in
from tests.plans import asking

pytestmark = pytest.mark.usefixtures("db")
tenants = pytest.mark.parametrize("tenant", ["whale", "small"])


def version_in(large: psycopg.Connection, tenant: str) -> Version:
    """Return a version of the large catalogue; only its ids are known here."""
    asking.row_at(large, tenant, depth=3)
    cursor = large.execute(
        "SELECT id, asset_id FROM assets_version WHERE organization_id = %s LIMIT 1",
        [asking.organization(tenant)],
    )
    found = asking.one(cursor)
    return Version(id=found[0], asset_id=found[1])


def newest(rows: Any, *, limit: int = 100) -> Any:
    """Return what reads the first page of a list, as `paginate` does."""
    return first_rows(rows, PageRequest("/api/list", {}, "-created_at", limit=limit))


def member_of_empty_projects(tenant: str) -> Actor:
    """Return somebody whose projects hold nothing: they see no row of an organisation that may be full of them."""
    return asking.member(tenant, [new_id() for _ in range(13)])


@tenants
def test_activity_walks_an_index(large: psycopg.Connection, tenant: str) -> None:
    here, project = asking.organization(tenant), catalogue.project_id(asking.TENANTS[tenant], 1)
    with tenancy.scope(here):
        lists = [
            newest(events_in(asking.admin(tenant), here, wanted))
            for wanted in (
                EventFilter(),
                EventFilter(project=project),
                EventFilter(actor=new_id()),
                EventFilter(asset=new_id()),
                EventFilter(version=new_id()),
                EventFilter(verb="asset.purged"),
            )
        ]

    for each, most in zip(lists, (150, 400, 20, 20, 20, 20), strict=True):
        cost = asking.queryset_cost(large, tenant, each)
        assert cost.buffers <= most
        assert cost.scanned == frozenset()


@tenants
def test_jobs_walk_an_index(large: psycopg.Connection, tenant: str) -> None:
    here, project = asking.organization(tenant), catalogue.project_id(asking.TENANTS[tenant], 1)
    with tenancy.scope(here):
        lists = [
            newest(jobs_in(asking.admin(tenant), here, project_id=place, state=state))
            for place, state in ((None, None), (project, None), (None, "running"), (project, "failed"))
        ]

    for each, most in zip(lists, (150, 400, 20, 20), strict=True):
        cost = asking.queryset_cost(large, tenant, each)
        assert cost.buffers <= most
        assert cost.scanned == frozenset()


@tenants
def test_who_sees_nothing_reads_next_to_nothing(large: psycopg.Connection, tenant: str) -> None:
    here, actor = asking.organization(tenant), member_of_empty_projects(tenant)
    with tenancy.scope(here):
        lists = [
            newest(events_in(actor, here, EventFilter())),
            newest(events_in(actor, here, EventFilter(verb="asset.updated"))),
            newest(jobs_in(actor, here)),
            newest(jobs_in(actor, here, state="succeeded")),
            newest(jobs_in(actor, here, state="failed")),
        ]

    for each in lists:
        cost = asking.queryset_cost(large, tenant, each)
        assert cost.rows == 0
        assert cost.buffers <= 120
        assert cost.scanned == frozenset()


@tenants
def test_shoots_are_counted_along_their_own_index(large: psycopg.Connection, tenant: str) -> None:
    project = catalogue.project_id(asking.TENANTS[tenant], 1)
    with tenancy.scope(asking.organization(tenant)):
        rows = visible_shoots(asking.admin(tenant), project_id=project)
    statement, _ = newest([rows]).query.sql_with_params()
    _, _, counted = statement.partition("(SELECT COUNT(*)")

    # What else it says of the asset leads the planner elsewhere, once a project holds much.
    assert '"project_id"' not in counted.partition(" GROUP BY ")[0]


@tenants
def test_comments_and_versions_are_found_by_what_they_belong_to(
    large: psycopg.Connection, tenant: str
) -> None:
    version = version_in(large, tenant)
    with tenancy.scope(asking.organization(tenant)):
        lists = [
            comments_on_version(asking.admin(tenant), version).order_by("created_at", "id")[:101],
            comments_on_asset(asking.admin(tenant), Asset(id=version.asset_id)).order_by("created_at", "id")[
                :101
            ],
            versions_of([version.asset_id]).order_by("-number")[:101],
        ]

    for each in lists:
        cost = asking.queryset_cost(large, tenant, each)
        assert cost.buffers <= 150
        assert cost.scanned == frozenset()
