"""Invitations: they wait for an address, and become grants when its owner proves it."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import override_settings
from django.utils import timezone

from dam.core import tenancy
from dam.core.access import Role
from orgs.models import Grant, Invitation, User
from orgs.services import Place, accept_invitations, create_user, grant_by_email, letter_for
from tests.cast import Answer, Api, Cast


@pytest.fixture
def email() -> str:
    return f"Guest.{secrets.token_hex(4)}@Example.test"


def invite(cast: Cast, email: str, place: str, **changes: Any) -> Answer:
    answer = cast.owner.post(f"/api/{place}/members", {"email": email, "role": "viewer"} | changes)
    assert answer.status in {200, 201}, answer
    return answer


def sign_up(email: str) -> Api:
    """Come with an account whose address is proven, as after the letter's link was followed."""
    user, _ = create_user(email=email)
    accept_invitations(user)
    return Api(user)


def roles(person: Api) -> list[str]:
    return [each["role"] for each in person.get("/api/projects")["results"]]


def test_the_same_address_in_other_letters_is_the_same_invitation(cast: Cast, email: str):
    place = f"projects/{cast.project.id}"

    first = invite(cast, email, place)
    again = invite(cast, email.upper(), place, role="editor")

    assert (first.status, again.status) == (201, 200)
    assert first["id"] == again["id"]
    assert roles(sign_up(email.lower())) == ["editor"]


def test_an_accepted_invitation_is_gone_and_accepting_twice_changes_nothing(cast: Cast, email: str):
    path = f"/api/projects/{cast.project.id}/members"
    invite(cast, email, f"projects/{cast.project.id}")
    person = sign_up(email)

    accept_invitations(person.person)

    rows = [each for each in cast.owner.get(path)["results"] if each["user"]["email"] == email.lower()]
    assert [each["invited"] for each in rows] == [False]
    with tenancy.scope(cast.org_id):
        assert not Invitation.objects.filter(email__iexact=email).exists()


def test_a_withdrawn_invitation_gives_nothing(cast: Cast, email: str):
    place = f"projects/{cast.project.id}"
    row = invite(cast, email, place)

    assert cast.owner.delete(f"/api/{place}/members/{row['id']}").status == 204

    person = sign_up(email)
    assert person.get(f"/api/{place}").status == 404
    assert person.get("/api/me")["organizations"] == []


def test_invitations_of_two_organisations_are_accepted_together(cast: Cast, email: str):
    invite(cast, email, f"projects/{cast.project.id}")
    theirs = cast.stranger.post(
        f"/api/projects/{cast.foreign.id}/members", {"email": email, "role": "reviewer"}
    )

    person = sign_up(email)

    assert theirs.status == 201
    assert len(person.get("/api/me")["organizations"]) == 2
    assert person.get(f"/api/projects/{cast.project.id}")["role"] == "viewer"
    assert person.get(f"/api/projects/{cast.foreign.id}")["role"] == "reviewer"


def test_invitations_at_all_three_levels_become_three_grants(cast: Cast, email: str):
    client = cast.owner.post("/api/clients", {"name": "Brand"})
    spot = cast.owner.post("/api/projects", {"name": "Spot", "client": client["id"]})
    invite(cast, email, f"orgs/{cast.org_id}", role="member")
    invite(cast, email, f"clients/{client['id']}", role="editor")
    invite(cast, email, f"projects/{cast.project.id}", role="reviewer")

    person = sign_up(email)

    assert person.get("/api/me")["organizations"][0]["role"] == "member"
    assert person.get(f"/api/projects/{spot['id']}")["role"] == "editor"
    assert person.get(f"/api/projects/{cast.project.id}")["role"] == "reviewer"


def test_an_account_whose_address_is_not_proven_is_granted_nothing_by_it(cast: Cast, email: str):
    """Anybody may sign up with another's address: only following the letter's link proves that it is theirs."""
    user = User.objects.create_user(email, None)
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)

    invite(cast, email, f"projects/{cast.project.id}")

    assert Api(user).get(f"/api/projects/{cast.project.id}").status == 404
    EmailAddress.objects.filter(user=user).update(verified=True)
    accept_invitations(user)
    assert Api(user).get(f"/api/projects/{cast.project.id}")["role"] == "viewer"


