"""Collections: made by hand, frozen for shares."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from assets.models import Asset, Collection, CollectionItem
from assets.queries import asset_for, version_for
from assets.services import Edit, change_items, edit_many, freeze_collection
from dam.core import tenancy
from dam.core.access import SYSTEM, Actor, Permission, SharePass
from dam.core.db import new_id
from dam.core.errors import NotFound
from ingest.queries.consistency import contradictions
from orgs.services import create_project
from tests.assets.catalogue import deliver, titles
from tests.cast import Cast
from tests.waits import until_somebody_waits


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


def test_an_asset_that_moves_away_meanwhile_does_not_come_into_a_collection(committed_cast: Cast) -> None:
    cast, editor = committed_cast, committed_cast.editor
    asset, _ = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        elsewhere = create_project(actor=SYSTEM, name="Trailer").id
    address = editor.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"})["id"]

    def collect() -> int:
        try:
            return int(editor.post(f"/api/collections/{address}/assets", {"add": [str(asset.id)]}).status)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(cast.org_id):
            locked = asset_for(editor.actor, asset.id, Permission.EDIT, lock=True)
            edit_many(editor.actor, [Edit(locked, {"project_id": elsewhere})], operation_id=new_id())
            collecting = pool.submit(collect)
            until_somebody_waits()

        assert collecting.result() == 400
    assert editor.get(f"/api/collections/{address}")["asset_count"] == 0


def test_what_was_filled_since_it_was_read_is_not_filled_by_mistake(cast: Cast, collection: Any) -> None:
    assets = [str(deliver(cast.project)[0].id) for _ in range(2)]
    shoot = cast.editor.post("/api/shoots", {"project": str(cast.project.id), "name": "Harbour"})

    for address in (f"/api/collections/{collection['id']}", f"/api/shoots/{shoot['id']}"):
        read = {"If-Match": cast.editor.get(address).headers["ETag"]}
        first = cast.editor.post(f"{address}/assets", {"add": assets[:1]}, headers=read)
        refused = cast.editor.post(f"{address}/assets", {"add": assets[1:]}, headers=read)

        assert (first.status, refused.status) == (200, 412)
        now = cast.editor.get(address)
        assert (now["asset_count"], now.headers["ETag"]) == (1, first.headers["ETag"])


def test_collections_moved_below_each_other_at_once_never_form_a_circle(committed_cast: Cast) -> None:
    editor, project = committed_cast.editor, str(committed_cast.project.id)
    rows = [editor.post("/api/collections", {"project": project, "name": f"{n}"})["id"] for n in range(3)]
    together = threading.Barrier(12, timeout=30)

    def move(number: int) -> int:
        try:
            together.wait()
            own, other = rows[number % 3], rows[(number + 1) % 3]
            return int(editor.patch(f"/api/collections/{own}", {"parent": other}).status)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        answers = set(pool.map(move, range(12)))

    assert answers == {200, 400}
    parents = [editor.get(f"/api/collections/{each}")["parent"] for each in rows]
    assert parents.count(None) == 1


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


def record_of(cast: Cast, verb: str, **asked: str) -> list[dict[str, Any]]:
    query = "".join(f"&{name}={value}" for name, value in asked.items())
    found: list[dict[str, Any]] = cast.viewer.get(f"/api/activities?verb=collection.{verb}{query}")["results"]
    return found


def test_the_life_of_a_collection_is_on_record(cast: Cast, collection: Any) -> None:
    address = f"/api/collections/{collection['id']}"
    cast.editor.patch(address, {"name": "Circled"})
    cast.editor.patch(address, {"name": "Circled"})
    cast.editor.delete(address)

    told = {verb: record_of(cast, verb) for verb in ("created", "changed", "deleted")}

    assert {verb: len(lines) for verb, lines in told.items()} == {"created": 1, "changed": 1, "deleted": 1}
    assert {each["target"]["id"] for lines in told.values() for each in lines} == {collection["id"]}
    assert {each["project"] for lines in told.values() for each in lines} == {str(cast.project.id)}
    assert told["created"][0]["after"] == {"name": "Selects", "parent": None}
    assert told["changed"][0]["before"] == {"name": "Selects"}
    assert told["changed"][0]["after"] == {"name": "Circled"}
    assert told["deleted"][0]["before"] == {"name": "Circled", "parent": None, "assets": 0}


def test_what_came_and_went_is_on_record_and_what_changes_nothing_is_not(cast: Cast, collection: Any) -> None:
    one, two = (str(deliver(cast.project)[0].id) for _ in range(2))
    address = f"/api/collections/{collection['id']}/assets"
    for body in ({"add": [one]}, {"add": [one]}, {"add": [two], "remove": [one]}, {"remove": [one]}):
        assert cast.editor.post(address, body).status == 200

    last, first = record_of(cast, "items_changed")

    assert (first["before"], last["before"]) == ({"assets": 0}, {"assets": 1})
    came = {"assets": 1, "added_count": 1, "removed_count": 0, "added": [one], "removed": []}
    assert first["after"] == came
    assert last["after"] == came | {"removed_count": 1, "added": [two], "removed": [one]}
    assert last["actor"]["id"] == str(cast.editor.person.id)


def test_a_long_list_is_counted_whole_and_named_in_part(cast: Cast, collection: Any) -> None:
    with tenancy.scope(cast.org_id):
        many = Asset.objects.bulk_create(
            [Asset(project_id=cast.project.id, title="One of many", kind="image") for _ in range(120)]
        )
        row = Collection.objects.get(id=collection["id"])
        change_items(row, actor=cast.editor.actor, add=[each.id for each in many])

    told = record_of(cast, "items_changed")[0]["after"]

    assert (told["assets"], told["added_count"], len(told["added"])) == (120, 120, 100)


def test_a_refused_change_leaves_no_record(cast: Cast, collection: Any) -> None:
    address = f"/api/collections/{collection['id']}"

    assert cast.editor.post(f"{address}/assets", {"add": [str(uuid4())]}).status == 400
    assert cast.editor.patch(address, {"name": "Loop", "parent": collection["id"]}).status == 400
    assert cast.viewer.delete(address).status == 403

    assert [record_of(cast, each) for each in ("items_changed", "changed", "deleted")] == [[], [], []]


def test_strangers_read_nothing_of_it(cast: Cast, collection: Any) -> None:
    assert cast.stranger.get("/api/activities?verb=collection.created")["results"] == []


def test_a_collection_whose_making_nobody_recorded_is_found(cast: Cast, collection: Any) -> None:
    asset, _ = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        freeze_collection(project=cast.project, asset_ids=[asset.id])
        unrecorded = Collection.objects.create(project_id=cast.project.id, name="From nowhere")

        found = {each.row_id for each in contradictions(grace_s=0) if "collection.created" in each.detail}

    assert found == {str(unrecorded.id)}
