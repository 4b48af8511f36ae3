"""Approving a version: who may, what stands, and that it stays with its bytes."""

from typing import Any

import pytest

from activity.models import Event
from assets.models import Asset, Version
from assets.services import clone_version, purge_asset, trash_asset
from comments.models import Approval
from dam.core import tenancy
from tests.cast import Answer, Api, Cast
from tests.shares.gallery import Guest, make_asset, share

NOTHING = {"state": "none", "approved": 0, "changes_requested": 0}


def decide(person: Api, version: Version, state: str = "approved", **given: object) -> Answer:
    return person.put(f"/api/versions/{version.id}/approval", {"state": state} | given)


def listed(person: Api, version: Version) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"/api/versions/{version.id}/approvals")["results"]
    return found


def told(cast: Cast, asset: Asset) -> dict[str, Any]:
    """Return what the asset says, which its row in a list says too."""
    row = next(
        each for each in cast.viewer.get("/api/assets?limit=500")["results"] if each["id"] == str(asset.id)
    )
    document = cast.viewer.get(f"/api/assets/{asset.id}")
    assert document["approval"] == row["approval"]
    found: dict[str, Any] = row["approval"]
    return found


def finds(cast: Cast, query: str) -> set[str]:
    return {each["title"] for each in cast.viewer.get(f"/api/assets?{query}")["results"]}


@pytest.mark.parametrize(
    ("who", "reads", "decides", "withdraws"),
    [
        ("owner", 200, 201, 204),
        ("editor", 200, 201, 204),
        ("reviewer", 200, 201, 204),
        ("viewer", 200, 403, 403),
        ("stranger", 404, 404, 404),
        ("nobody", 401, 401, 401),
    ],
)
def test_reviewers_and_above_decide_viewers_see(
    cast: Cast, who: str, reads: int, decides: int, withdraws: int
):
    _, version = make_asset(cast)
    person = getattr(cast, who)

    assert decide(person, version).status == decides
    assert person.get(f"/api/versions/{version.id}/approvals").status == reads
    assert person.delete(f"/api/versions/{version.id}/approval").status == withdraws


def test_an_approval_names_the_bytes_and_who_decided(cast: Cast):
    _, version = make_asset(cast)

    made = decide(cast.reviewer, version, note="As it is.")

    assert made.json == {
        "id": made["id"],
        "version": str(version.id),
        "sha256": version.sha256,
        "reviewer": {"id": str(cast.reviewer.actor.id), "name": "Reviewer", "kind": "user"},
        "state": "approved",
        "note": "As it is.",
        "void": False,
        "decided_at": made["decided_at"],
    }
    assert listed(cast.viewer, version) == [made.json]


def test_one_decision_of_each_reviewer_stands_and_changes_outweigh(cast: Cast):
    asset, version = make_asset(cast)
    assert told(cast, asset) == NOTHING

    decide(cast.reviewer, version)
    assert told(cast, asset) == {"state": "approved", "approved": 1, "changes_requested": 0}
    first = decide(cast.editor, version, "changes_requested", note="Too dark")
    assert told(cast, asset) == {"state": "changes_requested", "approved": 1, "changes_requested": 1}
    again = decide(cast.editor, version)
    assert (first.status, again.status, again["id"], again["note"]) == (201, 200, first["id"], "")
    assert told(cast, asset) == {"state": "approved", "approved": 2, "changes_requested": 0}
    for person in (cast.editor, cast.reviewer):
        person.delete(f"/api/versions/{version.id}/approval")
    assert cast.editor.delete(f"/api/versions/{version.id}/approval").status == 204
    assert told(cast, asset) == NOTHING
    assert listed(cast.viewer, version) == []


def test_a_new_version_voids_what_was_approved_and_the_old_one_keeps_it(cast: Cast):
    asset, version = make_asset(cast, "One")
    decide(cast.reviewer, version)

    _, second = make_asset(cast, "Two", asset=asset)

    assert told(cast, asset) == NOTHING
    assert [each["void"] for each in listed(cast.viewer, version)] == [True]
    assert cast.viewer.get(f"/api/versions/{version.id}")["approval"]["state"] == "approved"
    cast.editor.post(f"/api/versions/{version.id}/promote")
    assert told(cast, asset)["state"] == "approved"
    assert listed(cast.viewer, version)[0]["void"] is False
    fresh = cast.editor.post(f"/api/versions/{second.id}/detach")
    assert cast.viewer.get(f"/api/assets/{fresh['id']}")["approval"] == NOTHING
    assert told(cast, asset)["state"] == "approved"


def test_a_clone_begins_anew_and_what_is_attached_brings_its_own(cast: Cast):
    asset, version = make_asset(cast, "One")
    other, approved = make_asset(cast, "Other")
    decide(cast.reviewer, version)
    decide(cast.reviewer, approved, "changes_requested")

    with tenancy.scope(cast.org_id):
        asset.refresh_from_db()
        clone_version(cast.editor.actor, asset=asset, source=version)
    assert told(cast, asset) == NOTHING
    cast.editor.post(f"/api/assets/{asset.id}/attach", {"asset": str(other.id)})
    assert told(cast, asset) == {"state": "changes_requested", "approved": 0, "changes_requested": 1}


