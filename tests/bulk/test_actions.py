"""Many assets are moved, collected, trashed, restored and rebuilt by one job."""

from __future__ import annotations

from typing import Any

import pytest

from activity.models import Event
from assets.models import Version
from bulk import actions
from dam.core import tenancy
from dam.core.access import SYSTEM, Permission, Role
from dam.core.errors import invalid
from orgs.models import Project
from orgs.services import Place, create_project, set_grant
from previews.models import Preview
from tests.assets.test_holds import place_hold
from tests.bulk.work import ask, asset_now, assets_of, bulk, finish, ids_of, row, undo
from tests.cast import Cast
from tests.shares.gallery import share


def second_project(cast: Cast, role: Role | None = Role.EDITOR) -> Project:
    with tenancy.scope(cast.org_id):
        project = create_project(actor=SYSTEM, name="Trailer")
        if role is not None:
            set_grant(user=cast.editor.person, place=Place(project=project), role=role)
    return project


def collection(cast: Cast, **more: Any) -> str:
    made = cast.editor.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"} | more)
    return str(made["id"])


def members(cast: Cast, collection_id: str) -> set[str]:
    found = cast.owner.get(f"/api/assets?collection={collection_id}&limit=500")
    return {each["id"] for each in found["results"]}


# --- moving -------------------------------------------------------------------------------------------


def test_assets_move_with_their_versions_comments_and_bytes(cast: Cast) -> None:
    chosen, place = assets_of(cast, 2), second_project(cast)
    version = row(cast, chosen[0])["current_version"]["id"]
    assert cast.editor.post(f"/api/versions/{version}/comments", {"body": "Stays"}).status == 201
    with tenancy.scope(cast.org_id):
        keys = set(Version.objects.filter(asset__in=chosen).values_list("master__key", flat=True))

    job = bulk(cast, chosen, {"move": str(place.id)})

    assert (job["result"]["done"], job["result"]["failed"]) == (2, 0)
    assert {row(cast, each)["project"] for each in chosen} == {str(place.id)}
    assert cast.editor.get(f"/api/assets/{chosen[0].id}/comments")["results"][0]["body"] == "Stays"
    assert cast.editor.get(f"/api/assets?project={cast.project.id}")["results"] == []
    assert cast.viewer.get(f"/api/assets/{chosen[0].id}").status == 404
    with tenancy.scope(cast.org_id):
        assert keys == set(Version.objects.filter(asset__in=chosen).values_list("master__key", flat=True))
        told = Event.objects.filter(operation_id=job["id"], asset_id=chosen[0].id)
        assert {(each.verb, each.project_id) for each in told} == {
            ("asset.moved", cast.project.id),
            ("asset.moved", place.id),
        }


def test_a_move_leaves_hand_made_collections_and_its_undo_comes_back_to_them(cast: Cast) -> None:
    chosen, place, selects = assets_of(cast, 2), second_project(cast), collection(cast)
    cast.editor.post(f"/api/collections/{selects}/assets", {"add": ids_of(chosen)})

    job = bulk(cast, chosen, {"move": str(place.id), "tag": ["moved"]})
    assert members(cast, selects) == set()
    back = undo(cast, job)

    assert back["result"]["done"] == 2
    assert members(cast, selects) == set(ids_of(chosen))
    assert {(row(cast, each)["project"], tuple(row(cast, each)["tags"])) for each in chosen} == {
        (str(cast.project.id), ())
    }


def test_a_link_goes_on_showing_what_moves(cast: Cast) -> None:
    chosen, place = assets_of(cast, 1), second_project(cast)
    link = share(cast, chosen[0], allow_comments=True)
    version = row(cast, chosen[0])["current_version"]["id"]

    bulk(cast, chosen, {"move": str(place.id)})

    shown = cast.nobody.get(f"/api/s/{link['token']}/assets")
    assert [each["id"] for each in shown["results"]] == ids_of(chosen)
    assert cast.nobody.get(f"/api/s/{link['token']}/versions/{version}/comments").status == 200


def test_a_move_needs_to_edit_in_both_projects(cast: Cast) -> None:
    chosen = assets_of(cast, 1)
    looked_at, hidden = second_project(cast, Role.VIEWER), second_project(cast, None)

    assert ask(cast.editor, chosen, {"move": str(looked_at.id)}).status == 403
    for unseen in (hidden, cast.foreign):
        answer = ask(cast.editor, chosen, {"move": str(unseen.id)})
        assert (answer.status, list(answer.errors)) == (400, ["action.move"])
    assert row(cast, chosen[0])["project"] == str(cast.project.id)


# --- collecting ---------------------------------------------------------------------------------------


def test_assets_are_collected_once(cast: Cast) -> None:
    chosen, selects = assets_of(cast, 3), collection(cast)
    cast.editor.post(f"/api/collections/{selects}/assets", {"add": ids_of(chosen[:1])})

    job = bulk(cast, {"project": str(cast.project.id)}, {"collect": selects})

    assert (job["result"]["done"], job["result"]["failed"]) == (3, 0)
    assert members(cast, selects) == set(ids_of(chosen))
    with tenancy.scope(cast.org_id):
        line = Event.objects.get(operation_id=job["id"])
    assert (line.verb, line.before) == ("collection.items_changed", {"assets": 1})
    assert line.after is not None
    assert (line.after["assets"], line.after["added_count"]) == (3, 2)


def test_assets_of_another_project_are_not_collected(cast: Cast) -> None:
    (ours,), place, selects = assets_of(cast, 1), second_project(cast), collection(cast)
    theirs = assets_of(cast, 1)
    bulk(cast, theirs, {"move": str(place.id)})

    job = bulk(cast, [ours, *theirs], {"collect": selects, "tag": ["x"]})

    assert (job["result"]["done"], [each["id"] for each in job["result"]["errors"]]) == (1, ids_of(theirs))
    assert members(cast, selects) == {str(ours.id)}
    assert row(cast, theirs[0])["tags"] == []


