"""Lists beside the catalogue's: comments, versions, activity, jobs."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from activity.queries import EventFilter, events_in
from assets.models import Asset, Version
from assets.queries import versions_of
from bench import catalogue
from comments.queries import comments_on_asset, comments_on_version
from dam.core import tenancy
from dam.core.db import new_id
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


def newest(queryset: Any, *, limit: int = 101) -> Any:
    return queryset.order_by("-created_at", "-id")[:limit]


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
                EventFilter(verb="asset.purged"),
            )
        ]

    for each, most in zip(lists, (150, 400, 20, 20, 20), strict=True):
        cost = asking.queryset_cost(large, tenant, each)
        assert cost.buffers <= most
        assert cost.scanned == frozenset()


@tenants
def test_jobs_walk_an_index(large: psycopg.Connection, tenant: str) -> None:
    here, project = asking.organization(tenant), catalogue.project_id(asking.TENANTS[tenant], 1)
    with tenancy.scope(here):
        whole = newest(jobs_in(asking.admin(tenant), here))
        narrow = newest(jobs_in(asking.admin(tenant), here, project_id=project))

    for each, most in ((whole, 150), (narrow, 400)):
        cost = asking.queryset_cost(large, tenant, each)
        assert cost.buffers <= most
        assert cost.scanned == frozenset()


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
