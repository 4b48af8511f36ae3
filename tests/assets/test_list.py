"""The list of assets: what it shows to whom, and every filter."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.assets.catalogue import deliver, queries_of, titles
from tests.cast import Cast

ROW_KEYS = {
    "id",
    "project",
    "title",
    "kind",
    "tags",
    "fields",
    "approval",
    "size",
    "duration",
    "version_count",
    "comment_count",
    "current_version",
    "created_at",
    "updated_at",
}


def test_a_row_has_exactly_the_keys_of_the_contract(cast: Cast) -> None:
    _, version = deliver(cast.project, tags=["hero"])

    row = cast.viewer.get("/api/assets")["results"][0]

    assert set(row) == ROW_KEYS
    assert row["title"] == "Opening shot"
    assert row["current_version"] == {
        "id": str(version.id),
        "number": 1,
        "sha256": version.sha256,
        "preview_state": "none",
    }
    assert (row["version_count"], row["comment_count"], row["tags"]) == (1, 0, ["hero"])


def test_every_member_sees_the_assets_of_visible_projects_only(cast: Cast) -> None:
    deliver(cast.project)
    deliver(cast.foreign, title="Secret")

    seen = {name: titles(api.get("/api/assets")) for name, api in cast.members().items()}

    assert seen == {name: ["Opening shot"] for name in cast.members()}
    assert titles(cast.stranger.get("/api/assets")) == ["Secret"]
    assert cast.nobody.get("/api/assets").status == 401


def test_a_foreign_project_is_not_found(cast: Cast) -> None:
    assert cast.viewer.get(f"/api/assets?project={cast.foreign.id}").status == 404
    assert cast.viewer.get(f"/api/assets?project={uuid4()}").status == 404
    assert cast.viewer.get("/api/assets?project=nonsense").errors.keys() == {"project"}


def test_filters_narrow_the_list(cast: Cast) -> None:
    deliver(cast.project, title="Alpha launch", kind="video", tags=["hero"])
    deliver(cast.project, title="Beta launch", kind="image")
    deliver(cast.project, title="100% organic", kind="audio")

    def list_of(query: str) -> list[str]:
        return sorted(titles(cast.viewer.get(f"/api/assets?{query}")))

    assert list_of("q=LAUNCH") == ["Alpha launch", "Beta launch"]
    assert list_of("q=launch+beta") == ["Beta launch"]
    assert list_of("q=lau") == ["Alpha launch", "Beta launch"]
    assert list_of("q=100%25+ORG") == ["100% organic"]
    assert list_of("q=unch") == list_of("q=%25") == []
    assert list_of("q=launch&tag=hero&kind=video") == ["Alpha launch"]
    assert list_of("kind=image") == ["Beta launch"]
    assert list_of("tag=hero") == ["Alpha launch"]
    assert list_of(f"created_after={(datetime.now(UTC) + timedelta(hours=1)).strftime('%FT%TZ')}") == []
    assert len(list_of("created_after=2020-01-01T00:00:00Z")) == 3


@pytest.mark.parametrize(
    "query",
    [
        "field.sku=1",
        "shoot=1",
        "colour=red",
        "kind=film",
        "sort=created_by",
        "sort=organization_id",
        "sort=id",
        "sort=-field.owner__password",
        "owner__password=x",
        "kind__regex=v",
        "organization_id=x",
        "limit=0",
        "limit=501",
        "offset=-1",
        "include=everything",
        "created_after=yesterday",
        "cursor=forged",
        "count=all",
        "collection=x",
    ],
)
def test_a_parameter_that_is_unknown_or_wrong_is_named(cast: Cast, query: str) -> None:
    answer = cast.viewer.get(f"/api/assets?{query}")

    assert answer.status == 400
    assert list(answer.errors) == [query.split("=", maxsplit=1)[0]]


@pytest.mark.parametrize("sort", ["created_at", "updated_at", "title", "size", "kind", "name"])
def test_every_sort_walks_both_ways_without_gap_or_repeat(cast: Cast, sort: str) -> None:
    for index in range(7):
        deliver(cast.project, title=f"Take {index % 3}", size=1000 * (index % 2) + 1)

    def walk(order: str) -> list[str]:
        url, found = f"/api/assets?sort={order}&limit=2", []
        while url:
            page = cast.viewer.get(url)
            found += [each["id"] for each in page["results"]]
            url = page["next"] and page["next"].removeprefix("http://testserver")
        return found

    assert len(set(walk(sort))) == 7
    assert walk(sort) == walk(f"-{sort}")[::-1]


def test_offset_and_count_serve_the_window_under_a_scroll_bar(cast: Cast) -> None:
    for index in range(5):
        deliver(cast.project, title=f"Take {index}")

    answer = cast.viewer.get("/api/assets?sort=title&offset=3&limit=2&count=exact")

    assert titles(answer) == ["Take 3", "Take 4"]
    assert answer["count"] == {"value": 5, "exact": True}


@pytest.mark.parametrize("include", ["", "&include=thumbnail"])
def test_twenty_and_two_hundred_rows_cost_the_same_queries(cast: Cast, include: str) -> None:
    for index in range(200):
        deliver(cast.project, title=f"Take {index}")

    def few() -> None:
        assert len(cast.viewer.get(f"/api/assets?limit=20{include}")["results"]) == 20

    def many() -> None:
        assert len(cast.viewer.get(f"/api/assets?limit=200{include}")["results"]) == 200

    assert queries_of(few) == queries_of(many) <= 12
