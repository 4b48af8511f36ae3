"""One asset: who may read, change, trash and restore it."""

from typing import Any
from uuid import uuid4

import pytest

from activity.models import Event
from assets.models import Asset
from dam.core import tenancy
from tests.assets.catalogue import deliver
from tests.cast import Cast


@pytest.fixture
def asset(cast: Cast) -> Asset:
    return deliver(cast.project)[0]


def test_an_asset_carries_its_versions_and_shares(cast: Cast, asset: Asset) -> None:
    deliver(cast.project, asset_id=asset.id, name="second.mov")

    answer = cast.viewer.get(f"/api/assets/{asset.id}")

    assert answer.status == 200
    assert [each["number"] for each in answer["versions"]] == [2, 1]
    assert answer["shares"] == []
    assert answer["current_version"]["number"] == 2
    assert answer.headers["ETag"]


@pytest.mark.parametrize("method", ["get", "delete"])
def test_what_cannot_be_seen_is_not_found(cast: Cast, asset: Asset, method: str) -> None:
    for api, address in [
        (cast.stranger, f"/api/assets/{asset.id}"),
        (cast.owner, f"/api/assets/{uuid4()}"),
        (cast.owner, "/api/assets/nonsense"),
    ]:
        assert getattr(api, method)(address).status == 404
    assert getattr(cast.nobody, method)(f"/api/assets/{asset.id}").status == 401


def test_editors_and_above_change_metadata(cast: Cast, asset: Asset) -> None:
    change = {"title": "Final cut", "tags": ["a", "b", "a "]}

    statuses = {
        name: api.patch(f"/api/assets/{asset.id}", change).status for name, api in cast.members().items()
    }

    assert statuses == {"owner": 200, "editor": 200, "reviewer": 403, "viewer": 403}
    assert cast.stranger.patch(f"/api/assets/{asset.id}", change).status == 404
    row = cast.viewer.get(f"/api/assets/{asset.id}")
    assert (row["title"], row["tags"]) == ("Final cut", ["a", "b"])


def test_a_change_is_recorded_once_with_before_and_after(cast: Cast, asset: Asset) -> None:
    for _ in range(2):
        cast.editor.patch(f"/api/assets/{asset.id}", {"title": "Final cut"})

    with tenancy.scope(cast.org_id):
        events = list(Event.objects.filter(verb="asset.updated", asset_id=asset.id))
    assert [(each.before, each.after) for each in events] == [
        ({"title": "Opening shot"}, {"title": "Final cut"})
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"title": None}, "title"),
        ({"tags": "hero"}, "tags"),
        ({"tags": [""]}, "tags.0"),
        ({"tags": ["x" * 101]}, "tags.0"),
        ({"tags": [str(each) for each in range(101)]}, "tags"),
        ({"fields": {"sku": 1}}, "fields.sku"),
        ({"fields": []}, "fields"),
        ({"kind": "video"}, "kind"),
    ],
)
def test_a_bad_change_names_its_field_and_changes_nothing(
    cast: Cast, asset: Asset, change: dict[str, Any], field: str
) -> None:
    answer = cast.editor.patch(f"/api/assets/{asset.id}", change)

    assert (answer.status, list(answer.errors)) == (400, [field])
    assert cast.viewer.get(f"/api/assets/{asset.id}")["title"] == "Opening shot"


def test_a_stale_if_match_changes_nothing(cast: Cast, asset: Asset) -> None:
    stale = cast.editor.get(f"/api/assets/{asset.id}").headers["ETag"]
    fresh = cast.editor.patch(f"/api/assets/{asset.id}", {"title": "One"}, headers={"If-Match": stale})

    assert fresh.status == 200
    assert (
        cast.editor.patch(f"/api/assets/{asset.id}", {"title": "Two"}, headers={"If-Match": stale}).status
        == 412
    )
    assert cast.editor.delete(f"/api/assets/{asset.id}", headers={"If-Match": stale}).status == 412
    assert cast.editor.get(f"/api/assets/{asset.id}")["title"] == "One"


def test_a_deleted_asset_lies_in_the_trash_until_it_is_restored(cast: Cast, asset: Asset) -> None:
    assert cast.reviewer.delete(f"/api/assets/{asset.id}").status == 403
    assert cast.editor.delete(f"/api/assets/{asset.id}").status == 204

    assert cast.editor.get(f"/api/assets/{asset.id}").status == 404
    assert cast.editor.get("/api/assets")["results"] == []
    assert [each["id"] for each in cast.editor.get("/api/assets?trashed=true")["results"]] == [str(asset.id)]
    assert cast.viewer.post(f"/api/assets/{asset.id}/restore").status == 403
    assert cast.editor.post(f"/api/assets/{asset.id}/restore").status == 200
    assert cast.editor.get(f"/api/assets/{asset.id}").status == 200
