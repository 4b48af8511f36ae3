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


# --- what people keep -----------------------------------------------------------------------------------


def keep(cast: Cast, *queries: dict[str, Any], api: Api | None = None, shared: bool = True) -> list[str]:
    """Save searches, each under its number."""
    made = [
        (api or cast.owner).post(
            "/api/searches", {"name": f"Search {number}", "query": each, "shared": shared}
        )
        for number, each in enumerate(queries)
    ]
    assert all(each.status == 201 for each in made), made
    return [each["id"] for each in made]


def smart(cast: Cast, project: Any, query: dict[str, Any]) -> str:
    body = {"project": str(project.id), "name": "Smart", "query": query}
    made = cast.owner.post("/api/collections", body)
    assert made.status == 201, made
    return str(made["id"])


def asked(cast: Cast, *searches: str) -> list[dict[str, Any]]:
    return [cast.owner.get(f"/api/searches/{each}")["query"] for each in searches]


QUERIES: list[dict[str, Any]] = [
    {"q": 'tag:nite -tag:"nite",draft nite "tag:nite" tag:nites'},
    {"tag__not": "nite,x", "q": 'title:nite "the nite'},
    {"tag": ["nite", "late night"]},
    {"q": "nite tag:Nite niche:nite", "tag": "nites"},
]
FOLLOWED: list[dict[str, Any]] = [
    {"q": 'tag:"late night" -tag:"late night",draft nite "tag:nite" tag:nites'},
    {"tag__not": "late night,x", "q": 'title:nite "the nite'},
    {"tag": ["late night"]},
    QUERIES[3],
]


def test_saved_searches_follow_a_tag_to_the_letter_and_go_back_with_it(cast: Cast) -> None:
    deliver(cast.project, tags=["nite"])
    searches = keep(cast, *QUERIES)
    own = keep(cast, {"tag": "nite"}, api=cast.viewer, shared=False)

    job = rename(cast, {"from": "nite", "to": "late night"})

    assert asked(cast, *searches) == FOLLOWED
    assert cast.viewer.get(f"/api/searches/{own[0]}")["query"] == {"tag": "late night"}
    assert job["result"]["queries"] == {"changed": 3, "left": []}, (
        "what others keep to themselves is not told"
    )

    cast.owner.patch(f"/api/searches/{searches[2]}", {"query": {"kind": "video"}})
    back = undo(cast, job)

    assert asked(cast, *searches) == [*QUERIES[:2], {"kind": "video"}, QUERIES[3]]
    assert [each["id"] for each in back["result"]["queries"]["left"]] == [searches[2]]
    undo(cast, back)
    assert asked(cast, *searches[:2]) == FOLLOWED[:2]


def test_smart_collections_follow_a_tag_and_the_record_says_so(cast: Cast) -> None:
    shown = deliver(cast.project, tags=["nite"])[0]
    here = smart(cast, cast.project, {"tag": "nite", "sort": "title"})

    job = rename(cast, {"from": "nite", "to": "night"})

    found = cast.viewer.get(f"/api/assets?collection={here}")["results"]
    assert [each["id"] for each in found] == [str(shown.id)]
    told = cast.owner.get(f"/api/activities?project={cast.project.id}&limit=20")["results"]
    (line,) = [each for each in told if each["verb"] == "collection.changed"]
    assert (line["before"]["query"]["tag"], line["after"]["query"]["tag"]) == ("nite", "night")
    undo(cast, job)
    assert cast.owner.get(f"/api/collections/{here}")["query"] == {"tag": "nite", "sort": "title"}


def test_a_query_that_cannot_follow_stays_and_is_told(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        other = create_project(actor=SYSTEM, name="Other")
    for place in (cast.project, other):
        deliver(place, tags=["x"])
    queries = [{"tag": "x"}, {"q": "tag:x", "project": str(cast.project.id)}, {"tag__all": "x,y"}]
    searches = keep(cast, *queries)
    there = smart(cast, other, {"tag": "x"})

    job = rename(cast, {"from": "x", "to": 'z, "z"', "project": str(cast.project.id)})

    assert asked(cast, *searches) == queries
    assert [(each["id"], each["detail"]) for each in job["result"]["queries"]["left"]] == [
        (searches[1], "The new name cannot be typed into a search.")
    ]
    job = rename(cast, {"from": "x", "to": "u,v"}, api=cast.owner)
    assert cast.owner.get(f"/api/collections/{there}")["query"] == {"tag": "u,v"}
    assert asked(cast, *searches) == [
        {"tag": "u,v"},
        {"q": 'tag:"u,v"', "project": str(cast.project.id)},
        queries[2],
    ]
    assert [(each["kind"], each["id"], each["detail"]) for each in job["result"]["queries"]["left"]] == [
        ("search", searches[2], "A name with a comma cannot stand in a list of tags.")
    ]


def test_a_tag_that_goes_leaves_queries_as_they_are_and_names_them(cast: Cast) -> None:
    deliver(cast.project, tags=["x"])
    (search, _) = keep(cast, {"q": "-tag:x"}, {"q": "x"})
    here = smart(cast, cast.project, {"tag": "x"})

    job = finish(cast, cast.owner.post("/api/tags/delete", {"name": "x"}))

    assert asked(cast, search) == [{"q": "-tag:x"}]
    left = job["result"]["queries"]["left"]
    assert [(each["kind"], each["id"]) for each in left] == [("collection", here), ("search", search)]
