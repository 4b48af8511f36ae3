"""What a search answers: conditions in its own language, the best first, what was mistyped, and where words stand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest

from assets.queries.lexicon import words_near
from assets.services import learn_words
from dam.core import tenancy
from dam.core.models import Outbox
from tests.assets.catalogue import deliver, queries_of, titles
from tests.assets.test_search import comment, speak
from tests.cast import Answer, Cast

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def ask(cast: Cast, q: str, more: str = "") -> Answer:
    answer = cast.viewer.get(f"/api/assets?q={quote(q)}{more}")
    assert answer.status == 200, answer
    return answer


def learn(cast: Cast) -> None:
    """Learn what the relay would hand on after commit."""
    for project in (cast.project, cast.foreign):
        with tenancy.scope(project.organization_id):
            learn_words(list(Outbox.objects.filter(topic="assets.words").values_list("payload", flat=True)))


# --- conditions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("kind:video", {"Car chase", "Boat chase"}),
        ("chase -kind:video", {"Chase song"}),
        ("tag:hero,night", {"Car chase", "Boat chase"}),
        ("chase tag:hero", {"Car chase"}),
        ("chase -tag:hero", {"Boat chase", "Chase song"}),
        ("niche:cars", {"Car chase"}),
        ('niche:"fast boats"', {"Boat chase"}),
        ("niche:fast*", {"Boat chase"}),
        ("-niche:cars chase", {"Boat chase", "Chase song"}),
        ("size:>2MB", {"Boat chase"}),
        ("size:1MB..2MB kind:video", {"Car chase"}),
        ("created:2020..2021", set()),
        ("created:>=2020 song", {"Chase song"}),
    ],
)
def test_conditions_of_the_language_narrow_like_parameters(cast: Cast, q: str, expected: set[str]) -> None:
    assert cast.owner.post("/api/fields", {"name": "Niche", "type": "text"}).status == 201
    for title, given, niche in (
        ("Car chase", {"tags": ["hero"]}, "cars"),
        ("Boat chase", {"tags": ["night"], "size": 5_000_000}, "fast boats"),
        ("Chase song", {"kind": "audio"}, None),
    ):
        asset, _ = deliver(cast.project, title=title, name="x.bin", **given)
        cast.editor.patch(f"/api/assets/{asset.id}", {"fields": {"niche": niche}})

    answer = ask(cast, q)

    assert set(titles(answer)) == expected
    assert "search" not in answer.json


def test_what_is_no_condition_is_searched_for_as_words_and_said(cast: Cast) -> None:
    deliver(cast.project, title="Owner password list", name="x.bin")

    answer = ask(cast, "owner:password duration:soon")

    assert answer["results"] == []
    assert [each.split("”")[0] for each in answer["search"]["notes"]] == ["“owner:password", "“duration:soon"]
    assert titles(ask(cast, "owner:password")) == ["Owner password list"]
    assert "nothing to search for" in ask(cast, "%")["search"]["notes"][0]


def test_a_field_of_projects_that_one_does_not_see_is_no_field(cast: Cast) -> None:
    hidden = cast.owner.post("/api/projects", {"name": "Hidden", "org": str(cast.org_id)})
    cast.owner.post("/api/fields", {"name": "Budget", "type": "number", "projects": [hidden["id"]]})

    assert "no such field" in ask(cast, "budget:>5")["search"]["notes"][0]
    assert "search" not in cast.owner.get("/api/assets?q=budget:>5").json


# --- order --------------------------------------------------------------------------------------------


def test_the_best_comes_first_where_that_is_asked_for(cast: Cast) -> None:
    cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    made = {}
    for title in (
        "In subtitles",
        "In a comment",
        "In a name",
        "In a field",
        "In tags",
        "Harbour",
        "Harbourfront",
    ):
        given: dict[str, Any] = {"name": "harbour.mov" if title == "In a name" else "x.bin"}
        made[title] = deliver(
            cast.project, title=title, tags=["harbour"] if title == "In tags" else [], **given
        )
    speak(made["In subtitles"][1], "harbour")
    comment(cast.reviewer, made["In a comment"][1], "harbour")
    cast.editor.patch(f"/api/assets/{made['In a field'][0].id}", {"fields": {"niche": "harbour"}})

    best = titles(ask(cast, "harbour", "&sort=relevance"))

    assert best == [
        "Harbour",
        "Harbourfront",
        "In tags",
        "In a field",
        "In a name",
        "In a comment",
        "In subtitles",
    ]
    assert titles(ask(cast, "harbour"))[0] == "Harbourfront"


def test_the_best_first_pages_without_gap_or_repeat_both_ways(cast: Cast) -> None:
    for number in range(9):
        deliver(cast.project, title=f"Harbour {number}" + " harbour" * (number % 3), name="x.bin")
    whole = [each["id"] for each in ask(cast, "harbour", "&sort=relevance")["results"]]

    seen, path = [], "/api/assets?q=harbour&sort=relevance&limit=2&count=exact"
    while path:
        page = cast.viewer.get(path)
        seen += [each["id"] for each in page["results"]]
        path, back = page["next"], page["previous"]
    before = cast.viewer.get(back)

    assert seen == whole
    assert page["count"] == {"value": 9, "exact": True}
    assert [each["id"] for each in before["results"]] == whole[6:8]
    assert titles(ask(cast, "harbour", "&sort=relevance&offset=8")) == [whole[8]] or len(whole) == 9


@pytest.mark.parametrize("q", ["", "kind:video", "-nothing"])
def test_without_words_the_best_are_the_newest(cast: Cast, q: str) -> None:
    for title in ("First", "Second"):
        deliver(cast.project, title=title)

    assert titles(ask(cast, q, "&sort=relevance")) == ["Second", "First"]


# --- mistyped words -----------------------------------------------------------------------------------


def test_a_mistyped_word_finds_what_was_meant_and_says_so(cast: Cast) -> None:
    deliver(cast.project, title="Harbour lights", name="x.bin")
    deliver(cast.project, title="Opening shot", name="x.bin")
    learn(cast)

    answer = ask(cast, "harbuor lights")

    assert titles(answer) == ["Harbour lights"]
    assert answer["search"] == {"corrected": {"harbuor": ["harbour"]}}
    [facet] = cast.viewer.get("/api/assets/facets?q=harbuor&facets=kind")["facets"]
    assert [each["count"] for each in facet["values"]] == [1]
    assert titles(ask(cast, "opning -lights", "&count=exact")) == ["Opening shot"]
    assert ask(cast, "harbour opening").json.keys() == {"results", "next", "previous"}
    assert ask(cast, "zzzzzzzz")["results"] == []


def test_a_word_that_stands_somewhere_is_not_corrected(cast: Cast) -> None:
    for title in ("Harbour", "Harbor"):
        deliver(cast.project, title=title, name="x.bin")
    learn(cast)

    answer = ask(cast, "harbor")

    assert titles(answer) == ["Harbor"]
    assert "search" not in answer.json


def test_a_corrected_search_pages_to_its_end(cast: Cast) -> None:
    for number in range(5):
        deliver(cast.project, title=f"Harbour {number}", name="x.bin")
    learn(cast)
    seen, path = [], "/api/assets?q=harbuor&limit=2&count=exact"
    while path:
        page = cast.viewer.get(path)
        assert page["count"]["value"] == 5
        seen += titles(page)
        path = page["next"]

    assert seen == [f"Harbour {number}" for number in range(4, -1, -1)]


def test_words_of_others_and_of_hidden_projects_are_never_suggested(cast: Cast) -> None:
    deliver(cast.foreign, title="Harbour", name="x.bin")
    hidden = cast.owner.post("/api/projects", {"name": "Hidden", "org": str(cast.org_id)})
    project = type(cast.project)(id=hidden["id"], organization_id=cast.org_id)
    deliver(project, title="Lighthouse", name="x.bin")
    learn(cast)

    assert (
        ask(cast, "harbuor").json.keys()
        == ask(cast, "lighthose").json.keys()
        == {"results", "next", "previous"}
    )
    corrected = cast.owner.get("/api/assets?q=lighthose")
    assert corrected["search"] == {"corrected": {"lighthose": ["lighthouse"]}}
    assert titles(cast.stranger.get("/api/assets?q=harbuor")) == ["Harbour"]


def mistyped(word: str, chance: random.Random) -> str:
    place, letter = chance.randrange(len(word)), chance.choice(LETTERS)
    match chance.randrange(4):
        case 0:
            return word[:place] + word[place + 1 :]
        case 1:
            return word[:place] + letter + word[place:]
        case 2:
            return word[:place] + letter + word[place + 1 :]
    return word[:place] + word[place : place + 2][::-1] + word[place + 2 :]


def test_of_four_hundred_mistyped_words_nearly_all_are_understood(cast: Cast) -> None:
    chance = random.Random(7)  # noqa: S311  the same words every time
    onsets, nuclei = (
        ["b", "br", "c", "ch", "d", "f", "gl", "h", "k", "l", "m", "n", "p", "st", "t", "v"],
        "aeiou",
    )
    lexicon = sorted({"".join(chance.choice(onsets) + chance.choice(nuclei) for _ in range(chance.randint(2, 4))) for _ in range(9000)})  # fmt: skip
    known = set(lexicon)
    asked: list[tuple[str, str]] = []
    while len(asked) < 400:
        word = chance.choice(lexicon)
        typed = mistyped(word, chance)
        # What happens to be another word, or the beginning of one, is no mistake that anybody could see.
        if len(word) >= 6 and typed != word and typed not in known:
            asked.append((typed, word))

    with tenancy.scope(cast.org_id):
        learn_words([{"words": lexicon}])
        near = words_near([typed for typed, _ in asked])

    understood = sum(word in near.get(typed, ())[:10] for typed, word in asked)
    assert understood >= 0.98 * len(asked)


# --- highlights ---------------------------------------------------------------------------------------


def pieces(answer: Answer) -> list[tuple[str, list[str]]]:
    return [
        (each["in"], [each["text"][start:end] for start, end in each["ranges"]])
        for row in answer["results"]
        for each in row["highlights"]
    ]


def test_rows_show_where_the_words_stand(cast: Cast) -> None:
    cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    asset, version = deliver(
        cast.project, title="Café at the harbour", tags=["harbour"], name="HARBOUR_01.mov"
    )
    cast.editor.patch(f"/api/assets/{asset.id}", {"fields": {"niche": "Harbours of Europe"}})
    comment(cast.reviewer, version, "lorem " * 60 + "the harbour is too dark " + "ipsum " * 60)
    speak(version, "東京の夜景 at the harbour")

    answer = ask(cast, "harbour cafe -nothing", "&include=highlights")

    assert pieces(answer) == [
        ("title", ["Café", "harbour"]),
        ("field.niche", ["Harbours"]),
        ("tag", ["harbour"]),
        ("name", ["HARBOUR"]),
        ("comment", ["harbour"]),
        ("sidecar", ["harbour"]),
    ]
    assert all(len(each["text"]) <= 160 for row in answer["results"] for each in row["highlights"])
    assert pieces(ask(cast, "夜景", "&include=thumbnail,highlights")) == [("sidecar", ["夜景"])]
    assert pieces(ask(cast, '"the harbour"', "&include=highlights"))[0] == ("title", ["the harbour"])
    assert pieces(ask(cast, "kind:video", "&include=highlights")) == []
    assert "highlights" not in ask(cast, "harbour")["results"][0]


def test_highlights_show_what_a_mistyped_word_meant(cast: Cast) -> None:
    deliver(cast.project, title="Harbour lights", name="x.bin")
    learn(cast)

    assert pieces(ask(cast, "harbuor", "&include=highlights")) == [("title", ["Harbour"])]


@pytest.mark.parametrize("include", ["x", "thumbnail,", "highlights,x", ""])
def test_nothing_else_is_included(cast: Cast, include: str) -> None:
    assert cast.viewer.get(f"/api/assets?include={include}").errors.keys() == {"include"}


def test_highlights_of_twenty_and_of_two_hundred_rows_cost_the_same_queries(cast: Cast) -> None:
    for number in range(120):
        deliver(cast.project, title=f"Take {number}", name="x.bin")

    def of(limit: int) -> int:
        def call() -> None:
            answer = ask(cast, "take", f"&include=highlights&limit={limit}")
            assert len(answer["results"]) == limit

        return queries_of(call)

    assert of(20) == of(120) <= 16


def test_many_words_mistyped_at_once_cost_a_bounded_number_of_queries(cast: Cast) -> None:
    words: Sequence[str] = [f"{first}arbour{last}" for first in "bcdfg" for last in "xyz"]
    deliver(cast.project, title=" ".join(words), name="x.bin")
    learn(cast)

    assert queries_of(lambda: ask(cast, "zarbourx zarboury zarbourz")) <= 60
