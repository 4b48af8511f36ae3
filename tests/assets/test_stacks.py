"""Stacks: an asset becomes a version of another, a version an asset again, and nothing said of them is lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from activity.models import Event
from assets.models import Asset
from assets.queries import asset_for, version_for
from assets.services import detach_version
from comments.services import create_comment
from dam.core import tenancy
from dam.core.access import Permission
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.shares.gallery import share
from tests.waits import until_somebody_waits


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


def test_every_change_of_a_stack_tells_what_was_before_and_what_is_after(
    cast: Cast, pair: tuple[Asset, Asset]
) -> None:
    asset, other = pair
    first, second = str(asset.current_version_id), str(other.current_version_id)
    attach(cast, asset, other)
    cast.editor.post(f"/api/versions/{first}/promote")
    cast.editor.post(f"/api/versions/{first}/detach")
    cast.editor.delete(f"/api/assets/{asset.id}")
    cast.editor.post(f"/api/assets/{asset.id}/restore")
    cast.editor.post(f"/api/assets/{asset.id}/versions", {"name": "again.mov"})

    lines = cast.viewer.get(f"/api/activities?asset={asset.id}&limit=500")["results"]

    told = {each["verb"]: (each["before"], each["after"]) for each in reversed(lines)}
    assert told["asset.created"] == (None, {"title": "First cut", "tags": [], "fields": {}})
    assert told["version.attached"] == (
        {"current_version": first, "version_count": 1},
        {"current_version": second, "version_count": 2, "title": "Second cut"},
    )
    assert told["version.promoted"] == ({"current_version": second}, {"current_version": first})
    before, after = told["version.detached"]
    assert before == {"current_version": first, "version_count": 2}
    assert {name: after[name] for name in before} == {"current_version": second, "version_count": 1}
    assert told["asset.deleted"][0] == told["asset.restored"][1] == {"trashed_at": None}
    assert told["asset.deleted"][1] == told["asset.restored"][0]
    assert told["version.created"][1]["name"] == "again.mov"
    assert told["version.created"][1]["cloned_from"] == second
    [gone] = cast.viewer.get(f"/api/activities?asset={other.id}&verb=asset.attached")["results"]
    assert (gone["before"]["title"], gone["after"]) == ("Second cut", {"asset": str(asset.id)})


@pytest.mark.parametrize("change", ["attach", "promote", "detach"])
def test_a_stack_that_has_changed_since_it_was_read_stays_as_it_is(
    cast: Cast, pair: tuple[Asset, Asset], change: str
) -> None:
    asset, other = pair
    version = str(asset.current_version_id)
    if change != "attach":
        attach(cast, asset, other)
    address = f"/api/versions/{version}/{change}" if change != "attach" else f"/api/assets/{asset.id}/attach"
    body = {"asset": str(other.id)} if change == "attach" else None
    read = cast.editor.get(f"/api/assets/{asset.id}").headers["ETag"]
    cast.editor.patch(f"/api/assets/{asset.id}", {"title": "Somebody else's"})

    refused = cast.editor.post(address, body, headers={"If-Match": read})

    assert (refused.status, refused.problem) == (412, "precondition-failed")
    now = cast.editor.get(f"/api/assets/{asset.id}")
    assert now["version_count"] == (1 if change == "attach" else 2)
    done = cast.editor.post(address, body, headers={"If-Match": now.headers["ETag"]})
    assert done.status == (201 if change == "detach" else 200), done


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


def test_a_version_that_leaves_meanwhile_is_not_made_the_head_of_its_former_stack(
    committed_cast: Cast,
) -> None:
    cast, editor = committed_cast, committed_cast.editor.actor
    (asset, first), (other, second) = (deliver(cast.project, title=each) for each in ("First", "Second"))
    attach(cast, asset, other)
    leaving, head = second.id, first.id
    cast.editor.post(f"/api/versions/{head}/promote")

    def promote() -> int:
        try:
            return int(cast.editor.post(f"/api/versions/{leaving}/promote").status)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(cast.org_id):
            locked = asset_for(editor, asset.id, Permission.EDIT, lock=True)
            promoting = pool.submit(promote)
            until_somebody_waits()
            version = version_for(editor, leaving, Permission.EDIT, lock=True)
            detach_version(editor, asset=locked, version=version)

        assert promoting.result() == 409
    assert cast.viewer.get(f"/api/assets/{asset.id}")["current_version"]["id"] == str(head)
