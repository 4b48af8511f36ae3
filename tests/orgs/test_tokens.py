"""API tokens: who may make one, what it may do, and that it ends at once."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from dam.core.db import new_id
from jobs.services import enqueue
from orgs.models import ApiToken, Project
from orgs.services import (
    Place,
    Reach,
    create_client,
    create_organization,
    create_project,
    issue_token,
    set_grant,
)
from tests.assets.catalogue import deliver
from tests.cast import Answer, Api, Browser, Cast, new_person

TOKENS = "/api/tokens"


def make(browser: Api, **changes: Any) -> Answer:
    answer = browser.post(TOKENS, {"scope": "write"} | changes)
    assert answer.status == 201, answer
    return answer


def bearer(token: str) -> Api:
    return Api(headers={"Authorization": f"Bearer {token}"})


def limited(api: Api, **reach: Any) -> Api:
    return bearer(issue_token(user=api.person, reach=Reach(**reach)))


def records(api: Api, verb: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/api/activities?verb={verb}")["results"]
    return found


def test_a_token_is_told_once_and_works_until_it_is_revoked(cast: Cast):
    browser = Browser(cast.editor.person)

    made = make(browser, name="NAS in the basement")
    listed = [each for each in browser.get(TOKENS)["results"] if each["id"] == made["id"]]
    works = bearer(made["token"]).get("/api/me").status
    revoked = browser.delete(f"{TOKENS}/{made['id']}").status

    assert made["token"].startswith("dam_")
    assert listed == [{name: value for name, value in made.json.items() if name != "token"}]
    assert (works, revoked) == (200, 204)
    assert bearer(made["token"]).get("/api/me").status == 401
    assert browser.delete(f"{TOKENS}/{made['id']}").status == 404
    assert made["id"] not in [each["id"] for each in browser.get(TOKENS)["results"]]


def test_a_token_makes_no_tokens_and_ends_no_other_one(cast: Cast):
    other = make(Browser(cast.editor.person))

    assert cast.editor.post(TOKENS, {"scope": "read"}).status == 403
    assert cast.editor.delete(f"{TOKENS}/{other['id']}").status == 404
    assert bearer(other["token"]).get("/api/me").status == 200
    assert [each["id"] for each in bearer(other["token"]).get(TOKENS)["results"]] == [other["id"]]
    assert bearer(other["token"]).delete(f"{TOKENS}/{other['id']}").status == 204


def test_another_persons_tokens_are_not_there(cast: Cast):
    theirs = make(Browser(cast.owner.person))
    browser = Browser(cast.editor.person)

    assert theirs["id"] not in str(browser.get(TOKENS).json)
    assert browser.delete(f"{TOKENS}/{theirs['id']}").status == 404
    assert bearer(theirs["token"]).get("/api/me").status == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": "admin"}, "scope"),
        ({"scope": None}, "scope"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"project": "x"}, "project"),
        ({"name": "a\nb"}, "name"),
        ({"can_write": True}, "can_write"),
        ({"user": str(new_id())}, "user"),
    ],
)
def test_bad_wishes_name_themselves(cast: Cast, changes: dict[str, Any], field: str):
    answer = Browser(cast.owner.person).post(TOKENS, {"scope": "read"} | changes)

    assert (answer.status, list(answer.errors)) == (400, [field])


def test_a_project_that_cannot_be_seen_reads_like_none(cast: Cast):
    with tenancy.scope(cast.org_id):
        hidden = create_project(actor=SYSTEM, name="Hidden")
    browser = Browser(cast.editor.person)

    answers = [
        browser.post(TOKENS, {"scope": "read", "project": str(each)})
        for each in (cast.foreign.id, hidden.id, new_id())
    ]

    assert [each.status for each in answers] == [400] * 3
    assert answers[0].errors == answers[1].errors == answers[2].errors
    assert list(answers[0].errors) == ["project"]


def test_a_reading_token_changes_nothing(cast: Cast):
    reader = limited(cast.owner, can_write=False)

    assert reader.get(f"/api/projects/{cast.project.id}").status == 200
    assert reader.patch(f"/api/projects/{cast.project.id}", {"name": "x"}).status == 403
    assert reader.post("/api/projects", {"name": "x"}).status == 403
    assert reader.post("/api/orgs", {"name": "x"}).status == 403
    assert reader.post("/api/playback", {"versions": [str(new_id())]}).status == 200


def test_a_token_of_one_project_sees_that_project_and_nothing_beside_it(cast: Cast):
    with tenancy.scope(cast.org_id):
        brand, other = (create_client(actor=SYSTEM, name=name) for name in ("Brand", "Other"))
        Project.objects.filter(id=cast.project.id).update(client=brand)
        beside = create_project(actor=SYSTEM, name="Beside")
    second = create_organization(actor=SYSTEM, user=cast.owner.person, name="Second house")
    inside, outside = deliver(cast.project)[0], deliver(beside)[0]

    one = limited(cast.owner, project=cast.project)

    assert [each["id"] for each in one.get("/api/me")["organizations"]] == [str(cast.org_id)]
    assert [each["id"] for each in one.get("/api/projects")["results"]] == [str(cast.project.id)]
    assert [each["id"] for each in one.get("/api/clients")["results"]] == [str(brand.id)]
    assert [each["id"] for each in one.get("/api/assets")["results"]] == [str(inside.id)]
    assert one.get("/api/orgs")["results"] == []
    for path in (
        f"orgs/{cast.org_id}",
        f"orgs/{second.id}",
        f"orgs/{cast.org_id}/members",
        f"projects/{beside.id}",
        f"clients/{other.id}",
        f"assets/{outside.id}",
    ):
        assert one.get(f"/api/{path}").status == 404, path
    assert one.patch(f"/api/assets/{inside.id}", {"title": "Mine"}).status == 200
    assert one.post("/api/projects", {"name": "x", "org": str(cast.org_id)}).status == 403
    assert one.post("/api/orgs", {"name": "x"}).status == 403


def test_a_token_of_one_project_is_dead_where_its_person_lost_the_project(cast: Cast):
    one = limited(cast.viewer, project=cast.project)
    assert one.get(f"/api/projects/{cast.project.id}").status == 200

    rows = cast.owner.get(f"/api/projects/{cast.project.id}/members")["results"]
    grant = next(each for each in rows if each["role"] == "viewer")
    cast.owner.delete(f"/api/projects/{cast.project.id}/members/{grant['id']}")

    assert one.get(f"/api/projects/{cast.project.id}").status == 404


def test_a_token_never_does_more_than_its_person(cast: Cast):
    writer = limited(cast.viewer, can_write=True)

    assert writer.patch(f"/api/projects/{cast.project.id}", {"name": "x"}).status == 403


def test_an_expired_token_is_dead(cast: Cast):
    token = issue_token(user=cast.editor.person, reach=Reach(expires_at=timezone.now() + timedelta(hours=1)))
    assert bearer(token).get("/api/me").status == 200

    ApiToken.objects.filter(user=cast.editor.person, expires_at__isnull=False).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert bearer(token).get("/api/me").status == 401


def test_a_revoked_token_sees_no_job_any_more(cast: Cast):
    with tenancy.scope(cast.org_id):
        job, _ = enqueue(
            kind="promote",
            project_id=cast.project.id,
            version_id=None,
            payload={},
            idem_key="x",
            queue="short",
            created_by=None,
        )
    browser = Browser(cast.editor.person)
    made = make(browser)
    reader = bearer(made["token"])
    before = reader.get(f"/api/jobs/{job.id}").status

    browser.delete(f"{TOKENS}/{made['id']}")

    assert before == 200
    assert reader.get(f"/api/jobs/{job.id}").status == reader.get("/api/jobs").status == 401


def test_a_closed_account_takes_its_tokens_along(cast: Cast):
    type(cast.editor.person).objects.filter(id=cast.editor.person.id).update(is_active=False)

    assert cast.editor.get("/api/me").status == 401


def test_a_token_in_the_address_is_no_token(cast: Cast):
    token = cast.owner.headers["Authorization"].removeprefix("Bearer ")

    for name in ("token", "access_token", "authorization"):
        assert Api().get(f"/api/me?{name}={token}").status == 401


def test_making_and_revoking_is_on_record_where_the_token_reaches(cast: Cast):
    second = create_organization(actor=SYSTEM, user=cast.owner.person, name="Second house")
    browser = Browser(cast.owner.person)

    everywhere = make(browser, name="Everywhere")
    here = make(browser, name="Here", project=str(cast.project.id))
    browser.delete(f"{TOKENS}/{everywhere['id']}")

    [one, other] = records(cast.owner, f"token.created&org={cast.org_id}")
    assert {one["target"]["id"], other["target"]["id"]} == {everywhere["id"], here["id"]}
    assert [each["target"]["id"] for each in records(cast.owner, f"token.created&org={second.id}")] == [
        everywhere["id"]
    ]
    assert [each["target"]["id"] for each in records(cast.owner, f"token.revoked&org={second.id}")] == [
        everywhere["id"]
    ]
    assert here["token"] not in str(one) + str(other)


def test_the_row_holds_no_token(cast: Cast):
    token = make(Browser(cast.owner.person))["token"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM orgs_apitoken t")
        assert token not in cursor.fetchone()[0]


def test_the_command_line_limits_what_it_prints(cast: Cast):
    def printed(**options: Any) -> Api:
        out = io.StringIO()
        call_command("token", email=cast.owner.person.email, stdout=out, **options)
        return bearer(out.getvalue().strip())

    reader = printed(read_only=True)
    one = printed(project=str(cast.project.id), expires=7)

    assert reader.patch(f"/api/projects/{cast.project.id}", {"name": "x"}).status == 403
    assert one.get("/api/orgs")["results"] == []
    [document] = one.get(TOKENS)["results"]
    assert document["project"] == str(cast.project.id)
    assert document["expires_at"] is not None
    with pytest.raises(CommandError, match="sees no project"):
        printed(project=str(cast.foreign.id))


def test_an_editor_by_a_client_may_hold_a_token_of_its_project(cast: Cast):
    with tenancy.scope(cast.org_id):
        brand = create_client(actor=SYSTEM, name="Brand")
        spot = create_project(actor=SYSTEM, name="Spot", client=brand)
        person = new_person("agency")
        set_grant(user=person, place=Place(client=brand), role=Role.EDITOR)

    one = limited(Api(person), project=spot)

    assert one.get(f"/api/projects/{spot.id}")["role"] == "editor"
    assert one.patch(f"/api/clients/{brand.id}", {"name": "x"}).status == 403
