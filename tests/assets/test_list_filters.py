"""What a list may be narrowed by: what an asset's head says of itself, in and not in, by itself and beside a search."""

from __future__ import annotations

from typing import Any

import pytest

from assets.models import Asset
from assets.queries import filter_of, matching_ids
from assets.services import set_facts, set_preview_state
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.errors import Invalid
from tests.assets.catalogue import deliver, titles
from tests.cast import Cast

FACTS: dict[str, dict[str, Any]] = {
    "Scope": {
        "codec": "prores",
        "frame_rate": "24000/1001",
        "width": 3840,
        "height": 1608,
        "duration": 90.5,
        "captured_at": "2026-03-01T12:00:00Z",
    },
    "Spot": {"codec": "h264", "frame_rate": "25/1", "width": 1920, "height": 1080, "duration": 30.0},
    "Portrait": {
        "codec": "h264",
        "frame_rate": "30000/1001",
        "width": 1080,
        "height": 1920,
        "duration": 12.2,
    },
    "Still": {"codec": "jpeg", "width": 6000, "height": 4000, "captured_at": "2026-01-31T23:59:59Z"},
    "Score": {"duration": 181.0},
}
KINDS = {"Still": "image", "Score": "audio"}
TAGS = {"Scope": ["hero", "draft"], "Spot": ["hero"], "Still": ["a, b"]}


@pytest.fixture
def shelf(cast: Cast) -> Cast:
    """Films, a still and a score, each titled with a word that all of them share."""
    for title, facts in FACTS.items():
        _, version = deliver(
            cast.project,
            title=f"{title} take",
            name=f"{title}.bin",
            kind=KINDS.get(title, "video"),
            tags=TAGS.get(title, []),
            size=len(title) * 1000,
        )
        with tenancy.scope(cast.org_id):
            set_facts(sha256=version.sha256, facts=facts)
            set_preview_state(sha256=version.sha256, state="ready" if title == "Spot" else "failed")
    return cast


def found(cast: Cast, query: str) -> set[str]:
    answer = cast.viewer.get(f"/api/assets?{query}&count=exact")
    assert answer.status == 200, answer
    assert answer["count"] == {"value": len(answer["results"]), "exact": True}
    return {each.removesuffix(" take") for each in titles(answer)}


ASKED: list[tuple[str, set[str]]] = [
    ("kind=video,audio", {"Scope", "Spot", "Portrait", "Score"}),
    ("kind__not=video", {"Still", "Score"}),
    ("codec=PRORES", {"Scope"}),
    ("codec=prores,jpeg", {"Scope", "Still"}),
    ("codec__not=h264", {"Scope", "Still", "Score"}),
    ("codec__prefix=h2", {"Spot", "Portrait"}),
    ("fps=23.976", {"Scope"}),
    ("fps=23.98", {"Scope"}),
    ("fps=24", set()),
    ("fps=25,29.97", {"Spot", "Portrait"}),
    ("fps=30000/1001", {"Portrait"}),
    ("fps__gte=25", {"Spot", "Portrait"}),
    ("fps__lt=25", {"Scope"}),
    ("resolution=1920x1080", {"Spot"}),
    ("resolution=hd", {"Spot", "Portrait"}),
    ("resolution=uhd,8k", {"Scope", "Still"}),
    ("resolution__not=1920x1080", {"Scope", "Portrait", "Still", "Score"}),
    ("width__gte=3840", {"Scope", "Still"}),
    ("height__lt=1080", set()),
    ("duration__gte=30&duration__lte=1:30.5", {"Scope", "Spot"}),
    ("duration__gt=1m", {"Scope", "Score"}),
    ("duration=12", {"Portrait"}),
    ("size__gte=5kB&size__lt=8000", {"Scope", "Still", "Score"}),
    ("tag=hero", {"Scope", "Spot"}),
    ("tag=a, b", {"Still"}),
    ("tag__in=draft,hero", {"Scope", "Spot"}),
    ("tag__all=draft,hero", {"Scope"}),
    ("tag__not=draft", {"Spot", "Portrait", "Still", "Score"}),
    ("tag=hero&tag__not=draft", {"Spot"}),
    ("captured_after=2026-02-01", {"Scope"}),
    ("captured_before=2026-02-01", {"Still"}),
    ("captured=2026-01", {"Still"}),
    ("created_after=2020&created_before=2021", set()),
    ("is=ready", {"Spot"}),
    ("is=failed&is__not=tagged", {"Portrait", "Score"}),
    ("is=stacked", set()),
    ("trashed=true", set()),
]