def test_an_older_grant_is_changed_by_a_later_invitation_only_upon_acceptance(cast: Cast, email: str):
    row = invite(cast, email, f"projects/{cast.project.id}", role="editor")
    cast.owner.patch(f"/api/projects/{cast.project.id}/members/{row['id']}", {"role": "reviewer"})

    assert roles(sign_up(email)) == ["reviewer"]


def test_an_invitation_is_on_record_with_its_end(cast: Cast, email: str):
    place = f"projects/{cast.project.id}"
    withdrawn = invite(cast, email, place)
    cast.owner.delete(f"/api/{place}/members/{withdrawn['id']}")
    invite(cast, email, place)
    sign_up(email)

    told = cast.owner.get(f"/api/activities?project={cast.project.id}")["results"]

    verbs = [each["verb"] for each in told]
    assert {"invitation.given", "invitation.withdrawn", "invitation.accepted"} <= set(verbs)


def test_closed_sign_up_lets_nobody_in_and_nobody_found_an_organisation(cast: Cast, email: str):
    with override_settings(SIGNUP="closed"):
        signed = Api().post(
            "/_allauth/app/v1/auth/signup", {"email": email, "password": "correct horse battery"}
        )
        founded = cast.viewer.post("/api/orgs", {"name": "Mine"})

    assert (signed.status, founded.status) == (403, 403)
    assert not User.objects.filter(email__iexact=email).exists()


def test_whoever_a_letter_invited_signs_up_where_sign_up_is_closed(cast: Cast, email: str):
    invited = invite(cast, email, f"projects/{cast.project.id}", role="editor")
    other = f"else-{email}"
    with tenancy.scope(cast.org_id):
        letter = letter_for({"kind": "invitation", "id": invited["id"], "by": None})
    assert letter is not None
    [word] = re.findall(r"/signup\?invitation=(\S+)", letter.body)

    def tried(address: str, given: Any) -> int:
        told = {"email": address, "password": "correct horse battery", "invitation": given}
        return int(Api().post("/_allauth/app/v1/auth/signup", told).status)

    with override_settings(SIGNUP="closed"):
        wrong = [tried(email, ""), tried(email, word[:-1]), tried(email, 7), tried(other, word)]
        assert wrong == [403, 403, 403, 403]
        assert tried(email.upper(), word) == 401  # the address is yet to be proven
        cast.owner.delete(f"/api/projects/{cast.project.id}/members/{invited['id']}")
        User.objects.filter(email__iexact=email).delete()
        assert tried(email, word) == 403


def test_nobody_hands_out_more_than_an_admins_rights(cast: Cast, email: str):
    """An editor grants nothing at all, at whatever level, to whomever, themself included."""
    for place in (f"projects/{cast.project.id}", f"orgs/{cast.org_id}"):
        for address in (email, cast.editor.person.email):
            answer = cast.editor.post(f"/api/{place}/members", {"email": address, "role": "admin"})
            assert answer.status == 403
    with tenancy.scope(cast.org_id):
        assert Grant.objects.filter(role=Role.ADMIN).count() == 1


def test_a_service_that_invites_names_no_account_to_its_caller(cast: Cast, email: str):
    """A known address is granted, an unknown one invited: both answer alike but for `invited` and the person."""
    known = invite(cast, cast.stranger.person.email, f"projects/{cast.project.id}")
    unknown = invite(cast, email, f"projects/{cast.project.id}")

    assert set(known.json) == set(unknown.json)
    with tenancy.scope(cast.org_id):
        row, is_new = grant_by_email(
            actor=cast.owner.actor, email=email, place=Place(project=cast.project), role=Role.VIEWER
        )
    assert (str(row.id), is_new) == (unknown["id"], False)


