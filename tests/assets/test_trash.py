"""The trash: what lies there says when it goes, and what comes out of it is as it went in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from assets.models import Asset, Version
from assets.services import empty_trash
from comments.services import create_comment
from dam.core import tenancy
from tests.assets.catalogue import deliver
from tests.assets.test_holds import place_hold
from tests.cast import Cast
from tests.shares.gallery import share


def trashed(cast: Cast) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = cast.viewer.get("/api/assets?trashed=true")["results"]
    return rows


def test_what_lies_in_the_trash_says_when_it_is_purged(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    cast.editor.delete(f"/api/assets/{asset.id}")

    [row] = trashed(cast)

    since, until = (datetime.fromisoformat(row[name]) for name in ("trashed_at", "purge_at"))
    assert until - since == timedelta(days=settings.TRASH_DAYS)
    assert row["held"] is False
    deliver(cast.project)
    assert "purge_at" not in cast.viewer.get("/api/assets")["results"][0]


def test_an_organisation_sets_for_how_long_its_trash_keeps_things(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    theirs, _ = deliver(cast.foreign)
    cast.editor.delete(f"/api/assets/{asset.id}")
    cast.stranger.delete(f"/api/assets/{theirs.id}")
    for organization, each in ((cast.org_id, asset), (cast.foreign.organization_id, theirs)):
        with tenancy.scope(organization):
            Asset.objects.filter(id=each.id).update(trashed_at=timezone.now() - timedelta(days=8))
    path = f"/api/orgs/{cast.org_id}"
    before = cast.viewer.get(path)
    assert (before["trash_days"], before["trash_days_own"]) == (settings.TRASH_DAYS, False)

    empty_trash()
    assert len(trashed(cast)) == 1
    changed = cast.owner.patch(path, {"trash_days": 9})
    told = changed["trash_days"], changed["trash_days_own"], changed["trash_days_platform"]
    assert told == (9, True, settings.TRASH_DAYS)
    [row] = trashed(cast)
    since, until = (datetime.fromisoformat(row[name]) for name in ("trashed_at", "purge_at"))
    assert until - since == timedelta(days=9)
    empty_trash()
    assert len(trashed(cast)) == 1
    cast.owner.patch(path, {"trash_days": 7})
    empty_trash()

    assert trashed(cast) == []
    assert len(cast.stranger.get("/api/assets?trashed=true")["results"]) == 1
    assert cast.owner.patch(path, {"trash_days": None})["trash_days"] == settings.TRASH_DAYS


@pytest.mark.parametrize("days", [0, -1, 3651, "soon", 1.5, [7]])
def test_days_in_the_trash_have_bounds(cast: Cast, days: Any) -> None:
    answer = cast.owner.patch(f"/api/orgs/{cast.org_id}", {"trash_days": days})

    assert (answer.status, list(answer["errors"])) == (400, ["trash_days"])
    assert cast.editor.patch(f"/api/orgs/{cast.org_id}", {"trash_days": 7}).status == 403


def test_what_is_held_is_never_purged_by_itself(cast: Cast) -> None:
    places: list[dict[str, Any]] = []
    for name in ("asset", "version"):
        asset, version = deliver(cast.project)
        cast.editor.delete(f"/api/assets/{asset.id}")
        places.append({name: {"asset": asset, "version": version}[name]})
    for place in places:
        place_hold(cast, **place)

    assert [(each["held"], each["purge_at"]) for each in trashed(cast)] == [(True, None)] * 2


def test_an_asset_comes_back_with_all_that_belongs_to_it(cast: Cast) -> None:
    asset, first = deliver(cast.project, title="Opening", tags=["night"])
    deliver(cast.project, asset_id=asset.id)
    with tenancy.scope(cast.org_id):
        version = Version.objects.select_related("asset").get(id=first.id)
        create_comment(actor=cast.editor.actor, version=version, given={"body": "Darker"})
    cast.owner.post("/api/fields", {"org": str(cast.org_id), "name": "Niche", "type": "text"})
    cast.editor.patch(f"/api/assets/{asset.id}", {"fields": {"niche": "cars"}})
    made = cast.editor.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"})
    held = f"/api/collections/{made['id']}"
    cast.editor.post(f"{held}/assets", {"add": [str(asset.id)]})
    link = share(cast, asset)
    before = cast.viewer.get(f"/api/assets/{asset.id}").json

    cast.editor.delete(f"/api/assets/{asset.id}")
    assert cast.viewer.get(held)["asset_count"] == 0
    assert cast.nobody.get(f"/api/s/{link['token']}/assets")["results"] == []
    assert cast.viewer.get(f"/api/versions/{first.id}").status == 404

    answer = cast.editor.post(f"/api/assets/{asset.id}/restore")

    assert answer.status == 200
    after = cast.viewer.get(f"/api/assets/{asset.id}").json
    assert after | {"updated_at": None} == before | {"updated_at": None}
    assert (after["version_count"], after["comment_count"]) == (2, 1)
    assert (after["fields"], after["tags"]) == ({"niche": "cars"}, ["night"])
    assert cast.viewer.get(held)["asset_count"] == 1
    shown = cast.nobody.get(f"/api/s/{link['token']}/assets")["results"]
    assert [each["id"] for each in shown] == [str(asset.id)]
    assert [each["id"] for each in cast.viewer.get("/api/assets?q=opening")["results"]] == [str(asset.id)]


def test_restoring_what_is_not_in_the_trash_changes_nothing(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        before = Asset.objects.get(id=asset.id).updated_at

    assert cast.editor.post(f"/api/assets/{asset.id}/restore").status == 200
    assert cast.viewer.post(f"/api/assets/{asset.id}/restore").status == 403
    with tenancy.scope(cast.org_id):
        assert Asset.objects.get(id=asset.id).updated_at == before