def test_every_decision_is_recorded_and_told_live(cast: Cast):
    asset, version = make_asset(cast)
    made = decide(cast.reviewer, version)
    decide(cast.reviewer, version)  # the same again: nothing happens
    decide(cast.reviewer, version, "changes_requested")
    cast.reviewer.delete(f"/api/versions/{version.id}/approval")

    with tenancy.scope(cast.org_id):
        events = list(Event.objects.filter(target_kind="approval").order_by("created_at", "id"))
    assert [each.verb for each in events] == ["approval.given", "approval.changed", "approval.withdrawn"]
    given, changed, withdrawn = events
    assert {each.type for each in events} == {"approval.updated"}
    assert {(each.project_id, each.asset_id, each.version_id) for each in events} == {
        (cast.project.id, asset.id, version.id)
    }
    assert (given.before, given.after) == (None, made.json)
    assert ((changed.before or {})["state"], (changed.after or {})["state"]) == (
        "approved",
        "changes_requested",
    )
    assert ((withdrawn.before or {})["state"], withdrawn.after) == ("changes_requested", None)
    assert (withdrawn.data["withdrawn"], withdrawn.data["approval"]) == (True, NOTHING)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "state"),
        ({"state": "none"}, "state"),
        ({"state": "approved", "note": "x" * 2001}, "note"),
        ({"state": "approved", "note": "a\x00b"}, "note"),
        ({"state": "approved", "note": 7 * [1]}, "note"),
        ({"state": "approved", "sha256": "0" * 64}, "sha256"),
    ],
)
def test_what_is_no_decision_is_refused_by_its_field(cast: Cast, body: dict[str, Any], field: str):
    asset, version = make_asset(cast)

    answer = cast.reviewer.put(f"/api/versions/{version.id}/approval", body)

    assert (answer.status, list(answer.errors)) == (400, [field])
    assert told(cast, asset) == NOTHING


def test_a_decision_based_on_a_stale_one_changes_nothing(cast: Cast):
    _, version = make_asset(cast)
    path = f"/api/versions/{version.id}/approval"
    first = decide(cast.reviewer, version)
    decide(cast.reviewer, version, note="Later")
    stale = {"If-Match": first.headers["ETag"]}

    assert cast.reviewer.send("PUT", path, {"state": "changes_requested"}, headers=stale).status == 412
    assert cast.reviewer.send("DELETE", path, headers=stale).status == 412
    assert cast.editor.send("PUT", path, {"state": "approved"}, headers=stale).status == 412
    assert [each["note"] for each in listed(cast.viewer, version)] == ["Later"]


def test_guests_see_what_is_decided_and_decide_by_name_where_they_may_comment(cast: Cast):
    asset, version = make_asset(cast)
    token = share(cast, asset, allow_comments=True)["token"]
    guest, other = Guest(token), Guest(token)
    path = f"/versions/{version.id}/approval"
    decide(cast.reviewer, version)

    nameless = guest.put(guest.base + path, {"state": "approved"})
    guest.unlock(name="Mara")
    other.unlock(name="Mara")
    made = guest.put(guest.base + path, {"state": "changes_requested", "note": "Louder"})
    other.put(other.base + path, {"state": "approved"})

    assert (nameless.status, nameless.problem) == (403, "name-required")
    assert (made.status, made["reviewer"]["name"], made["reviewer"]["kind"]) == (201, "Mara", "guest")
    assert guest.get(f"{guest.base}{path}s")["results"] == listed(cast.viewer, version)
    assert told(cast, asset) == {"state": "changes_requested", "approved": 2, "changes_requested": 1}
    assert guest.assets()["results"][0]["approval"]["changes_requested"] == 1
    assert guest.delete(guest.base + path).status == 204
    assert told(cast, asset)["approved"] == 2
    silent = Guest(share(cast, asset)["token"])
    silent.unlock(name="Mara")
    assert silent.put(silent.base + path, {"state": "approved"}).status == 403
    assert len(silent.get(f"{silent.base}{path}s")["results"]) == 2


def test_a_purge_takes_the_decisions_along(cast: Cast):
    asset, version = make_asset(cast)
    decide(cast.reviewer, version)

    with tenancy.scope(cast.org_id):
        asset.refresh_from_db()
        trash_asset(cast.owner.actor, asset=asset)
        purge_asset(cast.owner.actor, asset=asset)
        assert not Approval.objects.exists()


def test_lists_search_and_facets_know_what_is_approved(cast: Cast):
    for title, state in (("Yes", "approved"), ("No", "changes_requested"), ("Open", "")):
        _, version = make_asset(cast, title)
        if state:
            decide(cast.reviewer, version, state)

    for query, titles in (
        ("q=is:approved", {"Yes"}),
        ("q=mov+is:approved", {"Yes"}),
        ("q=is:changes", {"No"}),
        ("q=-is:approved", {"No", "Open"}),
        ("q=mov+-is:approved", {"No", "Open"}),
        ("approval=approved", {"Yes"}),
        ("approval__not=none", {"Yes", "No"}),
        ("approval=none,changes_requested", {"No", "Open"}),
        ("is=approved", {"Yes"}),
    ):
        assert finds(cast, query) == titles, query
    assert list(cast.viewer.get("/api/assets?approval=perhaps").errors) == ["approval"]
    facet = cast.viewer.get("/api/assets/facets?facets=approval&approval=approved")["facets"][0]
    assert {each["value"]: each["count"] for each in facet["values"]} == {
        "approved": 1,
        "changes_requested": 1,
        "none": 1,
    }
