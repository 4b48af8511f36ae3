"""Search: everything an asset says is found, by words, phrases and what must be missing, in every script."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from assets.models import Sidecar, Version
from assets.services import index_assets, set_sidecar_words
from dam.core import tenancy
from tests.assets.catalogue import deliver, queries_of, titles
from tests.cast import Api, Cast


def found(api: Api, q: str, **more: str) -> list[str]:
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    answer = api.get(f"/api/assets?q={quote(q)}{rest}")
    assert answer.status == 200, answer
    return sorted(titles(answer))


def comment(api: Api, version: Version, body: str, **more: Any) -> str:
    answer = api.post(f"/api/versions/{version.id}/comments", {"body": body, **more})
    assert answer.status == 201, answer
    return str(answer["id"])


def speak(version: Version, text: str) -> None:
    with tenancy.scope(version.organization_id):
        sidecar = Sidecar.objects.create(
            version=version, master_id=version.master_id, kind="subtitles", name="talk.srt"
        )
        set_sidecar_words(sidecar, text=text)


@pytest.fixture
def shelf(cast: Cast) -> Cast:
    body = {"org": str(cast.org_id), "name": "Advertiser", "type": "text"}
    assert cast.owner.post("/api/fields", body).status == 201
    return cast


def test_everything_that_an_asset_says_is_found(shelf: Cast) -> None:
    asset, version = deliver(
        shelf.project, title="Harbour at night", tags=["blue hour"], name="A001_C042.mov"
    )
    shelf.editor.patch(f"/api/assets/{asset.id}", {"fields": {"advertiser": "Northwind Traders"}})
    comment(shelf.reviewer, version, "Please lift the shadows")
    comment(shelf.reviewer, version, "Client hates the lighthouse", internal=True)
    speak(version, "Welcome aboard the ferry")
    deliver(shelf.project, title="Another", name="B.mov")

    for q in (
        "harbour",
        "hour",
        "northwind",
        "c042",
        "shadows",
        "lighthouse",
        "aboard",
        "harb ferry blue lift",
    ):
        assert found(shelf.viewer, q) == ["Harbour at night"], q
    assert found(shelf.viewer, "harbour another") == []


def test_search_follows_every_change(shelf: Cast) -> None:
    asset, version = deliver(shelf.project, title="Before", tags=["old"])
    remark = comment(shelf.reviewer, version, "murky")

    shelf.editor.patch(f"/api/assets/{asset.id}", {"title": "After", "fields": {"advertiser": "Contoso"}})
    shelf.reviewer.patch(f"/api/comments/{remark}", {"body": "brilliant"})
    deliver(shelf.project, asset_id=asset.id, name="second_take.mov")

    assert found(shelf.viewer, "before") == found(shelf.viewer, "murky") == []
    assert found(shelf.viewer, "after contoso brilliant second") == ["After"]

    shelf.reviewer.delete(f"/api/comments/{remark}")
    shelf.editor.patch(f"/api/assets/{asset.id}", {"fields": {"advertiser": None}, "tags": ["new"]})

    assert (
        found(shelf.viewer, "brilliant") == found(shelf.viewer, "contoso") == found(shelf.viewer, "old") == []
    )


def test_comments_stay_with_their_version_when_stacks_change(shelf: Cast) -> None:
    asset, _ = deliver(shelf.project, title="Stack", name="one.mov")
    other, version = deliver(shelf.project, title="Single", name="two.mov")
    comment(shelf.reviewer, version, "flicker")

    shelf.editor.post(f"/api/assets/{asset.id}/attach", {"asset": str(other.id)})
    assert found(shelf.viewer, "flicker") == found(shelf.viewer, "two") == ["Stack"]

    shelf.editor.post(f"/api/versions/{version.id}/detach")
    assert found(shelf.viewer, "flicker") == found(shelf.viewer, "two") == ["Single"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ('"red car"', {"red car chase"}),
        ('"car red"', {"blue car red light"}),
        ("car", {"red car chase", "blue car red light", "carpet red"}),
        ("car -carpet", {"red car chase", "blue car red light"}),
        ('car -"red car"', {"blue car red light", "carpet red"}),
        ("-car", {"plain"}),
        ("carp*", {"carpet red"}),
        ("RED -blue -chase", {"carpet red"}),
        ('"red car cha', {"red car chase"}),
        ("re", set()),
    ],
)
def test_words_phrases_beginnings_and_exclusions(cast: Cast, q: str, expected: set[str]) -> None:
    for title in ("red car chase", "blue car red light", "carpet red", "plain"):
        deliver(cast.project, title=title, name="x.bin")

    assert set(found(cast.viewer, q)) == expected


def test_a_phrase_does_not_reach_from_the_title_into_the_tags(cast: Cast) -> None:
    deliver(cast.project, title="open sea", tags=["storm"])

    assert found(cast.viewer, '"sea storm"') == []
    assert found(cast.viewer, "sea storm") == ["open sea"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("京都", {"京都の夜景2024"}),
        ("夜景", {"京都の夜景2024", "東京夜景"}),
        ("東", {"東京夜景", "関東"}),
        ("景2024", {"京都の夜景2024"}),
        ("都京", set()),
        ("京夜", {"東京夜景"}),
        ("京都の夜", {"京都の夜景2024"}),
        ("한국", {"한국어 자막"}),
        ("어 자", {"한국어 자막"}),
        ("שלום", {"שָׁלוֹם עולם"}),
        ("محمد", {"مُحَمَّد"}),
        ("cafe", {"Café Zürich"}),
        ("CAFE\u0301 zurich", {"Café Zürich"}),
        ("strasse", {"Hauptstraße Straße"}),
        ("ภาษา", {"คำภาษาไทย"}),
    ],
)
def test_every_script_is_found(cast: Cast, q: str, expected: set[str]) -> None:
    for title in ("京都の夜景2024", "東京夜景", "関東", "한국어 자막", "שָׁלוֹם עולם", "مُحَمَّد", "Café Zürich", "Hauptstraße Straße", "คำภาษาไทย"):  # fmt: skip
        deliver(cast.project, title=title, name="x.bin")

    assert set(found(cast.viewer, q)) == expected


def test_nobody_finds_what_another_organisation_says(cast: Cast) -> None:
    _, version = deliver(cast.foreign, title="Secret", name="hidden.mov")
    comment(cast.stranger, version, "classified")

    for q in ("secret", "hidden", "classified", "-nothing"):
        assert found(cast.viewer, q) == []
    assert found(cast.stranger, "classified") == ["Secret"]


def test_a_question_that_is_too_long_or_no_text_is_named(cast: Cast) -> None:
    assert cast.viewer.get(f"/api/assets?q={'x' * 10_000}").errors.keys() == {"q"}
    assert cast.viewer.get("/api/assets?q=a%00b").errors.keys() == {"q"}
    assert cast.viewer.get("/api/assets?q=%ED%A0%80").status in {200, 400}


def test_entering_many_assets_anew_costs_what_entering_one_costs(cast: Cast) -> None:
    ids = [deliver(cast.project, title=f"Take {number}")[0].id for number in range(30)]

    def enter(some: list[UUID]) -> int:
        with tenancy.scope(cast.org_id):
            return queries_of(lambda: index_assets(some))

    assert enter(ids[:1]) == enter(ids) <= 8


def test_symbols_and_signs_of_words_are_found(cast: Cast) -> None:
    smile, love, trip, number = (
        "Party \U0001f600",
        "Love \u2764",
        "Trip \U0001f1e9\U0001f1ea",
        "Archive \u2116 9",
    )
    others = ("Party", "Trip \U0001f1ea\U0001f1e9", "Learn C++", "Learn C#", "Take #5")
    for title in (smile, love, trip, number, *others):
        deliver(cast.project, title=title, name="x.bin")
    asked: dict[str, list[str]] = {
        "\U0001f600": [smile],
        "party\U0001f600": ["Party", smile],
        "-\U0001f600 party": ["Party"],
        "\u2764\ufe0f": [love],
        "\U0001f1e9\U0001f1ea": [trip],
        "C++": ["Learn C++"],
        "c\uff0b\uff0b": ["Learn C++"],
        "c+": ["Learn C++"],
        "C#": ["Learn C#"],
        "learn c": ["Learn C#", "Learn C++"],
        "#5": ["Take #5"],
        "\u2116": [number],
        "no 9": [number],
        "\uff34\uff41\uff4b\uff45": ["Take #5"],
        '"\u2605"': [],
    }

    assert {q: found(cast.viewer, q) for q in asked} == asked


def test_titles_and_names_of_files_are_asked_for_by_themselves(cast: Cast) -> None:
    deliver(cast.project, title="Opening shot", name="IMG_0042.mov", tags=["harbour"])
    deliver(cast.project, title="Harbour", name="opening shot \U0001f600.mov")
    shot, harbour = "Opening shot", "Harbour"
    asked: dict[str, list[str]] = {
        "title:opening": [shot],
        "title:open*": [shot],
        'title:"opening shot"': [shot],
        'title:"opening sho"*': [shot],
        'title:"shot opening"': [],
        "-title:opening": [harbour],
        "title:opening,harbour": [harbour, shot],
        "name:opening": [harbour],
        "name:opening title:harbour": [harbour],
        "name:img": [shot],
        'name:"img 0042 mov"': [shot],
        "name:IMG_0042.mov": [shot],
        "-name:0042": [harbour],
        "name:\U0001f600": [harbour],
        "harbour name:img": [shot],
    }
    assert {q: found(cast.viewer, q) for q in asked} == asked

    assert titles(cast.viewer.get("/api/assets?title=opening&name__not=mvi")) == [shot]
    assert titles(cast.viewer.get("/api/assets?name__prefix=open")) == [harbour]
    vain = cast.viewer.get("/api/assets?q=title:%2C%2C")
    assert (vain.status, len(vain["search"]["notes"])) == (200, 1)
    assert "title" in cast.viewer.get("/api/assets?title=..").errors
    facets = cast.viewer.get("/api/assets/facets?q=title:opening&facets=tag")["facets"]
    assert facets[0]["values"] == [{"value": "harbour", "count": 1}]
    smart = {"project": str(cast.project.id), "name": "Shots", "query": {"q": "name:img"}}
    collection = cast.editor.post("/api/collections", smart)
    assert titles(cast.viewer.get(f"/api/assets?collection={collection['id']}")) == [shot]
