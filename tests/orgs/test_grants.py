"""Grants at three levels: the nearest counts, an organisation's admin is never lowered, and removal is at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

import pytest
from django.db import connection, transaction

from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from orgs.models import Client, Grant, Invitation, Project, ProjectMembership
from orgs.services import (
    Place,
    accept_invitations,
    create_client,
    create_project,
    flatten,
    remove_grant,
    set_grant,
)
from tests.cast import Api, Cast, new_person
from tests.waits import until_somebody_waits


@dataclass
class Places:
    """A client with a project of its own, and a person who is nobody yet."""

    cast: Cast
    client: Client
    spot: Project
    person: Api

    def grant(self, role: str | None, place: Place) -> None:
        if role is not None:
            with tenancy.scope(self.cast.org_id):
                set_grant(user=self.person.person, place=place, role=Role(role))

    def levels(self) -> list[Place]:
        """Return the three levels, the farthest first."""
        return [Place(), Place(client=self.client), Place(project=self.spot)]

    def effective(self) -> str | None:
        answer = self.person.get(f"/api/projects/{self.spot.id}")
        return answer["role"] if answer.status == 200 else None


@pytest.fixture
def places(cast: Cast) -> Places:
    with tenancy.scope(cast.org_id):
        client = create_client(actor=SYSTEM, name="Brand")
        spot = create_project(actor=SYSTEM, name="Spot", client=client)
    return Places(cast, client, spot, Api(new_person("freelancer")))


ORGANIZATION = (None, "member", "viewer", "editor", "admin")
CLIENT = (None, "viewer", "admin")
PROJECT = (None, "viewer", "editor")


def expected(organization: str | None, client: str | None, project: str | None) -> str | None:
    if organization == "admin":
        return "admin"
    return project or client or (organization if organization != "member" else None)


def test_the_nearest_grant_counts_whatever_the_three_levels_say(places: Places):
    found = {}
    for levels in product(ORGANIZATION, CLIENT, PROJECT):
        with transaction.atomic():
            for role, place in zip(levels, places.levels(), strict=True):
                places.grant(role, place)
            found[levels] = places.effective()
            transaction.set_rollback(True)

    assert found == {levels: expected(*levels) for levels in product(ORGANIZATION, CLIENT, PROJECT)}
    assert len(found) == 45


@pytest.mark.parametrize(("organization", "client", "project"), [("editor", "viewer", "reviewer")])
def test_taking_grants_away_gives_the_next_nearest_back(
    places: Places, organization: str, client: str, project: str
):
    places.grant(organization, Place())
    places.grant(client, Place(client=places.client))
    places.grant(project, Place(project=places.spot))
    found = [places.effective()]
    for place in ({"project": places.spot}, {"client": places.client}, {"client": None, "project": None}):
        with tenancy.scope(places.cast.org_id):
            grant = Grant.objects.get(user=places.person.person, **place)
            remove_grant(grant, actor=SYSTEM)
        found.append(places.effective())

    assert found == [project, client, organization, None]


def test_a_demoted_admin_falls_back_to_what_was_granted_nearer(places: Places):
    places.grant("admin", Place())
    places.grant("viewer", Place(project=places.spot))
    assert places.effective() == "admin"

    places.grant("member", Place())

    assert places.effective() == "viewer"


def test_a_new_project_of_a_client_is_open_to_the_clients_people_at_once(places: Places):
    places.grant("reviewer", Place(client=places.client))

    made = places.cast.owner.post("/api/projects", {"name": "Next", "client": str(places.client.id)})

    assert places.person.get(f"/api/projects/{made['id']}")["role"] == "reviewer"


def test_a_clients_admin_makes_projects_there_and_nowhere_else(places: Places):
    places.grant("admin", Place(client=places.client))
    with tenancy.scope(places.cast.org_id):
        other = create_client(actor=SYSTEM, name="Other")

    made = places.person.post("/api/projects", {"name": "Mine", "client": str(places.client.id)})

    assert (made.status, made["role"]) == (201, "admin")
    assert places.person.post("/api/projects", {"name": "x"}).status == 403
    elsewhere = places.person.post("/api/projects", {"name": "x", "client": str(other.id)})
    assert (elsewhere.status, list(elsewhere.errors)) == (400, ["client"])
    members = f"/api/clients/{places.client.id}/members"
    assert places.person.post(members, {"email": "new@example.test", "role": "viewer"}).status == 201
    assert places.person.get(f"/api/clients/{other.id}").status == 404


def test_a_projects_admin_manages_that_project_alone(places: Places):
    places.grant("admin", Place(project=places.spot))

    own = places.person.post(
        f"/api/projects/{places.spot.id}/members", {"email": "a@example.test", "role": "viewer"}
    )
    organization = places.person.post(
        f"/api/orgs/{places.cast.org_id}/members", {"email": "a@example.test", "role": "admin"}
    )

    assert (own.status, organization.status) == (201, 403)
    assert places.person.patch(f"/api/orgs/{places.cast.org_id}", {"name": "x"}).status == 403
    assert places.person.get(f"/api/projects/{places.cast.project.id}").status == 404


def test_a_member_without_grants_sees_no_project(places: Places):
    places.grant("member", Place())

    assert places.person.get("/api/projects")["results"] == []
    assert places.person.get("/api/assets")["results"] == []
    assert places.effective() is None


def test_any_grant_makes_a_member_of_the_organisation(places: Places):
    places.grant("viewer", Place(project=places.spot))

    assert [each["role"] for each in places.person.get("/api/me")["organizations"]] == ["member"]


def test_a_grants_level_cannot_be_changed_from_another_place(places: Places):
    places.grant("viewer", Place(project=places.spot))
    with tenancy.scope(places.cast.org_id):
        grant = Grant.objects.get(user=places.person.person)

    for place in (
        f"orgs/{places.cast.org_id}",
        f"clients/{places.client.id}",
        f"projects/{places.cast.project.id}",
    ):
        assert places.cast.owner.patch(f"/api/{place}/members/{grant.id}", {"role": "admin"}).status in {
            400,
            404,
        }
        assert places.cast.owner.delete(f"/api/{place}/members/{grant.id}").status == 404
    assert places.effective() == "viewer"


def test_rebuilding_memberships_changes_nothing(places: Places):
    places.grant("editor", Place(client=places.client))
    places.grant("viewer", Place(project=places.spot))
    with tenancy.scope(places.cast.org_id):
        before = sorted(ProjectMembership.objects.values_list("project_id", "user_id", "role"))
        flatten()
        assert sorted(ProjectMembership.objects.values_list("project_id", "user_id", "role")) == before


def test_of_two_grants_that_are_taken_away_at_once_nothing_stays(committed_cast: Cast):
    cast, person = committed_cast, new_person("freelancer")
    with tenancy.scope(cast.org_id):
        far, _ = set_grant(user=person, place=Place(), role=Role.EDITOR)
        near, _ = set_grant(user=person, place=Place(project=cast.project), role=Role.VIEWER)

    def remove(grant: Grant) -> None:
        try:
            with tenancy.scope(cast.org_id):
                remove_grant(grant, actor=SYSTEM)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(cast.org_id):
            remove_grant(near, actor=SYSTEM)
            other = pool.submit(remove, far)
            until_somebody_waits()
        other.result()

    with tenancy.scope(cast.org_id):
        assert not ProjectMembership.objects.filter(user=person).exists()


def test_an_old_invitation_does_not_lower_who_becomes_admin_at_the_same_moment(committed_cast: Cast):
    cast, person = committed_cast, new_person("producer")
    with tenancy.scope(cast.org_id):
        Invitation.objects.create(email=person.email, role=Role.MEMBER)

    def accept() -> None:
        try:
            accept_invitations(person)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(cast.org_id):
            set_grant(user=person, place=Place(), role=Role.ADMIN)
            accepting = pool.submit(accept)
            until_somebody_waits()
        accepting.result()

    with tenancy.scope(cast.org_id):
        assert Grant.objects.get(user=person).role == Role.ADMIN
        assert not Invitation.objects.filter(email=person.email).exists()
