"""Making, listing, changing and revoking links: who may, and what is refused."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assets.models import Collection
from assets.services import change_items, create_collection
from dam.core import tenancy
from shares.models import Share
from tests.cast import Cast
from tests.shares.gallery import Guest, make_asset, share

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def test_a_new_share_tells_its_address_and_token_this_once_only(cast: Cast):
    asset, _ = make_asset(cast)

    made = share(cast, asset, password="secret", max_views=5)

    assert re.fullmatch(r"[\w-]{43}", made["token"])
    assert made["url"].endswith(f"/s/{made['token']}")
    assert made["has_password"] is True
    assert (made["versions"], made["max_views"], made["revoked_at"]) == ("current", 5, None)
    assert (made["allow_download"], made["allow_comments"], made["watermark"]) == (False, False, None)
    again = cast.editor.get(f"/api/shares/{made['id']}")
    assert "token" not in again.json
    assert "url" not in again.json
    assert "secret" not in str(again.json)


def test_token_and_password_are_stored_hashed(cast: Cast):
    asset, _ = make_asset(cast)

    made = share(cast, asset, password="correct horse")

    with tenancy.scope(cast.org_id):
        row = Share.objects.get(id=made["id"])
    assert len(bytes(row.token_hash)) == 32
    assert row.password.startswith("argon2$argon2id$")
    assert made["token"] not in str(vars(row))


def test_named_assets_get_a_hidden_collection(cast: Cast):
    asset, _ = make_asset(cast, "A")
    other, _ = make_asset(cast, "B")

    made = share(cast, asset, other)

    with tenancy.scope(cast.org_id):
        assert Collection.objects.get(id=made["collection"]).kind == "frozen"
    assert made["name"] == "A and 1 more"
    assert cast.owner.get(f"/api/collections/{made['collection']}").status == 404


def test_a_collection_is_shared_as_it_is(cast: Cast):
    asset, _ = make_asset(cast)
    with tenancy.scope(cast.org_id):
        collection = create_collection(actor=cast.owner.actor, project_id=cast.project.id, name="Dailies")
        change_items(collection, actor=cast.owner.actor, add=[asset.id])

    made = share(cast, collection=str(collection.id))

    assert (made["collection"], made["name"]) == (str(collection.id), "Dailies")
    in_use = cast.owner.delete(f"/api/collections/{collection.id}")
    assert (in_use.status, in_use.problem) == (409, "in-use")


def test_a_collection_can_be_frozen_too(cast: Cast):
    one, _ = make_asset(cast, "One")
    two, _ = make_asset(cast, "Two")
    with tenancy.scope(cast.org_id):
        collection = create_collection(actor=cast.owner.actor, project_id=cast.project.id, name="Dailies")
        change_items(collection, actor=cast.owner.actor, add=[one.id])
        made = share(cast, collection=str(collection.id), versions="frozen")
        change_items(collection, actor=cast.owner.actor, add=[two.id])

    assert made["collection"] != str(collection.id)
    assert [each["title"] for each in Guest(made["token"]).assets()["results"]] == ["One"]


def test_a_collection_of_another_project_is_not_there(cast: Cast):
    with tenancy.scope(cast.foreign.organization_id):
        theirs = create_collection(actor=cast.stranger.actor, project_id=cast.foreign.id, name="Theirs")

    answer = cast.owner.post("/api/shares", {"project": str(cast.project.id), "collection": str(theirs.id)})

    assert (answer.status, list(answer.errors)) == (400, ["collection"])


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 201), ("editor", 201), ("reviewer", 403), ("viewer", 403), ("stranger", 400)],
)
def test_editors_and_admins_make_links(cast: Cast, who: str, status: int):
    asset, _ = make_asset(cast)
    body = {"project": str(cast.project.id), "assets": [str(asset.id)]}

    assert getattr(cast, who).post("/api/shares", body).status == status


def test_nobody_is_asked_to_log_in(cast: Cast):
    assert cast.nobody.get("/api/shares").status == 401
    assert cast.nobody.post("/api/shares", {"project": str(cast.project.id)}).status == 401


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"assets": []}, "assets"),
        ({"assets": ["nonsense"]}, "assets.0"),
        ({"assets": [UNKNOWN]}, "assets.0"),
        ({"collection": UNKNOWN, "assets": []}, "collection"),
        ({"collection": UNKNOWN}, "collection"),
        ({"versions": "latest"}, "versions"),
        ({"password": ""}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"max_views": 0}, "max_views"),
        ({"max_views": 2**40}, "max_views"),
        ({"allow_download": "perhaps"}, "allow_download"),
        ({"watermark": 5}, "watermark"),
        ({"watermark": ["CONFIDENTIAL"]}, "watermark"),
        ({"watermark": "x" * 301}, "watermark.text"),
        ({"watermark": {"text": "a\x07b"}}, "watermark.text"),
        ({"watermark": {"text": 5}}, "watermark.text"),
        ({"watermark": {"per_viewer": "yes"}}, "watermark.per_viewer"),
        ({"watermark": {"position": "everywhere"}}, "watermark.position"),
        ({"watermark": {"opacity": 1.5}}, "watermark.opacity"),
        ({"watermark": {"colour": "red"}}, "watermark.colour"),
        ({"token": "mine"}, "token"),
        ({"organization": UNKNOWN}, "organization"),
        ({"name": "a\nb"}, "name"),
        ({"project": "nonsense"}, "project"),
        ({"project": UNKNOWN}, "project"),
    ],
)
def test_bad_input_names_the_field_and_makes_nothing(cast: Cast, terms: dict[str, Any], field: str):
    asset, _ = make_asset(cast)
    body = {"project": str(cast.project.id), "assets": [str(asset.id)]} | terms

    answer = cast.editor.post("/api/shares", body)

    assert (answer.status, list(answer.errors)) == (400, [field])
    with tenancy.scope(cast.org_id):
        assert not Share.objects.exists()
        assert not Collection.objects.exists()


def test_foreign_assets_are_refused_all_or_nothing(cast: Cast):
    own, _ = make_asset(cast)
    foreign, _ = make_asset(cast, "Theirs", project_id=cast.foreign.id)

    answer = cast.editor.post(
        "/api/shares", {"project": str(cast.project.id), "assets": [str(own.id), str(foreign.id)]}
    )

    assert (answer.status, list(answer.errors)) == (400, ["assets.1"])
    unknown = cast.editor.post(
        "/api/shares", {"project": str(cast.project.id), "assets": [str(own.id), UNKNOWN]}
    )
    assert answer.errors == unknown.errors
    with tenancy.scope(cast.org_id):
        assert not Share.objects.exists()


def test_the_list_shows_every_share_of_a_project_to_those_who_may_share(cast: Cast):
    asset, _ = make_asset(cast)
    ids = [share(cast, asset)["id"] for _ in range(3)]
    cast.editor.delete(f"/api/shares/{ids[0]}")
    path = f"/api/shares?project={cast.project.id}"

    listed = cast.editor.get(path)

    assert [each["id"] for each in listed["results"]] == ids[::-1]
    assert cast.owner.get("/api/shares")["results"] == listed["results"]
    assert cast.viewer.get(path).status == 403
    assert cast.stranger.get(path).status == 404
    assert cast.stranger.get("/api/shares")["results"] == []


def test_the_list_pages_by_cursor(cast: Cast):
    asset, _ = make_asset(cast)
    ids = {share(cast, asset)["id"] for _ in range(3)}

    first = cast.editor.get("/api/shares?limit=2")
    rest = cast.editor.get(first["next"])

    assert {each["id"] for each in first["results"] + rest["results"]} == ids
    assert cast.editor.get("/api/shares?limit=0").errors.keys() == {"limit"}
    assert cast.editor.get("/api/shares?token=x").errors.keys() == {"token"}


def test_an_asset_lists_its_live_shares_to_those_who_may_share_it(cast: Cast):
    asset, _ = make_asset(cast)
    live, dead = share(cast, asset)["id"], share(cast, asset)["id"]
    cast.editor.delete(f"/api/shares/{dead}")
    path = f"/api/assets/{asset.id}"

    assert [each["id"] for each in cast.editor.get(path)["shares"]] == [live]
    assert "token" not in cast.editor.get(path)["shares"][0]
    assert cast.viewer.get(path)["shares"] == []


def test_terms_can_be_changed_with_if_match(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, max_views=3)
    path = f"/api/shares/{made['id']}"
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()

    changed = cast.editor.patch(
        path,
        {"allow_comments": True, "max_views": None, "expires_at": until, "name": "For the client"},
        headers={"If-Match": made.headers["ETag"]},
    )

    assert changed.status == 200
    assert (changed["allow_comments"], changed["max_views"], changed["name"]) == (
        True,
        None,
        "For the client",
    )
    stale = cast.editor.patch(path, {"name": "Late"}, headers={"If-Match": made.headers["ETag"]})
    assert (stale.status, cast.editor.get(path)["name"]) == (412, "For the client")
    assert cast.editor.patch(path, {"watermark": 7}).errors.keys() == {"watermark"}
    assert cast.editor.patch(path, {"assets": []}).errors.keys() == {"assets"}


@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("viewer", 403), ("stranger", 404)])
def test_others_neither_see_nor_change_nor_revoke_a_share(cast: Cast, who: str, status: int):
    asset, _ = make_asset(cast)
    path = f"/api/shares/{share(cast, asset)['id']}"
    person = getattr(cast, who)

    assert person.get(path).status == status
    assert person.patch(path, {"allow_download": True}).status == status
    assert person.delete(path).status == status
    assert cast.editor.get(path)["revoked_at"] is None
    assert cast.editor.get(path)["allow_download"] is False


def test_a_revoked_link_is_dead_at_once_and_stays_so(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset)
    guest = Guest(made["token"])
    assert guest.look().status == 200

    assert cast.editor.delete(f"/api/shares/{made['id']}").status == 204
    assert cast.editor.delete(f"/api/shares/{made['id']}").status == 204

    assert guest.look().status == guest.assets().status == 404
    assert cast.editor.get(f"/api/shares/{made['id']}")["revoked_at"] is not None
    answer = cast.editor.patch(f"/api/shares/{made['id']}", {"name": "Again"})
    assert (answer.status, answer.problem) == (409, "share-revoked")


def test_the_same_key_answers_with_the_same_link(cast: Cast):
    asset, _ = make_asset(cast)
    body = {"project": str(cast.project.id), "assets": [str(asset.id)]}
    headers = {"Idempotency-Key": "one"}

    first, second = (cast.editor.post("/api/shares", body, headers=headers) for _ in range(2))

    assert first.json == second.json
    assert cast.editor.post("/api/shares", body | {"name": "Other"}, headers=headers).status == 422
