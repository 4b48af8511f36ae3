"""Folders by original path: a tree with counts, one level at a time, and lists of what lies in them."""

from __future__ import annotations

import pytest

from tests.assets.catalogue import deliver, queries_of, titles
from tests.cast import Cast


def fill(cast: Cast) -> None:
    for title, folder in (
        ("Top", ""),
        ("One", "Day 1"),
        ("Two", "Day 1/Camera A"),
        ("Three", "Day 1/Camera A"),
        ("Four", "Day 1/Camera B/Roll 2"),
        ("Five", "Day 10"),
        ("Six", "Ärger/Übung"),
    ):
        deliver(cast.project, title=title, folder=folder)
    deliver(cast.foreign, title="Foreign", folder="Day 1")


def folders(cast: Cast, query: str = "") -> list[tuple[str, int, int, bool]]:
    answer = cast.viewer.get(f"/api/folders?project={cast.project.id}{query}")
    assert answer.status == 200, answer
    return [
        (each["path"], each["asset_count"], each["direct_count"], each["has_folders"])
        for each in answer["results"]
    ]


def test_the_top_shows_its_folders_with_everything_below_counted(cast: Cast):
    fill(cast)

    assert folders(cast) == [("Day 1", 4, 1, True), ("Day 10", 1, 1, False), ("Ärger", 1, 0, True)]
    answer = cast.viewer.get(f"/api/folders?project={cast.project.id}")
    assert (answer["path"], answer["direct_count"]) == ("", 1)
    counted = cast.viewer.get(f"/api/folders?project={cast.project.id}&limit=1&count=exact")
    assert counted["count"] == {"value": 3, "exact": True}


def test_a_path_shows_one_level_below_it(cast: Cast):
    fill(cast)

    assert folders(cast, "&path=Day 1") == [
        ("Day 1/Camera A", 2, 2, False),
        ("Day 1/Camera B", 1, 0, True),
    ]
    assert folders(cast, "&path=/Day 1/Camera B/") == [("Day 1/Camera B/Roll 2", 1, 1, False)]
    assert folders(cast, "&path=Day") == []
    assert folders(cast, "&path=A%CC%88rger")[0][0] == "Ärger/Übung"


def test_the_trash_does_not_count(cast: Cast):
    asset, _ = deliver(cast.project, folder="Old")
    assert len(folders(cast)) == 1
    cast.editor.delete(f"/api/assets/{asset.id}")

    assert folders(cast) == []


def test_pages_follow_one_another_there_and_back(cast: Cast):
    for number in range(7):
        deliver(cast.project, folder=f"Roll {number}")
    start = f"/api/folders?project={cast.project.id}&limit=3"

    first = cast.viewer.get(start)
    second = cast.viewer.get(first["next"].partition("/api")[1] + first["next"].partition("/api")[2])
    back = cast.viewer.get(second["previous"].partition("/api")[1] + second["previous"].partition("/api")[2])

    assert [each["name"] for each in second["results"]] == ["Roll 3", "Roll 4", "Roll 5"]
    assert back["results"] == first["results"]
    assert first["previous"] is None
    few = queries_of(lambda: cast.viewer.get(start))
    assert few == queries_of(lambda: cast.viewer.get(start.replace("limit=3", "limit=500")))


def test_lists_show_what_lies_in_a_folder_or_below_it(cast: Cast):
    fill(cast)
    here = f"/api/assets?project={cast.project.id}&sort=title"

    assert titles(cast.viewer.get(f"{here}&folder=Day 1")) == ["One"]
    assert titles(cast.viewer.get(f"{here}&folder__prefix=Day 1")) == ["Four", "One", "Three", "Two"]
    assert titles(cast.viewer.get(f"{here}&folder__not=Day 1")) == [
        "Five",
        "Four",
        "Six",
        "Three",
        "Top",
        "Two",
    ]
    assert titles(cast.viewer.get(f"{here}&folder__prefix=Day")) == []
    assert titles(cast.viewer.get(f'{here}&q=folder:"Day 1/Camera A"')) == ["Three", "Two"]
    assert titles(cast.viewer.get(f"{here}&folder=/")) == ["Top"]
    assert len(titles(cast.viewer.get(f"{here}&folder__prefix=/"))) == 7
    assert titles(cast.viewer.get(f"{here}&folder__in=Day 10,Day 1")) == ["Five", "One"]
    assert titles(cast.viewer.get(f"{here}&q=Two&folder__prefix=/Day 1/")) == ["Two"]


@pytest.mark.parametrize("query", ["folder=", "folder=%00", "folder__gte=A", "folder__prefix="])
def test_a_folder_that_is_none_is_refused_by_name(cast: Cast, query: str):
    answer = cast.viewer.get(f"/api/assets?{query}")

    assert (answer.status, list(answer.errors)) == (400, [query.partition("=")[0]])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?path=A", "project"),
        ("?project=x", "project"),
        ("?project={project}&path=%00", "path"),
        ("?project={project}&path=" + "a" * 1025, "path"),
        ("?project={project}&paths=A", "paths"),
        ("?project={project}&count=all", "count"),
        ("?project={project}&cursor=x", "cursor"),
    ],
)
def test_what_folders_do_not_know_is_refused_by_name(cast: Cast, query: str, field: str):
    answer = cast.viewer.get(f"/api/folders{query.format(project=cast.project.id)}")

    assert (answer.status, list(answer.errors)) == (400, [field])


def test_a_foreign_project_has_no_folders_to_show(cast: Cast):
    assert cast.viewer.get(f"/api/folders?project={cast.foreign.id}").status == 404
