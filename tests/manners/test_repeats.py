"""`Idempotency-Key`: the same request again gets the first answer, however it is repeated."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from dam.core import tenancy
from dam.core.access import Role
from dam.core.models import IdempotencyKey
from orgs.models import Client, Grant, Project
from orgs.services import Place, remove_grant, set_grant
from tests.cast import Answer, Api, Cast
from tests.shares.gallery import make_asset

KEY = {"Idempotency-Key": "first try"}


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    def run(call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_the_first_answer_comes_again_with_its_tag(cast: Cast):
    body = {"name": "Pilot"}

    first = cast.owner.post("/api/projects", body, headers=KEY)
    again = cast.owner.post("/api/projects", body, headers=KEY)

    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    with tenancy.scope(cast.org_id):
        assert Project.objects.filter(name="Pilot").count() == 1


def test_the_order_of_the_keys_is_no_other_body(cast: Cast):
    raw = b'{"name":"Pilot","slug":"pilot"}', b'{ "slug": "pilot", "name": "Pilot" }'

    answers = [cast.owner.send("POST", "/api/projects", raw=each, headers=KEY) for each in raw]

    assert answers[0].json == answers[1].json


def test_another_body_is_422_and_changes_nothing(cast: Cast):
    cast.owner.post("/api/projects", {"name": "Pilot"}, headers=KEY)

    answer = cast.owner.post("/api/projects", {"name": "Other"}, headers=KEY)

    assert (answer.status, answer.problem) == (422, "idempotency-key-reused")
    with tenancy.scope(cast.org_id):
        assert not Project.objects.filter(name="Other").exists()


def test_another_address_is_another_request(cast: Cast):
    cast.owner.post("/api/projects", {"name": "Pilot"}, headers=KEY)

    assert cast.owner.post("/api/clients", {"name": "Pilot"}, headers=KEY).status == 422


def test_keys_belong_to_who_sent_them(cast: Cast):
    _, version = make_asset(cast)
    path = f"/api/versions/{version.id}/comments"

    answers = [each.post(path, {"body": "Nice."}, headers=KEY) for each in (cast.owner, cast.editor)]

    assert [each.status for each in answers] == [201, 201]
    assert answers[0]["id"] != answers[1]["id"]


def test_a_failed_request_is_not_remembered(cast: Cast):
    refused = cast.owner.post("/api/projects", {"name": ""}, headers=KEY)
    forbidden = cast.viewer.post("/api/projects", {"name": "Pilot"}, headers=KEY)

    assert (refused.status, forbidden.status) == (400, 403)
    with tenancy.scope(cast.org_id):
        assert not IdempotencyKey.objects.exists()
    assert cast.owner.post("/api/projects", {"name": "Pilot"}, headers=KEY).status == 201


@pytest.mark.parametrize(("key", "status"), [("k" * 255, 201), ("k" * 256, 400), ("", 400), ("ключ", 201)])
def test_a_key_has_1_to_255_characters(cast: Cast, key: str, status: int):
    answer = cast.owner.post("/api/projects", {"name": "Pilot"}, headers={"Idempotency-Key": key})

    assert answer.status == status, answer


def test_twins_at_once_are_carried_out_once(committed_cast: Cast):
    cast = committed_cast
    body = {"name": "Twins"}

    answers = at_once([lambda: cast.owner.post("/api/clients", body, headers=KEY)] * 6)

    assert {each.status for each in answers} == {201}
    assert len({each["id"] for each in answers}) == 1
    with tenancy.scope(cast.org_id):
        assert Client.objects.filter(name="Twins").count() == 1


def test_twins_of_an_organisation_are_one(committed_cast: Cast):
    cast = committed_cast
    body = {"name": "Studio of twins"}

    answers = at_once([lambda: cast.owner.post("/api/orgs", body, headers=KEY)] * 4)
    later = cast.owner.post("/api/orgs", body, headers=KEY)
    other = cast.owner.post("/api/orgs", {"name": "Other studio"}, headers=KEY)

    assert {each.status for each in answers} == {201}
    assert len({each["id"] for each in [*answers, later]}) == 1
    assert later.headers["ETag"] == answers[0].headers["ETag"]
    assert other.status == 422
    assert "Other studio" not in str(cast.owner.get("/api/orgs").json)


def test_names_at_once_find_a_place_for_each(committed_cast: Cast):
    cast = committed_cast

    for path in ("/api/orgs", "/api/clients", "/api/projects"):
        body = {"name": "The same"} | ({} if path == "/api/orgs" else {"org": str(cast.org_id)})
        made = at_once([lambda path=path, body=body: cast.owner.post(path, body)] * 5)  # type: ignore[misc]
        assert {each.status for each in made} == {201}
        assert len({each["slug"] for each in made}) == 5


def test_a_share_is_told_again_with_its_token(cast: Cast):
    asset, _ = make_asset(cast)
    body = {"project": str(cast.project.id), "assets": [str(asset.id)]}

    first = cast.editor.post("/api/shares", body, headers=KEY)
    again = cast.editor.post("/api/shares", body, headers=KEY)

    assert first["token"] == again["token"]
    with tenancy.scope(cast.org_id):
        row = IdempotencyKey.objects.values().get()
    kept = b" ".join(
        bytes(each) if isinstance(each, memoryview) else str(each).encode() for each in row.values()
    )
    assert first["token"].encode() not in kept
    assert cast.project.id.hex.encode() not in kept.replace(b"-", b"")


def set_role(cast: Cast, person: Api, role: Role, **place: Any) -> None:
    with tenancy.scope(cast.org_id):
        set_grant(user=person.person, place=Place(**place), role=role)


Ask = Callable[[Cast], tuple[str, dict[str, Any]]]


def a_share(cast: Cast) -> tuple[str, dict[str, Any]]:
    asset, _ = make_asset(cast)
    return "/api/shares", {"project": str(cast.project.id), "assets": [str(asset.id)]}


def a_collection(cast: Cast) -> tuple[str, dict[str, Any]]:
    return "/api/collections", {"project": str(cast.project.id), "name": "Selects"}


def an_upload(cast: Cast) -> tuple[str, dict[str, Any]]:
    body = {"project": str(cast.project.id), "name": "a.mov", "size": 10, "type": "video/quicktime"}
    return "/api/presign", body


def a_member(cast: Cast) -> tuple[str, dict[str, Any]]:
    return f"/api/projects/{cast.project.id}/members", {"email": "new@example.test", "role": "viewer"}


def a_comment(cast: Cast) -> tuple[str, dict[str, Any]]:
    return f"/api/versions/{make_asset(cast)[1].id}/comments", {"body": "Nice."}


@pytest.mark.parametrize("ask", [a_share, a_collection, an_upload, a_member, a_comment])
def test_whose_role_was_lowered_is_refused_the_answer_too(cast: Cast, ask: Ask):
    path, body = ask(cast)
    set_role(cast, cast.editor, Role.ADMIN, project=cast.project)
    assert cast.editor.post(path, body, headers=KEY).status == 201
    assert cast.editor.post(path, body, headers=KEY).status == 201

    set_role(cast, cast.editor, Role.VIEWER, project=cast.project)
    again = cast.editor.post(path, body, headers=KEY)

    assert (again.status, again.problem) == (403, "forbidden")
    assert cast.editor.post(path, body, headers={"Idempotency-Key": "other"}).status == 403


@pytest.mark.parametrize("ask", [a_share, a_collection, a_member, a_comment])
def test_who_no_longer_sees_the_project_is_refused_as_without_the_key(cast: Cast, ask: Ask):
    path, body = ask(cast)
    set_role(cast, cast.editor, Role.ADMIN, project=cast.project)
    set_role(cast, cast.editor, Role.MEMBER)
    assert cast.editor.post(path, body, headers=KEY).status == 201

    with tenancy.scope(cast.org_id):
        grant = Grant.objects.get(user=cast.editor.person, project=cast.project)
        remove_grant(grant, actor=cast.owner.actor)
    again, without = (cast.editor.post(path, body, headers=each) for each in (KEY, {}))

    assert again.status == without.status in {400, 404}
    assert (again.problem, again.json.get("errors")) == (without.problem, without.json.get("errors"))


@pytest.mark.parametrize("ask", ["clients", "projects", "projects of a client"])
def test_whose_organisation_takes_a_role_away_repeats_nothing_there(cast: Cast, ask: str):
    client = cast.owner.post("/api/clients", {"name": "Brand"})["id"]
    body = {"name": "Pilot"} | ({"client": client} if "of" in ask else {})
    path = f"/api/{ask.split(maxsplit=1)[0]}"
    set_role(cast, cast.editor, Role.ADMIN)
    assert cast.editor.post(path, body, headers=KEY).status == 201

    set_role(cast, cast.owner, Role.ADMIN)
    set_role(cast, cast.editor, Role.VIEWER)

    assert cast.editor.post(path, body, headers=KEY).status == 403


def test_a_role_that_still_allows_it_repeats_the_answer(cast: Cast):
    path, body = a_share(cast)
    first = cast.editor.post(path, body, headers=KEY)

    set_role(cast, cast.editor, Role.ADMIN, project=cast.project)

    assert cast.editor.post(path, body, headers=KEY)["token"] == first["token"]


def test_a_guest_whose_link_takes_no_more_comments_repeats_none(cast: Cast):
    asset, version = make_asset(cast)
    body = {"project": str(cast.project.id), "assets": [str(asset.id)], "allow_comments": True}
    made = cast.editor.post("/api/shares", body)
    guest = Api()
    guest.post(f"/api/s/{made['token']}/unlock", {"name": "Guest"})
    path = f"/api/s/{made['token']}/versions/{version.id}/comments"
    assert guest.post(path, {"body": "Nice."}, headers=KEY).status == 201

    cast.editor.patch(f"/api/shares/{made['id']}", {"allow_comments": False})

    assert guest.post(path, {"body": "Nice."}, headers=KEY).status == 403


def test_a_guest_repeats_a_comment_too(cast: Cast):
    asset, version = make_asset(cast)
    body = {"project": str(cast.project.id), "assets": [str(asset.id)], "allow_comments": True}
    token = cast.editor.post("/api/shares", body)["token"]
    guest = Api()
    guest.post(f"/api/s/{token}/unlock", {"name": "Guest"})
    path = f"/api/s/{token}/versions/{version.id}/comments"

    answers = [guest.post(path, {"body": "Nice."}, headers=KEY) for _ in range(2)]

    assert answers[0].status == answers[1].status == 201
    assert answers[0]["id"] == answers[1]["id"]
