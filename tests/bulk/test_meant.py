"""A list that corrected a search is worked on whole by saying what was meant; a mistyped word alone finds nothing."""

from __future__ import annotations

import pytest

from tests.assets.catalogue import deliver
from tests.assets.test_search_answers import learn
from tests.bulk.work import ask, bulk, row
from tests.cast import Cast


def as_meant(corrected: dict[str, list[str]]) -> str:
    return ";".join(f"{typed}:{','.join(words)}" for typed, words in corrected.items())


def test_all_that_a_corrected_list_shows_is_chosen_by_what_was_meant(cast: Cast) -> None:
    shown = [deliver(cast.project, title=title, name="x.bin")[0] for title in ("Harbour", "Harbor lights")]
    other, _ = deliver(cast.project, title="Opening", name="x.bin")
    learn(cast)
    where = f"project={cast.project.id}&q=harbuor"
    corrected = cast.editor.get(f"/api/assets?{where}")["search"]["corrected"]
    meant = as_meant(corrected)
    query = {"project": str(cast.project.id), "q": "harbuor"}

    assert bulk(cast, query, {"tag": ["typo"]})["result"]["matched"] == 0
    listed = cast.editor.get(f"/api/assets?{where}&meant={meant}&count=exact")
    job = bulk(cast, query | {"meant": meant}, {"tag": ["chosen"]})

    assert {typed: sorted(words) for typed, words in corrected.items()} == {"harbuor": ["harbor", "harbour"]}
    assert (listed["count"]["value"], job["result"]["matched"], "search" in listed.json) == (2, 2, False)
    assert [row(cast, each)["tags"] for each in (*shown, other)] == [["chosen"], ["chosen"], []]
    smart = cast.editor.post(
        "/api/collections",
        {"project": str(cast.project.id), "name": "Port", "kind": "smart", "query": query | {"meant": meant}},
    )
    assert smart["asset_count"] == 2


def test_what_was_meant_is_taken_as_it_is_said(cast: Cast) -> None:
    for title in ("Harbour", "Lighthouse"):
        deliver(cast.project, title=title, name="x.bin")
    learn(cast)

    nothing = cast.editor.get("/api/assets?q=harbuor lighthose&meant=harbuor:harbour")
    both = cast.editor.get("/api/assets?q=harbuor&meant=harbuor:harbour,lighthouse&count=exact")

    assert (nothing["results"], "search" in nothing.json) == ([], False)
    assert both["count"]["value"] == 2


@pytest.mark.parametrize(
    "meant", ["", "harbuor", "harbuor:", ":harbour", "a:b,", "a:b;", "a:b\0", "a:b,c,d,e,f,g"]
)
def test_what_says_nothing_meant_is_refused_by_name(cast: Cast, meant: str) -> None:
    asked = ask(cast.editor, {"q": "harbuor", "meant": meant}, {"tag": ["x"]})

    assert asked.status == 400
    assert list(asked.errors) == ["selection.query.meant"]