def test_a_collection_that_goes_meanwhile_fails_the_job(cast: Cast) -> None:
    chosen, selects = assets_of(cast, 1), collection(cast)
    job = ask(cast.editor, chosen, {"collect": selects})
    cast.editor.delete(f"/api/collections/{selects}")

    ended = finish(cast, job)

    assert (ended["state"], ended["error"]["type"]) == ("failed", "/problems/gone")


# --- the trash ----------------------------------------------------------------------------------------


def test_assets_go_to_the_trash_and_come_back(cast: Cast) -> None:
    chosen = assets_of(cast, 3)

    trashed = bulk(cast, {"project": str(cast.project.id)}, {"trash": True})
    assert (trashed["result"]["done"], trashed["result"]["changed"]) == (3, 3)
    assert cast.viewer.get("/api/assets")["results"] == []
    with tenancy.scope(cast.org_id):
        assert Event.objects.filter(operation_id=trashed["id"], verb="asset.deleted").count() == 3
    assert asset_now(cast, chosen[0]).trashed_by == cast.editor.person.id

    restored = bulk(cast, {"project": str(cast.project.id)}, {"restore": True})
    assert (restored["result"]["done"], restored["result"]["changed"]) == (3, 3)
    assert len(cast.viewer.get("/api/assets")["results"]) == 3
    with tenancy.scope(cast.org_id):
        assert Event.objects.filter(operation_id=restored["id"], verb="asset.restored").count() == 3


@pytest.mark.parametrize("action", ["trash", "move"])
def test_what_a_legal_hold_keeps_stays_where_it_is(cast: Cast, action: str) -> None:
    free, held = assets_of(cast, 2)
    place_hold(cast, asset=held)
    wanted = {"trash": True} if action == "trash" else {"move": str(second_project(cast).id)}

    job = bulk(cast, [free, held], wanted)

    assert (job["result"]["done"], job["result"]["failed"]) == (1, 1)
    assert [each["id"] for each in job["result"]["errors"]] == [str(held.id)]
    assert (asset_now(cast, held).project_id, asset_now(cast, held).trashed_at) == (cast.project.id, None)


def test_named_assets_are_restored_and_those_that_are_there_stay(cast: Cast) -> None:
    kept, trashed = assets_of(cast, 2)
    cast.editor.delete(f"/api/assets/{trashed.id}")
    before = asset_now(cast, kept).updated_at

    job = bulk(cast, [kept, trashed], {"restore": True})

    assert (job["result"]["done"], job["result"]["changed"]) == (2, 1)
    assert asset_now(cast, kept).updated_at == before
    assert asset_now(cast, trashed).trashed_at is None


def test_what_lies_in_the_trash_is_not_there_for_edits(cast: Cast) -> None:
    kept, trashed = assets_of(cast, 2)
    waiting = ask(cast.editor, [kept, trashed], {"tag": ["x"]})
    cast.editor.delete(f"/api/assets/{trashed.id}")

    named = ask(cast.editor, [kept, trashed], {"tag": ["x"]})
    asked = ask(cast.editor, {"trashed": True}, {"tag": ["x"]})

    assert (named.status, list(named.errors)) == (400, ["selection.ids.1"])
    assert (asked.status, list(asked.errors)) == (400, ["selection.query.trashed"])
    ended = finish(cast, waiting)
    assert ended["result"]["errors"] == [{"id": str(trashed.id), "detail": "It lies in the trash."}]


# --- previews, and what rooms above bring -----------------------------------------------------------------


def test_previews_are_rebuilt_in_bulk(cast: Cast) -> None:
    chosen = assets_of(cast, 2)

    job = bulk(cast, chosen, {"rebuild": True})

    assert job["result"]["done"] == 2
    with tenancy.scope(cast.org_id):
        digests = Version.objects.filter(asset__in=chosen).values_list("sha256", flat=True)
        assert set(Preview.objects.values_list("sha256", flat=True)) == set(digests)
    asked = cast.owner.get("/api/jobs?state=queued")["results"]
    assert sum(each["kind"] == "preview" for each in asked) == 2


def test_a_room_above_brings_an_action_of_its_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_actions", {})
    monkeypatch.setattr("bulk.services.parts.PART", 2)
    seen: list[list[Any]] = []

    def check(actor: Any, value: Any) -> Any:
        if value != {"format": "csv"}:
            raise invalid("action.list.format", "Unknown.")
        return value

    def perform(work: actions.Work) -> dict[str, Any]:
        seen.extend(work.parts())
        work.failed(seen[0][0], "Not this one.")
        return {"format": work.value["format"], "by": work.actor().name}

    actions.register("list", check=check, perform=perform, permission=Permission.VIEW)
    chosen = assets_of(cast, 3)

    job = bulk(cast, chosen, {"list": {"format": "csv"}}, api=cast.viewer)
    refused = ask(cast.viewer, chosen, {"list": {"format": "pdf"}})
    mixed = ask(cast.editor, chosen, {"list": {"format": "csv"}, "tag": ["x"]})

    assert [[str(each) for each in part] for part in seen] == [ids_of(chosen[:2]), ids_of(chosen[2:])]
    assert (job["result"]["done"], job["result"]["failed"]) == (2, 1)
    assert (job["result"]["format"], job["result"]["by"]) == ("csv", "Viewer")
    assert list(refused.errors) == ["action.list.format"]
    assert list(mixed.errors) == ["action.list"]
