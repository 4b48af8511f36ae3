"""Deep paging over a whale's rows that all carry one timestamp, while others come and go."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection

from assets.models import Asset
from dam.core import tenancy
from dam.core.db import new_id
from orgs.models import Project
from tests.assets.catalogue import deliver
from tests.cast import Api, Cast

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
WHALE = 5000


def fill(project: Project, count: int) -> list[UUID]:
    """Write assets of one import: one timestamp for all."""
    ids = [new_id() for _ in range(count)]
    with tenancy.scope(project.organization_id):
        Asset.objects.bulk_create(
            [Asset(id=each, project_id=project.id, title="Same", kind="image") for each in ids],
            batch_size=1000,
        )
        Asset.objects.filter(id__in=ids).update(created_at=MOMENT)
    return ids


def walk(api: Api, address: str) -> list[list[str]]:
    pages = []
    while address:
        page = api.get(address)
        pages.append([each["id"] for each in page["results"]])
        address = page["next"]
    return pages


@pytest.mark.parametrize("sort", ["-created_at", "title"])
def test_no_stable_row_is_missed_or_told_twice_while_rows_come_and_go(cast: Cast, sort: str):
    ids = fill(cast.project, WHALE)
    small = [deliver(cast.foreign)[0] for _ in range(3)]
    doomed = ids[5::10]
    stable = {str(each) for each in ids} - {str(each) for each in doomed}

    seen: list[str] = []
    address = f"/api/assets?project={cast.project.id}&sort={sort}&limit=250"
    turn = 0
    while address:
        page = cast.viewer.get(address)
        seen += [each["id"] for each in page["results"]]
        fill(cast.project, 5)
        with tenancy.scope(cast.org_id):
            Asset.objects.filter(id__in=doomed[turn * 25 : turn * 25 + 25]).delete()
        assert {each["id"] for each in cast.stranger.get("/api/assets")["results"]} == {
            str(each.id) for each in small
        }
        address, turn = page["next"], turn + 1

    assert turn >= 18
    assert len(seen) == len(set(seen))
    assert stable <= set(seen)


def test_a_small_tenant_counts_and_finds_its_own_beside_a_whale(cast: Cast):
    fill(cast.project, 500)
    ours = [deliver(cast.foreign, title=f"Small {n}")[0] for n in range(3)]

    whole = cast.stranger.get("/api/assets?count=exact&q=Small")

    assert whole["count"] == {"value": 3, "exact": True}
    assert cast.stranger.get("/api/assets?count=capped")["count"] == {"value": 3, "exact": True}
    assert cast.stranger.get("/api/assets?q=Same&count=exact")["count"]["value"] == 0
    assert len(ours) == 3


def test_a_cursor_in_strange_hands_opens_nothing(cast: Cast):
    fill(cast.project, 4)
    following = cast.viewer.get("/api/assets?limit=2")["next"]

    assert following
    assert cast.stranger.get(following)["results"] == []
    assert cast.nobody.get(following).status == 401


def test_a_removed_members_addresses_are_dead(cast: Cast):
    fill(cast.project, 4)
    following = cast.viewer.get("/api/assets?limit=2")["next"]
    bound = cast.viewer.get(f"/api/assets?project={cast.project.id}&limit=2")["next"]
    rows = cast.owner.get(f"/api/projects/{cast.project.id}/members")["results"]
    grant = next(each for each in rows if each["role"] == "viewer")

    cast.owner.delete(f"/api/projects/{cast.project.id}/members/{grant['id']}")

    assert cast.viewer.get(bound).status == 404
    assert cast.viewer.get(following).status == 400
    assert cast.viewer.get(f"/api/activities?project={cast.project.id}").status == 404
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM orgs_projectmembership WHERE user_id = %s", [cast.viewer.person.id]
        )
        assert cursor.fetchone() == (0,)