def test_an_admin_is_not_lowered_by_an_old_invitation_to_another_address(cast: Cast, email: str):
    invite(cast, email, f"orgs/{cast.org_id}", role="member")
    EmailAddress.objects.create(user=cast.owner.person, email=email.lower(), verified=True, primary=False)

    accept_invitations(cast.owner.person)

    assert cast.owner.get(f"/api/orgs/{cast.org_id}")["role"] == "admin"
    assert email.lower() not in str(cast.owner.get(f"/api/orgs/{cast.org_id}/members").json)


def let_pass(cast: Cast, email: str, *, days: float) -> None:
    """Have an invitation given so many days ago."""
    with tenancy.scope(cast.org_id):
        given = Invitation.objects.filter(email__iexact=email)
        assert given.update(updated_at=timezone.now() - timedelta(days=days)) == 1


@pytest.mark.parametrize(("days", "status"), [(13.9, 200), (14.1, 404)])
def test_an_invitation_waits_for_two_weeks(cast: Cast, email: str, days: float, status: int):
    invite(cast, email, f"projects/{cast.project.id}")
    let_pass(cast, email, days=days)

    assert sign_up(email).get(f"/api/projects/{cast.project.id}").status == status


def test_an_invitation_that_ran_out_is_listed_so_and_inviting_again_renews_it(cast: Cast, email: str):
    place = f"projects/{cast.project.id}"
    row = invite(cast, email, place)
    let_pass(cast, email, days=20)
    listed = cast.owner.get(f"/api/{place}/members")["results"]
    ended = next(each for each in listed if each["id"] == row["id"])["expires_at"]

    again = invite(cast, email, place)

    assert ended < timezone.now().isoformat() < again["expires_at"]
    assert (again.status, again["id"]) == (200, row["id"])
    assert roles(sign_up(email)) == ["viewer"]


def test_members_have_no_end(cast: Cast):
    rows = cast.owner.get(f"/api/projects/{cast.project.id}/members")["results"]

    assert {each["expires_at"] for each in rows} == {None}


@pytest.mark.parametrize("level", ["orgs", "clients", "projects"])
def test_only_who_manages_members_reads_the_addresses_of_the_invited(cast: Cast, email: str, level: str):
    client = cast.owner.post("/api/clients", {"name": "Brand"})["id"]
    cast.owner.patch(f"/api/projects/{cast.project.id}", {"client": client})
    place = f"{level}/{ {'orgs': cast.org_id, 'clients': client, 'projects': cast.project.id}[level] }"
    invite(cast, email, place)
    path = f"/api/{place}/members"

    for each in (cast.editor, cast.reviewer, cast.viewer):
        seen = each.get(path)
        assert seen.status == 200
        assert email.lower() not in str(seen.json)
        assert email.lower() not in str(each.get("/api/activities?limit=500").json)
    assert email.lower() in str(cast.owner.get(path).json)
    assert email.lower() in str(cast.owner.get("/api/activities?limit=500").json)


@pytest.mark.parametrize("level", ["clients", "projects"])
def test_who_is_admin_there_alone_reads_them_too(cast: Cast, email: str, level: str):
    client = cast.owner.post("/api/clients", {"name": "Brand"})["id"]
    cast.owner.patch(f"/api/projects/{cast.project.id}", {"client": client})
    place = f"{level}/{client if level == 'clients' else cast.project.id}"
    invite(cast, email, place)
    invite(cast, cast.editor.person.email, place, role="admin")
    if level == "clients":  # the nearer grant would count
        rows = cast.owner.get(f"/api/projects/{cast.project.id}/members")["results"]
        own = next(each["id"] for each in rows if each["user"]["email"] == cast.editor.person.email)
        cast.owner.delete(f"/api/projects/{cast.project.id}/members/{own}")

    assert email.lower() in str(cast.editor.get(f"/api/{place}/members").json)
    assert email.lower() not in str(cast.editor.get(f"/api/orgs/{cast.org_id}/members").json)
