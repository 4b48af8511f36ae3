"""Organisations: who sees them, who makes them, who changes them."""

from typing import Any

import pytest

from tests.cast import Api, Cast, new_person


def test_me_lists_the_callers_organisations_with_the_role_there(cast: Cast):
    answer = cast.owner.get("/api/me")

    assert answer.status == 200
    assert answer["organizations"] == [
        {"id": str(cast.org_id), "name": "Organisation A", "slug": cast.organization.slug, "role": "admin"}
    ]


def test_a_project_grant_makes_a_member_of_the_organisation(cast: Cast):
    assert cast.viewer.get("/api/me")["organizations"][0]["role"] == "member"


@pytest.mark.parametrize("path", ["/api/me", "/api/orgs", "/api/projects", "/api/clients"])
def test_nobody_is_asked_to_log_in(cast: Cast, path: str):
    answer = cast.nobody.get(path)

    assert answer.status == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.problem == "not-authenticated"
    assert answer["request_id"] == answer.headers["X-Request-ID"]


def test_the_list_holds_only_own_organisations(cast: Cast):
    for name, member in cast.members().items():
        assert [each["id"] for each in member.get("/api/orgs")["results"]] == [str(cast.org_id)], name


@pytest.mark.parametrize("identity", ["{org}", "not-an-id", "00000000-0000-7000-8000-000000000000"])
def test_a_stranger_cannot_tell_that_an_organisation_exists(cast: Cast, identity: str):
    answer = cast.stranger.get(f"/api/orgs/{identity.format(org=cast.org_id)}")

    assert (answer.status, answer.problem, answer["detail"]) == (404, "not-found", "Not found.")


def test_any_verified_person_may_make_an_organisation_and_becomes_its_admin(db: None):
    person = Api(new_person("maker"))

    made = person.post("/api/orgs", {"name": "Fresh Studio"})

    assert (made.status, made["role"], made["slug"]) == (201, "admin", "fresh-studio")
    assert person.get(f"/api/orgs/{made['id']}")["name"] == "Fresh Studio"


def test_a_taken_slug_names_the_field(cast: Cast):
    answer = cast.stranger.post("/api/orgs", {"name": "Other", "slug": cast.organization.slug})

    assert (answer.status, list(answer.errors)) == (400, ["slug"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "ok", "slug": "no spaces"}, "slug"),
        ({"name": "ok", "storage_limit": 1}, "storage_limit"),
    ],
)
def test_bad_input_names_the_field(cast: Cast, body: dict[str, Any], field: str):
    answer = cast.owner.post("/api/orgs", body)

    assert (answer.status, list(answer.errors)) == (400, [field])


def test_only_an_admin_renames(cast: Cast):
    path = f"/api/orgs/{cast.org_id}"

    assert cast.owner.patch(path, {"name": "Renamed"})["name"] == "Renamed"
    for role in ("editor", "reviewer", "viewer"):
        assert getattr(cast, role).patch(path, {"name": "Mine"}).status == 403
    assert cast.stranger.patch(path, {"name": "Mine"}).status == 404


def test_a_stale_if_match_changes_nothing(cast: Cast):
    path = f"/api/orgs/{cast.org_id}"
    etag = cast.owner.get(path).headers["ETag"]

    assert cast.owner.patch(path, {"name": "One"}, headers={"If-Match": etag}).status == 200
    assert cast.owner.patch(path, {"name": "Two"}, headers={"If-Match": etag}).status == 412
    assert cast.owner.get(path)["name"] == "One"
