"""Lists narrowed by custom fields, beside everything else that narrows them."""

from typing import Any

import pytest

from tests.assets.catalogue import deliver, titles
from tests.cast import Cast

FIELDS: dict[str, dict[str, Any]] = {
    "advertiser": {"type": "text"},
    "year": {"type": "number"},
    "aired": {"type": "date"},
    "delivered": {"type": "datetime"},
    "final": {"type": "boolean"},
    "niche": {"type": "choice", "choices": ["cars", "food"]},
    "regions": {"type": "multi_choice", "choices": ["north", "south", "west"]},
    "brief": {"type": "long_text"},
}
ASSETS: dict[str, dict[str, Any]] = {
    "First": {
        "advertiser": "Acme",
        "year": 2024,
        "aired": "2024-05-01",
        "delivered": "2024-04-30T22:00:00Z",
        "final": True,
        "niche": "cars",
        "regions": ["north", "south"],
    },
    "Second": {"advertiser": "Acme & Sons", "year": 2025.5, "aired": "2025-06-01", "niche": "food"},
    "Third": {"final": False, "regions": ["south"], "aired": "9999-12-31"},
}


@pytest.fixture
def shelf(cast: Cast) -> Cast:
    for name, given in FIELDS.items():
        body = {"org": str(cast.org_id), "name": name} | given
        assert cast.owner.post("/api/fields", body).status == 201
    for title, fields in ASSETS.items():
        asset, _ = deliver(cast.project, title=title)
        assert cast.editor.patch(f"/api/assets/{asset.id}", {"fields": fields}).status == 200
    return cast


@pytest.mark.parametrize("text", ["", "&sort=title"])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("field.advertiser=Acme", {"First"}),
        ("field.year=2024", {"First"}),
        ("field.year__gte=2024", {"First", "Second"}),
        ("field.year__in=2024,2025.5", {"First", "Second"}),
        ("field.year__not=2024,2025.5", {"Third"}),
        ("field.year__gte=2024.5&field.year__lte=2025.5", {"Second"}),
        ("field.aired__lte=2024-05-01", {"First"}),
        ("field.aired=9999", {"Third"}),
        ("field.aired__gte=9999-12-31", {"Third"}),
        ("field.aired__lte=9999-12-31", {"First", "Second", "Third"}),
        ("field.aired__gt=9999-12", set()),
        ("field.delivered=2024-05-01T00:00:00%2B02:00", {"First"}),
        ("field.final=false", {"Third"}),
        ("field.niche__in=cars,food", {"First", "Second"}),
        ("field.regions=south", {"First", "Third"}),
        ("field.regions=south&field.final=true", {"First"}),
        ("field.niche=cars&field.regions=west", set()),
    ],
)
def test_lists_are_narrowed_by_what_fields_hold(shelf: Cast, asked: str, found: set[str], text: str) -> None:
    answer = shelf.viewer.get(f"/api/assets?{asked}&count=exact{text}")

    assert set(titles(answer)) == found
    assert answer["count"] == {"value": len(found), "exact": True}


def test_search_and_fields_narrow_together_page_by_page(shelf: Cast) -> None:
    for number in range(5):
        asset, _ = deliver(shelf.project, title=f"Opening {number}")
        fields = {"year": 2030 + number % 2}
        shelf.editor.patch(f"/api/assets/{asset.id}", {"fields": fields})
    seen, path = [], "/api/assets?q=opening&field.year=2030&limit=1"
    while path:
        answer = shelf.viewer.get(path)
        seen += titles(answer)
        path = answer["next"]

    assert seen == ["Opening 4", "Opening 2", "Opening 0"]


@pytest.mark.parametrize(
    "asked",
    [
        "field.owner=x",
        "field.=x",
        "field.year=many",
        "field.year=20_24",
        "field.aired=10000-01-01",
        "field.year__contains=1",
        "field.advertiser__gte=A",
        "field.niche=toys",
        "field.final=yes",
        "field.brief=x",
        "field.owner__password=x",
        "field.aired=soon",
    ],
)
def test_what_cannot_be_asked_is_named(shelf: Cast, asked: str) -> None:
    answer = shelf.viewer.get(f"/api/assets?{asked}")

    assert (answer.status, list(answer["errors"])) == (400, [asked.split("=", maxsplit=1)[0]])


def test_a_field_of_projects_that_one_does_not_see_is_no_field(shelf: Cast) -> None:
    hidden = shelf.owner.post("/api/projects", {"name": "Hidden", "org": str(shelf.org_id)})
    shelf.owner.post("/api/fields", {"name": "Budget", "type": "number", "projects": [hidden["id"]]})

    assert shelf.viewer.get("/api/assets?field.budget__gte=1").status == 400
    assert shelf.owner.get("/api/assets?field.budget__gte=1").status == 200
    assert shelf.stranger.get("/api/assets?field.year=2024").status == 400


def test_a_cursor_of_one_filter_is_none_of_another(shelf: Cast) -> None:
    first = shelf.viewer.get("/api/assets?field.regions=south&limit=1")
    moved = first["next"].replace("south", "north")

    assert shelf.viewer.get(moved).status == 400
