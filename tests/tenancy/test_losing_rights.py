"""What is left of a right that was taken: nothing, at the next request; and what a narrow token may not widen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from dam.core import tenancy
from dam.core.access import Role
from ingest.models import Upload
from ingest.states import State
from orgs.models import Project
from orgs.services import Place, create_client, set_grant
from tests.cast import Api, Cast
from tests.shares.gallery import Guest, make_asset, share


def regrant(cast: Cast, api: Api, role: Role) -> None:
    with tenancy.scope(cast.org_id):
        set_grant(user=api.person, place=Place(project=cast.project), role=role)


def open_upload(cast: Cast) -> dict[str, Any]:
    body = {"project": str(cast.project.id), "name": "clip.mov", "size": 11, "type": "video/quicktime"}
    answer = cast.editor.post("/api/presign", body)
    assert answer.status == 201, answer
    upload: dict[str, Any] = answer["upload"]
    return upload


def state_of(cast: Cast, upload: dict[str, Any]) -> str:
    with tenancy.scope(cast.org_id):
        return Upload.objects.get(id=UUID(upload["id"])).state


def test_a_lowered_role_completes_no_upload_and_promotes_none(cast: Cast):
    upload = open_upload(cast)
    regrant(cast, cast.editor, Role.VIEWER)
    parts = {"parts": [{"number": 1, "etag": "0" * 32}]}
    mapping = {
        "staging_key": upload["staging_key"],
        "sha256": "a" * 64,
        "mapping": {"project": str(cast.project.id)},
    }

    assert cast.editor.post(f"/api/uploads/{upload['id']}/parts", {"numbers": [1]}).status == 403
    assert cast.editor.post(f"/api/uploads/{upload['id']}/complete", parts).status == 403
    assert cast.editor.delete(f"/api/uploads/{upload['id']}").status == 403
    assert cast.editor.post("/api/promote", mapping).status == 403
    assert state_of(cast, upload) == State.OPEN


def test_another_editor_goes_on_with_an_upload_that_was_left(cast: Cast):
    upload = open_upload(cast)
    regrant(cast, cast.editor, Role.VIEWER)
    regrant(cast, cast.reviewer, Role.EDITOR)

    assert cast.reviewer.post(f"/api/uploads/{upload['id']}/parts", {"numbers": [1]}).status == 200


def test_a_project_that_moves_to_another_client_takes_its_inherited_roles_along(cast: Cast):
    with tenancy.scope(cast.org_id):
        first, second = (create_client(actor=cast.owner.actor, name=name) for name in ("First", "Second"))
        spot = Project.objects.create(name="Spot", slug="spot", client=first)
        set_grant(user=cast.viewer.person, place=Place(client=first), role=Role.EDITOR)
    path = f"/api/projects/{spot.id}"
    assert cast.viewer.get(path)["role"] == "editor"

    cast.owner.patch(path, {"client": str(second.id)})

    assert cast.viewer.get(path).status == 404
    assert str(spot.id) not in str(cast.viewer.get("/api/projects").json)


def test_a_link_of_one_share_opens_no_other_and_no_members_door(cast: Cast):
    shown, version = make_asset(cast, "Shown")
    other, _ = make_asset(cast, "Other")
    first, second = Guest(share(cast, shown)["token"]), Guest(share(cast, other, password="knock")["token"])
    access = first.unlock(name="Visitor")["access"]

    second.headers["X-Share-Access"] = access
    assert second.look().status == 401
    for path in (f"/api/assets/{shown.id}", f"/api/versions/{version.id}", "/api/me", "/api/assets"):
        assert Api(headers={"X-Share-Access": access}).get(path).status == 401
        assert first.get(path).status == 401


def test_guests_of_the_same_name_are_two_people(cast: Cast):
    asset, version = make_asset(cast, "Shown")
    token = share(cast, asset, allow_comments=True)["token"]
    one, two = Guest(token), Guest(token)
    for guest in (one, two):
        guest.unlock(name="The producer")

    first, second = (guest.comment(version, body="Mine") for guest in (one, two))

    assert first["author"]["id"] != second["author"]["id"]
    assert {first["author"]["kind"], second["author"]["kind"]} == {"guest"}


def test_fields_that_are_not_for_clients_to_set_are_refused_and_change_nothing(cast: Cast):
    asset, _ = make_asset(cast, "Mine")
    project, before = f"/api/projects/{cast.project.id}", cast.owner.get(f"/api/assets/{asset.id}").json
    foreign = str(cast.foreign.organization_id)

    for name, value in {
        "organization": foreign,
        "organization_id": foreign,
        "project": str(cast.foreign.id),
        "sha256": "0" * 64,
        "locked_until": "2020-01-01T00:00:00Z",
        "preview_state": "ready",
        "created_by": str(cast.stranger.person.id),
        "id": str(cast.foreign.id),
    }.items():
        answer = cast.owner.patch(f"/api/assets/{asset.id}", {name: value})
        assert (answer.status, list(answer.errors)) == (400, [name])
    for name in ("organization", "role", "storage_limit", "id"):
        assert cast.owner.patch(project, {name: foreign}).status == 400
    assert cast.owner.patch(f"/api/orgs/{cast.org_id}", {"storage_limit": 1}).status == 400
    assert cast.owner.get(f"/api/assets/{asset.id}").json == before


def test_filters_reach_through_no_relation(cast: Cast):
    for query in (
        "owner__password__startswith=a",
        "project__organization_id=x",
        "created_by__email=x",
        "sort=project__organization",
        "sort=organization_id",
        "ordering=user__password",
        "tenant=b",
    ):
        answer = cast.owner.get(f"/api/assets?{query}")
        assert (answer.status, list(answer.errors)) == (400, [query.split("=", maxsplit=1)[0]])
