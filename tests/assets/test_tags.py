"""Tags in use: listed with their counts, whatever brought them there, and seen where their assets are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets import services
from assets.models import Asset, TagCount
from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from orgs.models import Project
from orgs.services import Place, create_project, set_grant
from tests.assets.catalogue import deliver, queries_of
from tests.cast import Api, Cast


def told(api: Api, query: str = "") -> list[tuple[str, int]]:
    answer = api.get(f"/api/tags{query}")
    assert answer.status == 200, answer
    return [(each["name"], each["count"]) for each in answer["results"]]


def other_project(cast: Cast) -> Project:
    with tenancy.scope(cast.org_id):
        return create_project(actor=SYSTEM, name="Other")


def test_tags_are_listed_by_name_whatever_their_case_with_how_many_assets_carry_them(cast: Cast) -> None:
    for tags in (["night", "Ärger"], ["Night", "boat"], ["night"], []):
        deliver(cast.project, tags=tags)
    deliver(cast.foreign, tags=["foreign"])

    assert told(cast.viewer) == [("boat", 1), ("Night", 1), ("night", 2), ("Ärger", 1)]
    assert told(cast.viewer, "?sort=-name") == [("Ärger", 1), ("night", 2), ("Night", 1), ("boat", 1)]
    assert told(cast.viewer, "?q=NI") == [("Night", 1), ("night", 2)]
    assert told(cast.viewer, "?q=A%CC%88R") == [("Ärger", 1)]
    assert told(cast.viewer, "?q=%25") == []


def test_counts_follow_edits_moves_trash_restore_and_purge(cast: Cast) -> None:
    asset, _ = deliver(cast.project, tags=["a", "b"])
    other, here = other_project(cast), f"?project={cast.project.id}"

    cast.editor.patch(f"/api/assets/{asset.id}", {"tags": ["b", "c"]})
    assert told(cast.owner, here) == [("b", 1), ("c", 1)]
    with tenancy.scope(cast.org_id):
        Asset.objects.filter(id=asset.id).update(project_id=other.id)
    assert (told(cast.owner, here), told(cast.owner)) == ([], [("b", 1), ("c", 1)])
    cast.owner.delete(f"/api/assets/{asset.id}")
    assert told(cast.owner) == []
    cast.owner.post(f"/api/assets/{asset.id}/restore")
    assert told(cast.owner, f"?project={other.id}") == [("b", 1), ("c", 1)]
    cast.owner.delete(f"/api/assets/{asset.id}")
    cast.owner.delete(f"/api/assets/{asset.id}?purge=true")
    assert told(cast.owner) == []


def test_only_what_the_caller_sees_is_counted(cast: Cast) -> None:
    other = other_project(cast)
    deliver(cast.project, tags=["shared", "own"])
    deliver(other, tags=["shared", "hidden"])

    assert told(cast.owner) == [("hidden", 1), ("own", 1), ("shared", 2)]
    assert told(cast.viewer) == [("own", 1), ("shared", 1)]
    assert cast.viewer.get(f"/api/tags?project={other.id}").status == 404
    with tenancy.scope(cast.org_id):
        set_grant(user=cast.viewer.person, place=Place(project=other), role=Role.VIEWER)
    assert told(cast.viewer) == [("hidden", 1), ("own", 1), ("shared", 2)]


def test_pages_tell_each_tag_once_both_ways(cast: Cast) -> None:
    names = [f"tag {number:03}" for number in range(7)]
    deliver(cast.project, tags=names)
    deliver(other_project(cast), tags=[*names[3:], "tag 007"])

    seen, answer = list[str](), cast.owner.get("/api/tags?limit=3&count=capped")
    assert answer["count"] == {"value": 8, "exact": True}
    while True:
        seen += [each["name"] for each in answer["results"]]
        if not answer["next"]:
            break
        answer = cast.owner.get(answer["next"])
    back = cast.owner.get(answer["previous"])

    assert seen == [*names, "tag 007"]
    assert [each["name"] for each in back["results"]] == names[3:6]
    other_search = answer["previous"].replace("/api/tags?", "/api/tags?q=t&")
    assert cast.owner.get(other_search).status == 400


def test_folding_changes_no_count_and_leaves_one_line(cast: Cast) -> None:
    for tags in (["a"], ["a", "b"], ["b"]):
        asset, _ = deliver(cast.project, tags=tags)
    cast.editor.patch(f"/api/assets/{asset.id}", {"tags": []})
    before = told(cast.owner)

    assert services.fold_tags() >= 4

    with tenancy.scope(cast.org_id):
        lines = list(TagCount.objects.order_by("tag").values_list("tag", "number", "is_new"))
    assert (told(cast.owner), lines) == (before, [("a", 2, False), ("b", 1, False)])
    assert services.fold_tags() == 0


def test_a_statement_over_many_assets_adds_one_line_a_tag(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        rows = [Asset(project_id=cast.project.id, title=f"A{n}", tags=["many"]) for n in range(200)]
        Asset.objects.bulk_create(rows)

        assert list(TagCount.objects.values_list("tag", "number")) == [("many", 200)]


def test_no_page_counts_assets(cast: Cast) -> None:
    deliver(cast.project, tags=["a"])

    with CaptureQueriesContext(connection) as captured:
        few = queries_of(lambda: told(cast.viewer))
    for number in range(60):
        deliver(cast.project, tags=[f"tag {number}"])

    assert queries_of(lambda: told(cast.viewer)) == few
    assert not any("assets_asset" in each["sql"] for each in captured.captured_queries)


@pytest.mark.parametrize(
    ("query", "field"),
    [("sort=count", "sort"), ("q=%00", "q"), (f"q={'x' * 101}", "q"), ("cursor=x", "cursor"), ("client=x", "client")],
)  # fmt: skip
def test_bad_parameters_are_refused_by_name(cast: Cast, query: str, field: str) -> None:
    answer: Any = cast.viewer.get(f"/api/tags?{query}")

    assert (answer.status, list(answer["errors"])) == (400, [field])
