"""Collections: made by hand, frozen for shares."""

from typing import Any
from uuid import uuid4

import pytest

from assets.models import Collection, CollectionItem
from assets.queries import asset_for, version_for
from assets.services import freeze_collection
from dam.core import tenancy
from dam.core.access import Actor, Permission, SharePass
from dam.core.errors import NotFound
from tests.assets.catalogue import deliver, titles
from tests.cast import Cast


@pytest.fixture
def collection(cast: Cast) -> Any:
    answer = cast.editor.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"})
    assert answer.status == 201
    return answer.json


def test_an_editor_makes_and_fills_a_collection(cast: Cast, collection: Any) -> None:
    asset, _ = deliver(cast.project)
    deliver(cast.project, title="Left out")
    address = f"/api/collections/{collection['id']}"

    filled = cast.editor.post(f"{address}/assets", {"add": [str(asset.id)]})

    assert (filled.status, filled["asset_count"]) == (200, 1)
    assert cast.editor.post(f"{address}/assets", {"add": [str(asset.id)]})["asset_count"] == 1
    assert titles(cast.viewer.get(f"/api/assets?collection={collection['id']}")) == ["Opening shot"]
    assert cast.viewer.get("/api/collections")["results"][0]["asset_count"] == 1
    assert cast.editor.post(f"{address}/assets", {"remove": [str(asset.id)]})["asset_count"] == 0


def test_roles_and_strangers(cast: Cast, collection: Any) -> None:
    address = f"/api/collections/{collection['id']}"

    assert {api.get(address).status for api in cast.members().values()} == {200}
    assert cast.stranger.get(address).status == 404
    for api, status in ((cast.reviewer, 403), (cast.viewer, 403), (cast.stranger, 404), (cast.nobody, 401)):
        assert api.patch(address, {"name": "Mine"}).status == status
        assert api.delete(address).status == status
        assert api.post(f"{address}/assets", {"add": []}).status == status
    assert cast.stranger.post("/api/collections", {"project": str(cast.project.id), "name": "x"}).errors
    assert cast.viewer.post("/api/collections", {"project": str(cast.project.id), "name": "x"}).status == 403


def test_assets_of_elsewhere_are_refused_in_the_words_for_what_does_not_exist(
    cast: Cast, collection: Any
) -> None:
    foreign, _ = deliver(cast.foreign)
    address = f"/api/collections/{collection['id']}/assets"

    answers = [cast.editor.post(address, {"add": [str(each)]}) for each in (foreign.id, uuid4())]

    assert [each.status for each in answers] == [400, 400]
    assert answers[0].errors == answers[1].errors
    assert list(answers[0].errors) == ["add.0"]


def test_a_collection_cannot_lie_below_itself(cast: Cast, collection: Any) -> None:
    child = cast.editor.post(
        "/api/collections", {"project": str(cast.project.id), "name": "Inner", "parent": collection["id"]}
    )

    answer = cast.editor.patch(f"/api/collections/{collection['id']}", {"parent": child["id"]})

    assert list(answer.errors) == ["parent"]
    assert cast.editor.delete(f"/api/collections/{collection['id']}").problem == "in-use"
    assert cast.editor.delete(f"/api/collections/{child['id']}").status == 204
    assert cast.editor.delete(f"/api/collections/{collection['id']}").status == 204


def test_a_smart_collection_is_refused_until_it_exists(cast: Cast) -> None:
    body = {"project": str(cast.project.id), "name": "Smart", "query": {"kind": "video"}}

    assert list(cast.editor.post("/api/collections", body).errors) == ["query"]


def guest_of(cast: Cast, collection: Collection) -> Actor:
    share = SharePass(
        share_id=uuid4(),
        organization_id=cast.org_id,
        project_id=cast.project.id,
        collection_id=collection.id,
        allow_download=False,
        allow_comments=True,
    )
    return Actor(kind="guest", id=None, share=share)


@pytest.mark.parametrize(("versions", "seen"), [("current", 2), ("frozen", 1)])
def test_a_guest_sees_the_assets_of_the_share_and_one_version_of_each(
    cast: Cast, versions: Any, seen: int
) -> None:
    asset, first = deliver(cast.project)
    other, _ = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        frozen = freeze_collection(project=cast.project, asset_ids=[asset.id], versions=versions)
    second = deliver(cast.project, asset_id=asset.id)[1]
    guest = guest_of(cast, frozen)

    with tenancy.scope(cast.org_id):
        by_number = {1: first, 2: second}
        assert asset_for(guest, asset.id, Permission.VIEW) == asset
        assert version_for(guest, by_number[seen].id, Permission.VIEW).number == seen
        for denied in (lambda: version_for(guest, by_number[3 - seen].id, Permission.VIEW),
                       lambda: asset_for(guest, other.id, Permission.VIEW)):  # fmt: skip
            with pytest.raises(NotFound):
                denied()


def test_a_frozen_collection_is_hidden_from_people(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        frozen = freeze_collection(project=cast.project, asset_ids=[asset.id])
        assert CollectionItem.objects.filter(collection=frozen).count() == 1

    assert cast.owner.get("/api/collections")["results"] == []
    assert cast.owner.get(f"/api/collections/{frozen.id}").status == 404
    assert cast.owner.get(f"/api/assets?collection={frozen.id}").status == 404
