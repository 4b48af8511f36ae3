"""In what order lists come: every order walks both ways at any depth, and what has no value comes last."""

from __future__ import annotations

from typing import Any

import pytest

from assets.services import set_facts
from dam.core import tenancy
from tests.assets.catalogue import deliver, queries_of
from tests.cast import Api, Cast

FIELDS: dict[str, dict[str, Any]] = {
    "advertiser": {"type": "text"},
    "year": {"type": "number"},
    "aired": {"type": "date"},
    "regions": {"type": "multi_choice", "choices": ["north", "south"]},
    "brief": {"type": "long_text"},
}
VALUES: list[dict[str, Any]] = [
    {"advertiser": "Beta", "year": 2, "aired": "2026-02-01"},
    {"advertiser": "alpha", "year": 10, "aired": "2025-12-31"},
    {},
    {"advertiser": "Beta", "year": 2, "aired": "2026-02-01"},
    {"advertiser": "Ärger", "year": -1.5, "aired": "1999-01-01"},
    {},
    {"year": 2},
]
SORTS = ["duration", "captured_at", "field.advertiser", "field.year", "field.aired"]


@pytest.fixture
def shelf(cast: Cast) -> Cast:
    for name, given in FIELDS.items():
        body = {"org": str(cast.org_id), "name": name} | given
        assert cast.owner.post("/api/fields", body).status == 201
    for index, fields in enumerate(VALUES):
        asset, version = deliver(cast.project, title=f"Take {index}")
        assert cast.editor.patch(f"/api/assets/{asset.id}", {"fields": fields}).status == 200
        with tenancy.scope(cast.org_id):
            if fields:
                at = f"{fields['aired']}T00:00:00Z" if "aired" in fields else None
                facts = {"duration": fields["year"] + 5, "captured_at": at}
                set_facts(sha256=version.sha256, facts=facts)
    return cast


def walk(api: Api, address: str) -> tuple[list[str], list[str]]:
    """Return what a list shows page by page to its end, and then back to its beginning."""
    url, there, back = address, list[str](), list[str]()
    while url:
        page = api.get(url)
        assert page.status == 200, page
        there += [each["title"] for each in page["results"]]
        url, last = page["next"], page
    url = last["previous"]
    while url:
        page = api.get(url)
        back = [each["title"] for each in page["results"]] + back
        url = page["previous"]
    return there, back


def expected(key: str, *, falls: bool) -> list[str]:
    """Return the titles in the order that a plain reading of the values gives."""
    name = {"duration": "year", "captured_at": "aired"}.get(key, key.removeprefix("field."))
    numbered = list(enumerate(VALUES))
    valued = [each for each in numbered if name in each[1]]
    empty = [each for each in numbered if name not in each[1]]
    valued.sort(key=lambda each: (each[1][name], each[0]), reverse=falls)
    empty.sort(key=lambda each: each[0], reverse=falls)
    return [f"Take {index}" for index, _ in valued + empty]


@pytest.mark.parametrize("words", ["", "&q=take", "&kind=video&kind__not=audio"])
def test_what_has_no_value_comes_last_whichever_way(shelf: Cast, words: str) -> None:
    for order in (f"{sign}{key}" for sign in ("", "-") for key in SORTS):
        there, back = walk(shelf.viewer, f"/api/assets?sort={order}&limit=2{words}")

        assert there == expected(order.removeprefix("-"), falls=order.startswith("-")), order
        assert back == there[: len(back)], order
        assert len(back) >= len(there) - 2


def test_windows_of_a_sorted_list_lie_where_its_pages_do(shelf: Cast) -> None:
    for key, offset in ((key, offset) for key in SORTS for offset in (0, 3, 6, 7)):
        window = shelf.viewer.get(f"/api/assets?sort={key}&offset={offset}&limit=2&count=exact")

        assert [each["title"] for each in window["results"]] == expected(key, falls=False)[
            offset : offset + 2
        ]
        assert window["count"] == {"value": 7, "exact": True}


def test_rows_are_the_same_whatever_they_are_sorted_by(shelf: Cast) -> None:
    plain = {each["id"]: each for each in shelf.viewer.get("/api/assets")["results"]}

    for key in (*SORTS, "name", "kind", "updated_at"):
        for include in ("", "&include=thumbnail"):
            rows = shelf.viewer.get(f"/api/assets?sort={key}{include}")["results"]
            assert {each["id"]: {name: each[name] for name in plain[each["id"]]} for each in rows} == plain


NO_ORDERS = [
    "field.regions",
    "field.brief",
    "field.nothing",
    "field.",
    "-",
    "password",
    "position",
    "-sort_key",
]


def test_what_has_no_order_is_refused(shelf: Cast) -> None:
    answers = {each: shelf.viewer.get(f"/api/assets?sort={each}") for each in NO_ORDERS}

    told = {sort: (each.status, list(each.errors)) for sort, each in answers.items()}
    assert told == dict.fromkeys(NO_ORDERS, (400, ["sort"]))


def test_a_field_that_one_does_not_meet_is_not_sorted_by(shelf: Cast) -> None:
    hidden = shelf.owner.post("/api/projects", {"name": "Hidden", "org": str(shelf.org_id)})
    shelf.owner.post("/api/fields", {"name": "Budget", "type": "number", "projects": [hidden["id"]]})

    assert shelf.viewer.get("/api/assets?sort=field.budget").status == 400
    assert shelf.owner.get("/api/assets?sort=field.budget").status == 200


def test_a_cursor_belongs_to_its_order_and_its_filters(shelf: Cast) -> None:
    cursor = shelf.viewer.get("/api/assets?sort=field.year&limit=2")["next"].rpartition("cursor=")[2]
    others = ("sort=-field.year", "sort=field.aired", "sort=field.year&kind=video")

    assert shelf.viewer.get(f"/api/assets?sort=field.year&limit=2&cursor={cursor}").status == 200
    for wrong in (
        *(f"{each}&cursor={cursor}" for each in others),
        f"sort=field.year&cursor={cursor[:-2]}AA",
    ):
        assert list(shelf.viewer.get(f"/api/assets?limit=2&{wrong}").errors) == ["cursor"]


def test_an_order_costs_the_same_queries_for_few_rows_and_many(shelf: Cast) -> None:
    def asking(limit: int) -> int:
        return queries_of(lambda: shelf.viewer.get(f"/api/assets?sort=-field.year&limit={limit}"))

    assert asking(2) == asking(7) == asking(200)
