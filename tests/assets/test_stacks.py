"""Stacks: an asset becomes a version of another, a version an asset again, and nothing said of them is lost."""

from typing import Any

import pytest

from activity.models import Event
from assets.models import Asset
from comments.services import create_comment
from dam.core import tenancy
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.shares.gallery import share


@pytest.fixture
def pair(cast: Cast) -> tuple[Asset, Asset]:
    return deliver(cast.project, title="First cut")[0], deliver(cast.project, title="Second cut")[0]


def attach(cast: Cast, asset: Asset, other: Asset, **options: Any) -> Any:
    return cast.editor.post(f"/api/assets/{asset.id}/attach", {"asset": str(other.id)}, **options)


def test_an_attached_asset_is_the_newest_version_and_no_asset_any_more(
    cast: Cast, pair: tuple[Asset, Asset]
) -> None:
    asset, other = pair

    answer = attach(cast, asset, other)

    assert (answer.status, answer["title"], answer["version_count"]) == (200, "First cut", 2)
    assert [each["number"] for each in answer["versions"]] == [2, 1]
    assert answer["current_version"]["id"] == str(other.current_version_id)
    assert cast.viewer.get(f"/api/assets/{other.id}").status == 404
    assert [each["title"] for each in cast.viewer.get("/api/assets")["results"]] == ["First cut"]


def test_comments_stay_with_their_version_there_and_back(cast: Cast, pair: tuple[Asset, Asset]) -> None:
    asset, other = pair
    with tenancy.scope(cast.org_id):
        version = other.versions.select_related("asset").get()
        create_comment(actor=cast.editor.actor, version=version, given={"body": "Darker"})

    attach(cast, asset, other)
    assert cast.viewer.get(f"/api/assets/{asset.id}")["comment_count"] == 1
    fresh = cast.editor.post(f"/api/versions/{other.current_version_id}/detach")

    assert (fresh.status, fresh["title"], fresh["comment_count"]) == (201, "Second cut", 1)
    assert cast.viewer.get(f"/api/assets/{asset.id}")["comment_count"] == 0


def test_a_detached_version_is_described_as_before_it_was_attached(
    cast: Cast, pair: tuple[Asset, Asset]
) -> None:
    asset, other = pair
    cast.editor.patch(f"/api/assets/{other.id}", {"tags": ["night"]})
    attach(cast, asset, other)

    fresh = cast.editor.post(f"/api/versions/{other.current_version_id}/detach")
    head = cast.viewer.get(f"/api/assets/{asset.id}")

    assert (fresh["title"], fresh["tags"], fresh["versions"][0]["number"]) == ("Second cut", ["night"], 1)
    assert (head["version_count"], head["current_version"]["number"]) == (1, 1)
    assert cast.viewer.get("/api/assets?tag=night")["results"][0]["id"] == fresh["id"]


def test_a_version_that_was_delivered_here_takes_a_copy_of_its_assets_words(cast: Cast) -> None:
    asset, first = deliver(cast.project, title="Cut")
    deliver(cast.project, asset_id=asset.id)

    fresh = cast.editor.post(f"/api/versions/{first.id}/detach")

    assert (fresh.status, fresh["title"]) == (201, "Cut")
    assert cast.viewer.get(f"/api/assets/{asset.id}")["current_version"]["number"] == 2


def test_the_only_version_is_not_detached_and_no_asset_attached_to_itself(
    cast: Cast, pair: tuple[Asset, Asset]
) -> None:
    asset, _ = pair

    assert cast.editor.post(f"/api/versions/{asset.current_version_id}/detach").status == 409
    same = attach(cast, asset, asset)
    assert (same.status, list(same["errors"])) == (400, ["asset"])


def test_the_same_bytes_are_not_stacked_twice(cast: Cast, pair: tuple[Asset, Asset]) -> None:
    asset, other = pair
    with tenancy.scope(cast.org_id):
        digest = asset.versions.get().sha256
    deliver(cast.project, asset_id=other.id, sha256=digest)

    assert attach(cast, asset, other).status == 409
    assert cast.viewer.get(f"/api/assets/{other.id}")["version_count"] == 2


def test_links_go_on_showing_what_they_showed(cast: Cast, pair: tuple[Asset, Asset]) -> None:
    asset, other = pair
    link = share(cast, other, versions="frozen")
    path = f"/api/s/{link['token']}/assets"

    attach(cast, asset, other)
    deliver(cast.project, asset_id=asset.id)
    shown = cast.nobody.get(path)["results"]
    assert [each["current_version"]["id"] for each in shown] == [str(other.current_version_id)]

    cast.editor.post(f"/api/versions/{other.current_version_id}/detach")
    shown = cast.nobody.get(path)["results"]
    assert [each["current_version"]["id"] for each in shown] == [str(other.current_version_id)]


def test_only_editors_of_both_attach(cast: Cast, pair: tuple[Asset, Asset]) -> None:
    asset, other = pair
    body = {"asset": str(other.id)}

    assert cast.reviewer.post(f"/api/assets/{asset.id}/attach", body).status == 403
    elsewhere, _ = deliver(cast.foreign)
    foreign = attach(cast, asset, elsewhere)
    assert (foreign.status, list(foreign["errors"])) == (400, ["asset"])


def test_both_ways_are_recorded(cast: Cast, pair: tuple[Asset, Asset]) -> None:
    asset, other = pair
    attach(cast, asset, other)
    cast.editor.post(f"/api/versions/{other.current_version_id}/detach")

    with tenancy.scope(cast.org_id):
        verbs = list(Event.objects.order_by("id").values_list("verb", flat=True))[-4:]
    assert verbs == ["asset.attached", "version.attached", "asset.created", "version.detached"]
