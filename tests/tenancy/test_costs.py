"""How many statements each door that reads may send; `query_counts.json` is reviewed, and says at most so many.

A number that must grow is changed by hand, with its reason in the commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from comments.models import Comment
from dam.core import tenancy
from jobs.models import Job
from orgs.models import Client, Project
from tests.assets.catalogue import deliver, queries_of
from tests.cast import Cast
from tests.tenancy.cells import Matrix, Question
from tests.tenancy.doors import DOORS, Door
from tests.tenancy.house import build_house

ALLOWED: dict[str, int] = json.loads((Path(__file__).parent / "query_counts.json").read_text())
READERS = [each for each in DOORS if each.method == "GET" or each.route == "api/playback"]
CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    """A committed house: inside a test's own transaction every scope would nest, and cost a statement more."""
    yield Matrix(build_house())
    connections.close_all()


def sent(matrix: Matrix, door: Door) -> int:
    question = Question(door, matrix.home_ids("owner", door))
    api = matrix.house.caller("guest" if door.least == "link" else "owner", by_session=False)
    with CaptureQueriesContext(connection) as captured:
        answer = api.send(door.method, question.address, question.body)
    assert answer.status in door.passes, answer
    return sum(not each["sql"].startswith(CONTROL) for each in captured.captured_queries)


def test_every_door_that_reads_has_its_limit():
    assert set(ALLOWED) == {each.name for each in READERS}


def test_a_list_is_the_context_the_page_and_at_most_one_thing_more():
    """The mark for lists is three statements; a link's doors also let the guest in, count and log."""
    # An export is no page: it also names the fields and is recorded.
    bare = [
        each
        for each in READERS
        if not each.path and each.method == "GET" and not each.route.endswith("/export")
    ]

    assert {each.name: ALLOWED[each.name] for each in bare if ALLOWED[each.name] > 3} == {}


@pytest.mark.parametrize("door", READERS, ids=lambda door: door.name)
def test_a_door_sends_no_more_statements_than_reviewed(matrix: Matrix, door: Door):
    count = sent(matrix, door)

    assert count <= ALLOWED[door.name], (door.name, count)


def fill(cast: Cast, count: int) -> None:
    """Bring every list of the project to `count` rows or more."""
    _, version = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        Asset.objects.bulk_create(
            [Asset(project_id=cast.project.id, title=f"A{n}", kind="image") for n in range(count)]
        )
        Comment.objects.bulk_create(
            [
                Comment(version=version, body=f"C{n}", author_user_id=cast.editor.person.id)
                for n in range(count)
            ]
        )
        Job.objects.bulk_create(
            [
                Job(kind="promote", project_id=cast.project.id, idem_key=f"{version.id} {n}", queue="short")
                for n in range(count)
            ]
        )
        Project.objects.bulk_create([Project(name="P", slug=f"{version.id}-{n}") for n in range(count)])
        Client.objects.bulk_create([Client(name="C", slug=f"{version.id}-{n}") for n in range(count)])


def test_twenty_rows_and_two_hundred_cost_the_same(cast: Cast):
    fill(cast, 20)
    asset = cast.owner.get("/api/assets?limit=500&kind=video")["results"][0]
    addresses = [
        "/api/assets",
        "/api/assets?include=thumbnail",
        f"/api/versions/{asset['current_version']['id']}/comments",
        f"/api/assets/{asset['id']}/comments",
        "/api/jobs",
        "/api/projects",
        "/api/clients",
        "/api/activities",
    ]

    few = [
        queries_of(lambda each=each: cast.owner.get(f"{each}{'&' if '?' in each else '?'}limit=20"))
        for each in addresses
    ]
    fill(cast, 200)
    many = [
        queries_of(lambda each=each: cast.owner.get(f"{each}{'&' if '?' in each else '?'}limit=200"))
        for each in addresses
    ]

    assert dict(zip(addresses, few, strict=True)) == dict(zip(addresses, many, strict=True))
