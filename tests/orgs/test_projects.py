"""Clients, projects and their members."""

import pytest

from dam.core.access import Role
from tests.cast import Api, Cast, new_person


def test_roles_are_shown_to_each_member(cast: Cast):
    path = f"/api/projects/{cast.project.id}"

    assert {name: member.get(path)["role"] for name, member in cast.members().items()} == {
        "owner": "admin",
        "editor": "editor",
        "reviewer": "reviewer",
        "viewer": "viewer",
    }


def test_only_admins_make_projects_and_clients(cast: Cast):
    for path in ("/api/projects", "/api/clients"):
        assert cast.owner.post(path, {"name": "New"}).status == 201
        for role in ("editor", "reviewer", "viewer"):
            assert getattr(cast, role).post(path, {"name": "New"}).status == 403


def test_the_same_name_gets_another_slug(cast: Cast):
    first, second = (cast.owner.post("/api/projects", {"name": "Spot"}) for _ in range(2))

    assert (first["slug"], second["slug"]) == ("spot", "spot-2")


def test_a_foreign_organisation_in_a_body_reads_like_a_missing_one(cast: Cast):
    foreign = cast.owner.post("/api/projects", {"name": "X", "org": str(cast.foreign.organization_id)})
    missing = cast.owner.post("/api/projects", {"name": "X", "org": "00000000-0000-7000-8000-000000000000"})

    assert foreign.status == missing.status == 400
    assert foreign.errors == missing.errors
    assert list(foreign.errors) == ["org"]


def test_a_foreign_project_is_not_found(cast: Cast):
    for member in (cast.owner, cast.editor, cast.viewer):
        assert member.get(f"/api/projects/{cast.foreign.id}").status == 404
        assert member.patch(f"/api/projects/{cast.foreign.id}", {"name": "x"}).status == 404
        assert member.get(f"/api/projects/{cast.foreign.id}/members").status == 404


def test_members_see_only_granted_projects(cast: Cast):
    hidden = cast.owner.post("/api/projects", {"name": "Hidden"})

    assert [each["id"] for each in cast.viewer.get("/api/projects")["results"]] == [str(cast.project.id)]
    assert cast.viewer.get(f"/api/projects/{hidden['id']}").status == 404
    assert len(cast.owner.get("/api/projects")["results"]) == 2


def test_the_nearest_grant_counts_and_may_lower(cast: Cast):
    client = cast.owner.post("/api/clients", {"name": "Brand"})
    spot = cast.owner.post("/api/projects", {"name": "Spot", "client": client["id"]})
    person = Api(new_person("freelancer"))
    invite = {"email": person.person.email, "role": "editor"}

    assert cast.owner.post(f"/api/clients/{client['id']}/members", invite).status == 201
    assert person.get(f"/api/projects/{spot['id']}")["role"] == "editor"

    lowered = cast.owner.post(f"/api/projects/{spot['id']}/members", invite | {"role": "viewer"})
    assert person.get(f"/api/projects/{spot['id']}")["role"] == "viewer"

    assert cast.owner.delete(f"/api/projects/{spot['id']}/members/{lowered['id']}").status == 204
    assert person.get(f"/api/projects/{spot['id']}")["role"] == "editor"


def test_an_organisation_admin_is_never_lowered(cast: Cast):
    cast.owner.post(
        f"/api/projects/{cast.project.id}/members", {"email": cast.owner.person.email, "role": "viewer"}
    )

    assert cast.owner.get(f"/api/projects/{cast.project.id}")["role"] == "admin"


def test_granting_again_answers_200_and_changes_the_role(cast: Cast):
    path = f"/api/projects/{cast.project.id}/members"

    answer = cast.owner.post(path, {"email": cast.viewer.person.email, "role": "reviewer"})

    assert (answer.status, answer["role"]) == (200, "reviewer")
    assert cast.viewer.get(f"/api/projects/{cast.project.id}")["role"] == "reviewer"


