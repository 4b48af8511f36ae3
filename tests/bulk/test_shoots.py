"""A selection comes into a shoot, or leaves the one that it was in, and goes back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from activity.models import Event
from assets.models import Asset
from dam.core import tenancy
from tests.bulk.test_actions import second_project
from tests.bulk.work import ask, asset_now, assets_of, bulk, finish, ids_of, row, undo
from tests.cast import Cast


def shoot(cast: Cast, name: str, project: UUID | None = None) -> str:
    made = cast.editor.post("/api/shoots", {"project": str(project or cast.project.id), "name": name})
    return str(made["id"])


def shoots_of(cast: Cast, assets: list[Asset]) -> list[str | None]:
    found = [asset_now(cast, each).shoot_id for each in assets]
    return [str(each) if each else None for each in found]


def test_a_search_comes_into_a_shoot_and_each_goes_back_to_its_own(cast: Cast) -> None:
    chosen, harbour, pier = assets_of(cast, 3), shoot(cast, "Harbour"), shoot(cast, "Pier")
    cast.editor.post(f"/api/shoots/{pier}/assets", {"add": ids_of(chosen[:1])})

    job = bulk(cast, {"project": str(cast.project.id)}, {"shoot": harbour, "tag": ["sea"]})

    assert (job["result"]["done"], job["result"]["changed"]) == (3, 3)
    assert shoots_of(cast, chosen) == [harbour] * 3
    with tenancy.scope(cast.org_id):
        lines = Event.objects.filter(operation_id=job["id"])
        told = {str(each.target_id): each for each in lines.filter(verb="shoot.items_changed")}
        edit = lines.get(verb="asset.updated", asset_id=chosen[0].id)
    said = {place: (each.before or {}, each.after or {}) for place, each in told.items()}
    was, now = edit.before or {}, edit.after or {}
    assert (said[harbour][0], said[harbour][1]["added_count"]) == ({"from": [pier]}, 3)
    assert (said[pier][1]["removed"], was["shoot"], now["shoot"]) == (ids_of(chosen[:1]), pier, harbour)
    again = undo(cast, job)
    assert (again["state"], shoots_of(cast, chosen)) == ("succeeded", [pier, None, None])
    assert {tuple(row(cast, each)["tags"]) for each in chosen} == {()}


def test_assets_leave_their_shoots_and_what_is_gone_takes_none_back(cast: Cast) -> None:
    chosen, harbour, pier = assets_of(cast, 2), shoot(cast, "Harbour"), shoot(cast, "Pier")
    for place, asset in ((harbour, chosen[0]), (pier, chosen[1])):
        cast.editor.post(f"/api/shoots/{place}/assets", {"add": ids_of([asset])})

    job = bulk(cast, chosen, {"unshoot": True})
    assert shoots_of(cast, chosen) == [None, None]
    cast.editor.delete(f"/api/shoots/{pier}")

    assert undo(cast, job)["result"]["failed"] == 0
    assert shoots_of(cast, chosen) == [harbour, None]


def test_what_moves_leaves_its_shoot_and_comes_back_to_it(cast: Cast) -> None:
    chosen, harbour, place = assets_of(cast, 1), shoot(cast, "Harbour"), second_project(cast)
    cast.editor.post(f"/api/shoots/{harbour}/assets", {"add": ids_of(chosen)})

    job = bulk(cast, chosen, {"move": str(place.id)})
    assert shoots_of(cast, chosen) == [None]
    undo(cast, job)
    assert shoots_of(cast, chosen) == [harbour]

    elsewhere = shoot(cast, "Elsewhere", place.id)
    refused = bulk(cast, chosen, {"shoot": elsewhere, "tag": ["x"]})
    assert refused["result"]["errors"] == [
        {"id": str(chosen[0].id), "detail": "It is of another project than the shoot."}
    ]
    moved = bulk(cast, chosen, {"shoot": elsewhere, "move": str(place.id)})
    assert (moved["result"]["done"], shoots_of(cast, chosen)) == (1, [elsewhere])


def test_what_comes_into_another_shoot_by_hand_stays_there_when_the_work_before_is_undone(cast: Cast) -> None:
    chosen, harbour, pier = assets_of(cast, 3), shoot(cast, "Harbour"), shoot(cast, "Pier")
    job = bulk(cast, chosen, {"shoot": harbour})

    cast.editor.post(f"/api/shoots/{pier}/assets", {"add": ids_of(chosen[:1])})
    cast.editor.post(f"/api/shoots/{harbour}/assets", {"remove": ids_of(chosen[1:2])})
    undone = undo(cast, job)["result"]

    assert (undone["done"], undone["failed"]) == (1, 2)
    assert shoots_of(cast, chosen) == [pier, None, None]
    lines = cast.viewer.get(f"/api/activities?asset={chosen[0].id}")["results"]
    said = [(each["before"], each["after"]) for each in lines if "shoot" in (each["after"] or {})]
    assert said == [({"shoot": harbour}, {"shoot": pier}), ({"shoot": None}, {"shoot": harbour})]


@pytest.mark.parametrize("given", ["unknown", "foreign", "both"])
def test_a_shoot_that_is_not_seen_is_refused(cast: Cast, given: str) -> None:
    chosen, hidden = assets_of(cast, 1), second_project(cast, role=None)
    action: dict[str, dict[str, Any]] = {
        "unknown": {"shoot": str(hidden.id)},
        "both": {"shoot": shoot(cast, "Harbour"), "unshoot": True},
    }
    if given == "foreign":
        made = cast.owner.post("/api/shoots", {"project": str(hidden.id), "name": "Hidden"})
        action["foreign"] = {"shoot": made["id"]}

    answer = ask(cast.editor, chosen, action[given])

    assert (answer.status, list(answer.errors)) == (
        400,
        ["action.unshoot" if given == "both" else "action.shoot"],
    )


def test_a_shoot_that_goes_meanwhile_fails_the_job(cast: Cast) -> None:
    chosen, harbour = assets_of(cast, 1), shoot(cast, "Harbour")
    job = ask(cast.editor, chosen, {"shoot": harbour})
    cast.editor.delete(f"/api/shoots/{harbour}")

    assert finish(cast, job)["error"]["type"] == "/problems/gone"


def test_what_was_filled_by_a_search_since_it_was_read_is_not_changed_by_mistake(cast: Cast) -> None:
    chosen, harbour = assets_of(cast, 2), shoot(cast, "Harbour")
    kept = cast.editor.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"})
    places = {"shoot": f"/api/shoots/{harbour}", "collect": f"/api/collections/{kept['id']}"}

    for action, address in places.items():
        read = {"If-Match": cast.editor.get(address).headers["ETag"]}
        bulk(cast, chosen, {action: address.rsplit("/", 1)[1]})
        late = cast.editor.patch(address, {"name": "Late"}, headers=read)
        assert (late.status, cast.editor.get(address)["asset_count"]) == (412, 2)

        again = {"If-Match": cast.editor.get(address).headers["ETag"]}
        bulk(cast, chosen, {action: address.rsplit("/", 1)[1]})
        assert cast.editor.patch(address, {"name": "In time"}, headers=again).status == 200
