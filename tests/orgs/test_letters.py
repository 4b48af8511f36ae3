"""Whoever is invited, or given a role somewhere new, gets a letter: through a real mail server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.test import override_settings
from django.utils import timezone

from dam.core import registry, tenancy
from dam.core.models import Outbox
from jobs.models import Job
from jobs.services import run
from orgs.services import LETTERS
from tests.cast import Cast, new_person
from tests.orgs.post_office import LATER, NOBODY, PostOffice, post_office


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with (
        post_office() as office,
        override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=office.port,
            EMAIL_USE_TLS=False,
        ),
    ):
        yield office


def give(cast: Cast, email: str, role: str = "reviewer") -> dict[str, Any]:
    path = f"/api/projects/{cast.project.id}/members"
    return dict(cast.owner.post(path, {"email": email, "role": role}).json)


def deliver(cast: Cast) -> list[Job]:
    """Do what the relay and the workers do with the letters that wait."""
    with tenancy.scope(cast.org_id):
        waiting = Outbox.objects.filter(topic=LETTERS)
        registry.delivery(LETTERS)([each.payload for each in waiting.order_by("sequence")])
        waiting.delete()
        jobs = list(Job.objects.filter(kind="letter").order_by("created_at"))
    for each in jobs:
        run(each.id, organization_id=each.organization_id)
    with tenancy.scope(cast.org_id):
        return list(Job.objects.filter(kind="letter").order_by("created_at"))


def body(letter: EmailMessage) -> str:
    return str(letter.get_content())


def test_an_unknown_address_is_invited_by_a_letter_that_says_where_and_how(
    committed_cast: Cast, office: PostOffice
):
    address = f"guest-{secrets.token_hex(4)}@example.test"
    give(committed_cast, address)
    give(committed_cast, address, role="editor")

    deliver(committed_cast)

    [letter] = office.letters
    assert letter["To"] == address
    assert letter["Subject"] == "You are invited to Feature film (Organisation A)"
    assert "Owner has invited you to Feature film (Organisation A) as editor." in body(letter)
    assert f"{settings.PORTAL_URL}/signup" in body(letter)


def test_a_known_person_is_told_once_of_a_role(committed_cast: Cast, office: PostOffice):
    person = new_person("known")
    give(committed_cast, person.email)
    deliver(committed_cast)

    give(committed_cast, person.email, role="editor")
    deliver(committed_cast)

    [letter] = office.letters
    assert (letter["To"], "the role reviewer" in body(letter)) == (person.email, True)


def test_a_withdrawn_invitation_is_not_sent(committed_cast: Cast, office: PostOffice):
    row = give(committed_cast, f"guest-{secrets.token_hex(4)}@example.test")
    committed_cast.owner.delete(f"/api/projects/{committed_cast.project.id}/members/{row['id']}")

    [job] = deliver(committed_cast)

    assert (job.state, job.result, office.letters) == ("succeeded", {"sent": False}, [])


def test_a_letter_that_is_refused_for_good_is_told(committed_cast: Cast, office: PostOffice):
    give(committed_cast, NOBODY)

    [refused] = deliver(committed_cast)

    assert refused.error is not None
    assert (refused.state, refused.error["type"].rsplit("/")[-1]) == ("failed", "letter-refused")


def tried_since(cast: Cast, job: Job, hours: float) -> Job:
    """Let so many hours go by since a letter was first tried, and try it again."""
    with tenancy.scope(cast.org_id):
        long_ago = timezone.now() - timedelta(hours=hours)
        Job.objects.filter(id=job.id).update(started_at=long_ago, due_at=Now())
    run(job.id, organization_id=cast.org_id)
    with tenancy.scope(cast.org_id):
        return Job.objects.get(id=job.id)


@pytest.mark.parametrize("kind", ["puts it off", "is away"])
def test_a_letter_outlasts_hours_of_a_mail_server_that_takes_none(
    committed_cast: Cast, office: PostOffice, kind: str
):
    cast, address = committed_cast, LATER if kind == "puts it off" else "guest@example.test"
    give(cast, address)
    if kind == "is away":
        office.shutdown()
        office.server_close()

    [first] = deliver(cast)
    later = [tried_since(cast, first, hours) for hours in (0.05, 1, 23)]
    spent = tried_since(cast, first, 25)

    pauses = [(each.due_at - each.updated_at).total_seconds() for each in (first, *later)]
    assert [(each.state, each.attempts) for each in (first, *later)] == [("queued", 0)] * 4
    assert pauses == [pytest.approx(each, rel=0.1) for each in (15, 180, 900, 900)]
    assert (spent.state, spent.attempts) == ("queued", 1), "after a day its tries are counted"
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        assert tried_since(cast, first, 25).result == {"sent": True}
