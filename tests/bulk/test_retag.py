"""Tags get other names, become one, and go: on every asset that the caller may edit, and back again."""

from __future__ import annotations

from typing import Any

import pytest

from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from orgs.services import Place, create_project, set_grant
from tests.assets.catalogue import deliver
from tests.bulk.work import asset_now, finish, undo
from tests.cast import Answer, Api, Cast


def rename(cast: Cast, body: dict[str, Any], *, api: Api | None = None) -> Answer:
    job = (api or cast.editor).post("/api/tags/rename", body)
    assert job.status == 202, job
    return finish(cast, job)


def tags(cast: Cast, *assets: Any) -> list[list[str]]:
    return [asset_now(cast, each).tags for each in assets]


def test_a_tag_gets_another_name_in_its_place_and_back(cast: Cast) -> None:
    made = [deliver(cast.project, tags=each)[0] for each in (["a", "nite", "b"], ["nite"], ["Nite", "b"])]
    before = tags(cast, *made)

    job = rename(cast, {"from": "nite", "to": "night"})

    assert tags(cast, *made) == [["a", "night", "b"], ["night"], ["Nite", "b"]]
    assert (job["state"], job["result"]["changed"], job["result"]["failed"]) == ("succeeded", 2, 0)
    undo(cast, job)
    assert tags(cast, *made) == before


def test_two_tags_become_one(cast: Cast) -> None:
    both, one = (deliver(cast.project, tags=each)[0] for each in (["new", "old", "x"], ["old"]))

    rename(cast, {"from": "old", "to": "new"})

    assert tags(cast, both, one) == [["new", "x"], ["new"]]
    listed = cast.viewer.get("/api/tags")["results"]
    assert listed == [{"name": "new", "count": 2}, {"name": "x", "count": 1}]


def test_a_tag_goes_from_every_asset_of_the_project_that_is_named(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        other = create_project(actor=SYSTEM, name="Other")
    here, there = deliver(cast.project, tags=["x", "y"])[0], deliver(other, tags=["x"])[0]

    job = cast.owner.post("/api/tags/delete", {"name": "x", "project": str(cast.project.id)})
    finish(cast, job)

    assert tags(cast, here, there) == [["y"], ["x"]]


def test_where_the_caller_only_looks_the_tag_stays_and_is_told(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        other = create_project(actor=SYSTEM, name="Other")
        set_grant(user=cast.editor.person, place=Place(project=other), role=Role.VIEWER)
    here, there = deliver(cast.project, tags=["x"])[0], deliver(other, tags=["x"])[0]

    job = rename(cast, {"from": "x", "to": "z"})

    assert tags(cast, here, there) == [["z"], ["x"]]
    assert [each["id"] for each in job["result"]["errors"]] == [str(there.id)]
    assert cast.viewer.post("/api/tags/rename", {"from": "x", "to": "z"}).status == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"from": "nowhere", "to": "x"}, "from"),
        ({"from": "Held", "to": "x"}, "from"),
        ({"from": "held", "to": "held"}, "to"),
        ({"from": "held", "to": " "}, "to"),
        ({"from": "held", "to": "a\nb"}, "to"),
        ({"from": "held", "to": "x" * 101}, "to"),
        ({"from": ["held"], "to": "x"}, "from"),
        ({"from": "held"}, "to"),
        ({"from": "held", "to": "x", "into": "y"}, "into"),
    ],
)
def test_what_cannot_be_is_refused_by_name(cast: Cast, body: dict[str, Any], field: str) -> None:
    deliver(cast.project, tags=["held"])
    deliver(cast.foreign, tags=["nowhere"])

    answer = cast.editor.post("/api/tags/rename", body)

    assert (answer.status, list(answer["errors"])) == (400, [field]), answer
