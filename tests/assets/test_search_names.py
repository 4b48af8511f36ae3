"""Searching by the names of people and places, and without regard to case."""

from __future__ import annotations

from typing import Any

import pytest

from assets.services import create_collection
from dam.core import tenancy
from dam.core.access import SYSTEM
from orgs.models import Client, Project, User
from orgs.services import create_client, create_project
from tests.assets.catalogue import deliver
from tests.assets.test_search_answers import ask
from tests.cast import Cast


def found(answer: Any) -> set[str]:
    return {each["title"] for each in answer["results"]}


@pytest.fixture
def named(cast: Cast) -> Cast:
    """Two projects with names, one of them hidden from the viewer; people, a client, collections and shoots."""
    User.objects.filter(id=cast.editor.person.id).update(name="Ána Schmidt")
    User.objects.filter(id=cast.stranger.person.id).update(name="Secret Stranger")
    with tenancy.scope(cast.org_id):
        client = create_client(actor=SYSTEM, name="Acme & Sons")
        Project.objects.filter(id=cast.project.id).update(name="Spring Campaign", client=client)
        hidden = create_project(actor=SYSTEM, name="Hidden Film")
        secret = create_client(actor=SYSTEM, name="Secret Client")
        Project.objects.filter(id=hidden.id).update(client=secret)
        create_collection(actor=SYSTEM, project_id=hidden.id, name="Secret Selects")
    mine, _ = deliver(cast.project, title="By Ana", actor=cast.editor.actor)
    deliver(cast.project, title="By owner", actor=cast.owner.actor)
    deliver(hidden, title="Out of sight", actor=cast.owner.actor)
    project = str(cast.project.id)
    selects = cast.editor.post("/api/collections", {"project": project, "name": "Best Selects"})
    cast.editor.post(f"/api/collections/{selects['id']}/assets", {"add": [str(mine.id)]})
    shoot = cast.editor.post("/api/shoots", {"project": project, "name": "Harbour, day 1"})
    cast.editor.post(f"/api/shoots/{shoot['id']}/assets", {"add": [str(mine.id)]})
    return cast


@pytest.mark.parametrize(
    ("q", "titles"),
    [
        ('by:"Ána Schmidt"', {"By Ana"}),
        ("by:schmidt", {"By Ana"}),
        ("person:SCHMIDT,owner", {"By Ana", "By owner"}),
        ("-by:schmidt", {"By owner"}),
        ("owner by:schmidt", set()),
        ('project:"spring campaign"', {"By Ana", "By owner"}),
        ("project:spring ana", {"By Ana"}),
        ("project:spr* by:ána*", {"By Ana"}),
        ('client:"Acme & Sons"', {"By Ana", "By owner"}),
        ("client:acme", {"By Ana", "By owner"}),
        ('collection:"best selects"', {"By Ana"}),
        ("-collection:best", {"By owner"}),
        ('shoot:"Harbour, day 1"', {"By Ana"}),
    ],
)
def test_people_and_places_are_asked_for_by_name(named: Cast, q: str, titles: set[str]) -> None:
    answer = ask(named, q)

    assert found(answer) == titles
    assert "search" not in answer.json


def test_whoever_asks_is_me_and_ids_are_taken_as_before(named: Cast) -> None:
    assert found(named.editor.get("/api/assets?q=by:me")) == {"By Ana"}
    assert found(ask(named, f"by:{named.owner.actor.id}")) == {"By owner"}
    with tenancy.scope(named.org_id):
        client = Client.objects.get(name="Acme & Sons")
    assert found(ask(named, f"client:{client.id}")) == {"By Ana", "By owner"}


def test_several_of_one_name_are_all_meant(named: Cast) -> None:
    User.objects.filter(id=named.owner.person.id).update(name="Jo Schmidt")

    assert found(ask(named, "by:schmidt")) == {"By Ana", "By owner"}
    assert found(ask(named, 'by:"jo schmidt"')) == {"By owner"}


@pytest.mark.parametrize(
    "q",
    [
        'by:"Secret Stranger"',
        'project:"Hidden Film"',
        'client:"Secret Client"',
        'collection:"Secret Selects"',
        "project:%",
        "by:%",
    ],
)
def test_names_that_the_caller_does_not_see_are_like_names_of_nothing(named: Cast, q: str) -> None:
    key, _, name = q.partition(":")
    absent = ask(named, f'{key}:"Nobody Nowhere"')

    answer = ask(named, q)

    assert found(answer) == found(absent) == set()
    told = [each["search"]["notes"] for each in (answer, absent)]
    assert told[0] == [told[1][0].replace("Nobody Nowhere", name.strip('"'))]
    assert found(ask(named, f"-{q}")) == {"By Ana", "By owner"}


def test_texts_of_fields_are_equal_in_either_case(named: Cast) -> None:
    for name, given in (
        ("niche", {"type": "text"}),
        ("mood", {"type": "choice", "choices": ["Warm", "Cold"]}),
    ):
        assert named.owner.post("/api/fields", {"name": name, **given}).status == 201
    for title, niche in (("One", "Cars"), ("Two", "CARS of İstanbul, ΣΊΣΥΦΟΣ"), ("Three", "cart")):
        asset, _ = deliver(named.project, title=title)
        fields = {"niche": niche, "mood": "Warm" if title == "One" else "Cold"}
        named.editor.patch(f"/api/assets/{asset.id}", {"fields": fields})

    for q, titles in (
        ("niche:cars", {"One"}),
        ("niche:CARS one", {"One"}),
        ("niche:Car*", {"One", "Two", "Three"}),
        ("-niche:CARS niche:c*", {"Two", "Three"}),
        ('niche:"cars of İSTANBUL, σίσυφοσ"', {"Two"}),
        ("mood:warm", {"One"}),
    ):
        assert found(ask(named, q)) == titles, q
    assert found(named.viewer.get("/api/assets?field.niche=cars")) == set()
