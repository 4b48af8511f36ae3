"""Facets: how what matches parts by kind, tag, codec and the like, and what they leave out."""

from __future__ import annotations

from typing import Any

import pytest

from assets.services import set_facts
from dam.core import tenancy
from tests.assets.catalogue import deliver, queries_of
from tests.cast import Api, Cast

FACTS: list[dict[str, Any]] = [
    {
        "codec": "prores",
        "frame_rate": "24000/1001",
        "width": 1920,
        "height": 1080,
        "captured_at": "2026-03-01T12:00:00Z",
    },
    {"codec": "h264", "frame_rate": "25/1", "width": 1920, "height": 1080},
    {"codec": "h264", "frame_rate": "25/1", "width": 1280, "height": 720},
]


@pytest.fixture
def shelf(cast: Cast) -> Cast:
    for body in (
        {"name": "niche", "type": "choice", "choices": ["cars", "food"]},
        {"name": "regions", "type": "multi_choice", "choices": ["north", "south"]},
        {"name": "brief", "type": "long_text"},
    ):
        assert cast.owner.post("/api/fields", body | {"org": str(cast.org_id)}).status == 201
    fields: list[dict[str, Any]] = [
        {"niche": "cars", "regions": ["north", "south"]},
        {"niche": "cars", "regions": ["south"]},
        {},
    ]
    for index, facts in enumerate(FACTS):
        asset, version = deliver(
            cast.project,
            title=f"Take {index}",
            actor=cast.editor.actor,
            tags=["hero", f"t{index}"],
            kind="video" if index else "image",
        )
        assert cast.editor.patch(f"/api/assets/{asset.id}", {"fields": fields[index]}).status == 200
        with tenancy.scope(cast.org_id):
            set_facts(sha256=version.sha256, facts=facts)
    deliver(cast.foreign, title="Take of others", tags=["secret"])
    return cast


def parts(api: Api, query: str) -> dict[str, dict[str, int]]:
    answer = api.get(f"/api/assets/facets?{query}")
    assert answer.status == 200, answer
    assert all(each["exact"] for each in answer["facets"])
    return {
        each["name"]: {value["value"]: value["count"] for value in each["values"]}
        for each in answer["facets"]
    }


def test_what_matches_parts_by_every_facet(shelf: Cast) -> None:
    month = shelf.viewer.get("/api/assets")["results"][0]["created_at"][:7]

    found = parts(
        shelf.viewer,
        "facets=kind,tag,codec,fps,resolution,state,project,person,month,captured,field.niche,field.regions",
    )

    assert found == {
        "kind": {"video": 2, "image": 1},
        "tag": {"hero": 3, "t0": 1, "t1": 1, "t2": 1},
        "codec": {"h264": 2, "prores": 1},
        "fps": {"25/1": 2, "24000/1001": 1},
        "resolution": {"1920x1080": 2, "1280x720": 1},
        "state": {"none": 3},
        "project": {str(shelf.project.id): 3},
        "person": {str(shelf.editor.person.id): 3},
        "month": {month: 3},
        "captured": {"2026-03": 1},
        "field.niche": {"cars": 2},
        "field.regions": {"south": 2, "north": 1},
    }


def test_every_value_asks_for_what_was_counted(shelf: Cast) -> None:
    filters = {"month": "created", "state": "is"}
    names = "kind,tag,codec,fps,resolution,state,project,person,month,captured,field.niche,field.regions"

    for name, values in parts(shelf.viewer, f"facets={names}").items():
        for value, count in values.items():
            listed = shelf.viewer.get(f"/api/assets?{filters.get(name, name)}={value}&count=exact")
            assert listed["count"] == {"value": count, "exact": True}, (name, value)


def test_a_facet_is_counted_without_its_own_filter_and_with_all_others(shelf: Cast) -> None:
    narrowed = parts(shelf.viewer, "facets=kind,codec&codec=h264")
    twice = parts(shelf.viewer, "facets=kind,codec,field.niche&codec=h264&kind=image&field.niche=cars")

    assert parts(shelf.viewer, "facets=rate&fps=24000/1001") == {"rate": {"25/1": 2, "24000/1001": 1}}
    assert narrowed == {"kind": {"video": 2}, "codec": {"h264": 2, "prores": 1}}
    assert twice == {"kind": {"video": 1}, "codec": {"prores": 1}, "field.niche": {}}
    assert parts(shelf.viewer, "facets=codec&q=take+2") == {"codec": {"h264": 1}}
    assert parts(shelf.viewer, "facets=tag&tag=t1&q=take")["tag"]["hero"] == 3


def test_names_stand_beside_ids(shelf: Cast) -> None:
    answer = shelf.viewer.get("/api/assets/facets?facets=project,person")

    labels = [each["values"][0]["label"] for each in answer["facets"]]
    assert labels == [shelf.project.name, shelf.editor.person.name]


def test_more_values_than_asked_for_are_left_out_least_frequent_first(shelf: Cast) -> None:
    assert parts(shelf.viewer, "facets=tag&limit=2") == {"tag": {"hero": 3, "t0": 1}}


def test_of_more_than_are_counted_the_newest_are_and_the_answer_says_so(
    shelf: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.queries.facets.COUNTED", 1)

    answer = shelf.viewer.get("/api/assets/facets?facets=kind,tag")

    assert [each["exact"] for each in answer["facets"]] == [False, False]
    assert answer["facets"][0]["values"] == [{"value": "video", "count": 2}]


def test_nobody_counts_what_others_have(shelf: Cast) -> None:
    assert parts(shelf.stranger, "facets=tag,codec") == {"tag": {"secret": 1}, "codec": {}}
    assert shelf.stranger.get(f"/api/assets/facets?project={shelf.project.id}").status == 404
    assert shelf.nobody.get("/api/assets/facets").status == 401


def test_what_is_no_facet_is_named(shelf: Cast) -> None:
    hidden = shelf.owner.post("/api/projects", {"name": "Hidden", "org": str(shelf.org_id)})
    shelf.owner.post("/api/fields", {"name": "Budget", "type": "number", "projects": [hidden["id"]]})

    for names in ("", "owner", "kind,kind", "field.brief", "field.none", "field.budget", "created_by"):
        answer = shelf.viewer.get(f"/api/assets/facets?facets={names}")
        assert (answer.status, list(answer.errors)) == (400, ["facets"]), names
    for wrong in ("sort=title", "cursor=x", "owner__password=x", "kind=film", "limit=0"):
        answer = shelf.viewer.get(f"/api/assets/facets?{wrong}")
        assert (answer.status, list(answer.errors)) == (400, [wrong.partition("=")[0]])


def test_more_facets_cost_no_more_queries(shelf: Cast) -> None:
    def asking(names: str) -> int:
        return queries_of(lambda: shelf.viewer.get(f"/api/assets/facets?facets={names}"))

    assert asking("kind") == asking("kind,tag,codec,fps,resolution,state,month")