@pytest.mark.parametrize("words", ["", "&q=take"])
def test_lists_are_narrowed_by_what_heads_say(shelf: Cast, words: str) -> None:
    answers = {query: found(shelf, query.replace(" ", "%20") + words) for query, _ in ASKED}

    assert answers == dict(ASKED)


def test_whoever_brought_an_asset_is_asked_for_by_id(shelf: Cast) -> None:
    person = shelf.editor.person.id
    deliver(shelf.project, title="Brought", actor=shelf.editor.actor)

    assert found(shelf, f"person={person}") == {"Brought"}
    assert found(shelf, f"person__not={person}") == set(FACTS)


def test_facts_follow_the_head(shelf: Cast) -> None:
    asset, first = deliver(shelf.project, title="Stack", name="first.mov")
    _, second = deliver(shelf.project, asset_id=asset.id, name="second.mov")
    with tenancy.scope(shelf.org_id):
        set_facts(sha256=first.sha256, facts={"codec": "dnxhd", "frame_rate": "nonsense"})
        set_facts(sha256=second.sha256, facts={"codec": "vp9"})

    assert found(shelf, "codec=dnxhd") == set()
    assert found(shelf, "codec=vp9") == {"Stack"}
    assert shelf.editor.post(f"/api/versions/{first.id}/promote").status == 200
    assert found(shelf, "codec=dnxhd") == {"Stack"}
    assert shelf.editor.post(f"/api/versions/{second.id}/detach").status == 201
    assert found(shelf, "codec=vp9") == {"Stack"}
    with tenancy.scope(shelf.org_id):
        assert Asset.objects.get(id=asset.id).name == "first.mov"


WRONG = [
    "kind=video,film",
    "kind__in=",
    "fps=fast",
    "fps=1/0",
    "resolution=wide",
    "width=1.5",
    "width__gte=-1",
    "duration__gte=soon",
    "size=1PB2",
    "size=99999999999999TB",
    "captured=2026-13",
    "captured_after=31.1.2026",
    "created__gte=2026-02-30",
    "created=0000",
    "person=me",
    "is=agreed",
    "tag__in=a,,b",
    "codec__gte=a",
    "kind__prefix=v",
    "trashed=yes",
    "project__in=x",
    "codec=" + "x" * 301,
    "codec=" + ",".join(["x"] * 101),
]


def test_what_is_no_value_is_named(cast: Cast) -> None:
    answers = {query: cast.viewer.get(f"/api/assets?{query}") for query in WRONG}

    told = {query: (each.status, list(each.errors)) for query, each in answers.items()}
    assert told == {query: (400, [query.split("=", maxsplit=1)[0]]) for query in WRONG}


def test_a_query_in_json_asks_what_the_address_asks(shelf: Cast) -> None:
    with tenancy.scope(shelf.org_id):
        wanted = filter_of(
            shelf.viewer.actor,
            {"kind": ["video", "audio"], "duration__gte": 30, "q": "take", "trashed": False},
        )
        ids = matching_ids(shelf.viewer.actor, wanted)
        found_titles = {each.title for each in Asset.objects.filter(id__in=ids)}

    assert found_titles == {"Scope take", "Spot take", "Score take"}
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"owner__password": "x"}, "owner__password"),
        ({"kind": {"not": "video"}}, "kind"),
        ({"kind": []}, "kind"),
        ({"tag": None}, "tag"),
        ({"q": "nul \0"}, "q"),
        ({"field.nothing": "x"}, "field.nothing"),
        ({"project": "01900000-0000-7000-8000-000000000000"}, "project"),
    ],
)
def test_a_query_in_json_names_what_is_wrong(cast: Cast, params: dict[str, Any], named: str) -> None:
    with tenancy.scope(cast.org_id), pytest.raises(Invalid) as error:
        filter_of(cast.viewer.actor, params)

    assert list(error.value.fields) == [named]


@pytest.mark.parametrize("params", [{}, {"q": "take"}, {"kind": "video"}])
def test_everything_that_matches_comes_in_batches_once(cast: Cast, params: dict[str, Any]) -> None:
    made = {str(deliver(cast.project, title=f"Take {index}")[0].id) for index in range(7)}
    deliver(cast.foreign, title="Take of others")
    actor, seen, after = cast.viewer.actor, [], None

    with tenancy.scope(cast.org_id):
        wanted = filter_of(actor, params)
        while batch := matching_ids(actor, wanted, after=after, most=3):
            assert len(batch) <= 3
            seen += [str(each) for each in batch]
            after = batch[-1]

    assert len(seen) == 7
    assert set(seen) == made


def test_the_platform_itself_finds_what_a_person_would(cast: Cast) -> None:
    deliver(cast.project)

    with tenancy.scope(cast.org_id):
        assert len(matching_ids(SYSTEM, filter_of(SYSTEM, {}))) == 1