def test_an_unknown_address_is_invited_and_listed(cast: Cast):
    path = f"/api/projects/{cast.project.id}/members"

    answer = cast.owner.post(path, {"email": "later@example.test", "role": "reviewer"})

    assert (answer.status, answer["user"]["id"], answer["invited"]) == (201, None, True)
    assert "later@example.test" in [each["user"]["email"] for each in cast.owner.get(path)["results"]]


def test_only_admins_manage_members(cast: Cast):
    path = f"/api/projects/{cast.project.id}/members"
    body = {"email": "someone@example.test", "role": "viewer"}

    for role in ("editor", "reviewer", "viewer"):
        assert getattr(cast, role).post(path, body).status == 403
    assert cast.stranger.post(path, body).status == 404


def test_removal_ends_access_at_once(cast: Cast):
    path = f"/api/projects/{cast.project.id}/members"
    row = next(each for each in cast.owner.get(path)["results"] if each["role"] == Role.VIEWER)

    cast.owner.delete(f"{path}/{row['id']}")

    assert cast.viewer.get(f"/api/projects/{cast.project.id}").status == 404
    assert cast.viewer.get("/api/me")["organizations"] == []


def test_the_last_admin_cannot_be_demoted_or_removed(cast: Cast):
    path = f"/api/orgs/{cast.org_id}/members"
    row = next(each for each in cast.owner.get(path)["results"] if each["role"] == "admin")

    assert cast.owner.patch(f"{path}/{row['id']}", {"role": "member"}).status == 409
    assert cast.owner.delete(f"{path}/{row['id']}").status == 409


def test_a_client_with_projects_is_in_use(cast: Cast):
    client = cast.owner.post("/api/clients", {"name": "Brand"})
    cast.owner.post("/api/projects", {"name": "Spot", "client": client["id"]})

    answer = cast.owner.delete(f"/api/clients/{client['id']}")

    assert (answer.status, answer.problem) == (409, "in-use")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=forged", "colour=red", "limit=1&limit=2"]
)
def test_bad_list_parameters_name_themselves(cast: Cast, query: str):
    answer = cast.owner.get(f"/api/projects?{query}")

    assert (answer.status, list(answer.errors)) == (400, [query.split("=", maxsplit=1)[0]])


def test_pages_walk_both_ways_without_gap_or_double(cast: Cast):
    for n in range(7):
        cast.owner.post("/api/projects", {"name": f"P{n}"})
    seen, url = [], "/api/projects?limit=3"
    while url:
        page = cast.owner.get(url)
        seen.append([each["id"] for each in page["results"]])
        back, url = page["previous"], page["next"]

    assert [len(each) for each in seen] == [3, 3, 2]
    assert len({each for page in seen for each in page}) == 8
    assert [each["id"] for each in cast.owner.get(back)["results"]] == seen[1]


def test_a_cursor_of_another_search_is_refused(cast: Cast):
    for n in range(3):
        cast.owner.post("/api/projects", {"name": f"P{n}"})
    following = cast.owner.get("/api/projects?limit=1")["next"]

    answer = cast.owner.get(f"{following}&status=active")

    assert (answer.status, list(answer.errors)) == (400, ["cursor"])


def test_the_count_is_given_when_asked(cast: Cast):
    assert cast.owner.get("/api/projects?count=exact")["count"] == {"value": 1, "exact": True}
    assert "count" not in cast.owner.get("/api/projects").json


def test_an_idempotency_key_gives_the_first_answer_again(cast: Cast):
    headers = {"Idempotency-Key": "one"}

    first = cast.owner.post("/api/projects", {"name": "Once"}, headers=headers)
    again = cast.owner.post("/api/projects", {"name": "Once"}, headers=headers)
    other = cast.owner.post("/api/projects", {"name": "Twice"}, headers=headers)

    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert again.json == first.json
