"""The rows that Postgres writes are the documents that the room describes, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import pytest

from assets.models import Asset
from assets.queries import asset_rows
from assets.services import set_facts, set_preview_state
from comments.models import Comment
from dam.core import tenancy
from previews.models import Preview
from tests.assets.catalogue import deliver
from tests.cast import Api, Cast

TITLES = [
    'Say "cheese" \\ slash / </script> +00:00"',
    "Grüße, 東京, العربية, 🎬",
    "Tab\\t and \\u0000 as written",
    "'; DROP TABLE assets_asset; --",
    "{brace} %s %(title)s $1",
]
PUBLISHED = ["hls/master.m3u8", "img/300.webp", "img/storyboard.vtt", "img/storyboard-000.webp"]


@pytest.fixture
def catalogue(cast: Cast) -> Cast:
    """Assets of every sort: odd titles, fields of every type, no head, several versions, comments, previews."""
    for index, title in enumerate(TITLES):
        asset, version = deliver(cast.project, title=title, tags=[title, "hero"][: index % 3])
        with tenancy.scope(cast.org_id):
            Asset.objects.filter(id=asset.id).update(
                fields={"a": 1.5, "b": None, "c": 'x\t"y"\n', "d": [1, {"e": True}], "ü": 10**15}
            )
            set_facts(sha256=version.sha256, facts={"duration": [2.0, 0.04, 1e-7, 3601.123456, 12][index]})
            set_preview_state(sha256=version.sha256, state="ready", poster=True)
            Preview.objects.create(
                sha256=version.sha256,
                recipe_version=1,
                generation=index,
                is_active=True,
                published=PUBLISHED[: index + 1],
            )
            for number in range(index):
                Comment.objects.create(version=version, author_user=cast.owner.person, body=f"{number}")
    asset, _ = deliver(cast.project, title="Stack")
    _, second = deliver(cast.project, asset_id=asset.id)
    with tenancy.scope(cast.org_id):
        Asset.objects.create(project=cast.project, title="Nothing yet")
        Comment.objects.create(version=second, author_user=cast.owner.person, body="On the second")
    return cast


def described(cast: Cast, api: Api, *, include: list[str]) -> list[dict[str, Any]]:
    """Return the rows as the room's documents describe them, in the list's order."""
    with tenancy.scope(cast.org_id):
        assets = (
            Asset.objects.filter(trashed_at=None)
            .select_related("current_version")
            .order_by("-created_at", "-id")
        )
        rows = asset_rows(api.actor, list(assets), include=include)
    return [comparable(each) for each in orjson.loads(orjson.dumps(rows, option=orjson.OPT_UTC_Z))]


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """Times may be written with fewer digits; everything else is the same text."""
    return row | {name: datetime.fromisoformat(row[name]) for name in ("created_at", "updated_at")}


@pytest.mark.parametrize("include", [[], ["thumbnail"]])
@pytest.mark.parametrize("who", ["owner", "viewer"])
def test_rows_are_the_documents_field_by_field(catalogue: Cast, who: str, include: list[str]) -> None:
    api = getattr(catalogue, who)

    page = api.get(f"/api/assets?limit=500{'&include=thumbnail' if include else ''}")

    assert [comparable(each) for each in page["results"]] == described(catalogue, api, include=include)
    assert len(page["results"]) == len(TITLES) + 2
    assert all(each["created_at"].endswith("Z") for each in page["results"])


def test_a_page_says_its_length_and_is_kept_by_no_cache(catalogue: Cast) -> None:
    answer = catalogue.viewer.get("/api/assets?limit=3")

    assert answer.headers["Content-Type"] == "application/json"
    assert int(answer.headers["Content-Length"]) == len(answer.response.content)
    assert answer.headers["Cache-Control"] == "no-store"
    assert list(answer.json) == ["results", "next", "previous"]


def test_counts_and_windows_hold_for_every_way_of_asking(catalogue: Cast) -> None:
    deliver(catalogue.foreign, title="Stack of others")

    for query, found in (
        ("", 7),
        ("&q=stack", 1),
        ("&tag=hero", 1),
        ("&kind=video", 6),
        ("&q=none", 0),
        ("&q=.", 0),
    ):
        answer = catalogue.viewer.get(f"/api/assets?count=capped{query}")
        assert answer["count"] == {"value": found, "exact": True}, query
        assert len(answer["results"]) == found
    window = catalogue.viewer.get("/api/assets?sort=title&offset=5&limit=1&count=exact")
    assert window["results"][0] == catalogue.viewer.get("/api/assets?sort=title")["results"][5]
    assert window["count"] == {"value": 7, "exact": True}


@pytest.mark.parametrize("sort", ["created_at", "-title", "size"])
def test_a_search_pages_both_ways(catalogue: Cast, sort: str) -> None:
    for index in range(5):
        deliver(catalogue.project, title=f"Take {index % 2}", size=index % 2 + 1)

    url = f"/api/assets?q=tak&sort={sort}&limit=2"
    found: list[str] = []
    back: list[str] = []
    while url:
        page = catalogue.viewer.get(url)
        found += [each["id"] for each in page["results"]]
        url = page["next"]
    url = page["previous"]
    while url:
        page = catalogue.viewer.get(url)
        back = [each["id"] for each in page["results"]] + back
        url = page["previous"]

    assert len(found) == len(set(found)) == 5
    assert back == found[:4]


def test_search_follows_titles_and_tags(catalogue: Cast) -> None:
    asset, _ = deliver(catalogue.project, title="IMG_0042.final", tags=["b roll"])

    def finds(query: str) -> bool:
        return str(asset.id) in {
            each["id"] for each in catalogue.viewer.get(f"/api/assets?{query}")["results"]
        }

    assert all(
        finds(each) for each in ("q=img+FIN", "q=0042", "q=roll", "tag=b+roll", "q=\uff29\uff2d\uff27")
    )
    assert not any(finds(each) for each in ("q=oll", "tag=b", "q=t%3Db"))
    catalogue.editor.patch(f"/api/assets/{asset.id}", {"title": "Sunrise", "tags": ["a roll"]})
    assert finds("q=sunr&tag=a+roll")
    assert not finds("q=img")
    assert not finds("tag=b+roll")
