"""Smart collections, which show what their query finds now; and the order that people give the others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from assets.queries import smart
from tests.assets.catalogue import deliver, queries_of, titles
from tests.cast import Cast


def make(cast: Cast, **changes: Any) -> Any:
    return cast.editor.post(
        "/api/collections", {"project": str(cast.project.id), "name": "Selects"} | changes
    )


def shown(cast: Cast, collection: Any, more: str = "") -> list[str]:
    return titles(cast.viewer.get(f"/api/assets?collection={collection['id']}{more}"))


def test_a_smart_collection_shows_what_its_query_finds_now(cast: Cast) -> None:
    deliver(cast.project, title="Film", tags=["hero"])
    smart = make(cast, query={"kind": "video", "tag": "hero"})

    assert (smart.status, smart["kind"], smart["asset_count"]) == (201, "smart", 1)
    deliver(cast.project, title="Second film", tags=["hero", "draft"])
    deliver(cast.project, title="Still", kind="image", tags=["hero"])
    deliver(cast.foreign, title="Film of others", tags=["hero"])
    assert shown(cast, smart) == ["Second film", "Film"]
    assert shown(cast, smart, "&tag=draft") == shown(cast, smart, "&q=second") == ["Second film"]
    assert shown(cast, smart, "&kind=image") == []
    assert shown(cast, smart, "&sort=title&limit=1") == ["Film"]
    listed = cast.viewer.get("/api/collections")["results"][0]
    assert (listed["asset_count"], listed["asset_count_exact"]) == (2, True)
    address = f"/api/collections/{smart['id']}"
    assert cast.editor.patch(address, {"query": {"kind": "image"}})["asset_count"] == 1
    assert shown(cast, smart) == ["Still"]


def test_it_shows_its_own_project_alone(cast: Cast) -> None:
    other = cast.owner.post("/api/projects", {"name": "Other", "org": str(cast.org_id)})
    smart = make(cast, query={})
    deliver(cast.project, title="Here")
    moved, _ = deliver(cast.project, title="There")
    cast.owner.post("/api/bulk", {"selection": {"ids": [str(moved.id)]}, "action": {"move": other["id"]}})

    assert set(titles(cast.owner.get(f"/api/assets?collection={smart['id']}"))) <= {"Here", "There"}
    wrong = make(cast, query={"project": other["id"]})
    assert list(wrong.errors) == ["query.project"]


def test_smart_collections_may_name_others_but_never_themselves(cast: Cast) -> None:
    manual = make(cast)
    asset, _ = deliver(cast.project, title="Held")
    deliver(cast.project, title="Loose")
    cast.editor.post(f"/api/collections/{manual['id']}/assets", {"add": [str(asset.id)]})
    first = make(cast, query={"collection": manual["id"], "kind": "video"})
    second = make(cast, query={"collection": first["id"]})

    assert shown(cast, second) == ["Held"]
    for target in (first, second):
        answer = cast.editor.patch(f"/api/collections/{first['id']}", {"query": {"collection": target["id"]}})
        assert list(answer.errors) == ["query.collection"]
    assert shown(cast, second) == ["Held"]


def test_a_query_that_cannot_be_asked_is_refused_by_name(cast: Cast) -> None:
    for query, named in (
        ({"owner__password": "x"}, "query.owner__password"),
        ({"trashed": True}, "query.trashed"),
        ({"field.none": 1}, "query.field.none"),
        ({"collection": str(uuid4())}, "query.collection"),
    ):
        answer = make(cast, query=query)
        assert (answer.status, list(answer.errors)) == (400, [named])
    assert list(make(cast, kind="smart").errors) == ["query"]
    assert list(make(cast, kind="manual", query={}).errors) == ["query"]
    manual = make(cast)
    answer = cast.editor.patch(f"/api/collections/{manual['id']}", {"query": {"kind": "video"}})
    assert list(answer.errors) == ["query"]
    smart = make(cast, query={"kind": "video"})
    asset, _ = deliver(cast.project)
    answer = cast.editor.post(f"/api/collections/{smart['id']}/assets", {"add": [str(asset.id)]})
    assert list(answer.errors) == ["add"]


def test_a_field_deleted_later_is_told_and_finds_nothing(cast: Cast) -> None:
    field = cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    smart = make(cast, query={"field.niche": "cars"})
    cast.owner.delete(f"/api/fields/{field['id']}")

    told = cast.viewer.get(f"/api/collections/{smart['id']}")

    assert told["asset_count"] == 0
    assert "field.niche" in told["fault"]
    assert list(cast.viewer.get(f"/api/assets?collection={smart['id']}").errors) == ["collection"]


def test_a_link_to_it_shows_what_it_found_when_it_was_made(cast: Cast) -> None:
    deliver(cast.project, title="Film")
    deliver(cast.project, title="Still", kind="image")
    smart = make(cast, query={"kind": "video"})
    share = cast.editor.post("/api/shares", {"project": str(cast.project.id), "collection": smart["id"]})
    deliver(cast.project, title="Later film")

    assert share.status == 201
    assert titles(cast.nobody.get(f"/api/s/{share['token']}/assets")) == ["Film"]


def test_a_list_does_not_wait_for_counts_that_take_long(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(cast.project, title="Film")
    made = [make(cast, name=f"Films {n}", query={"kind": "video"}) for n in range(3)]

    monkeypatch.setattr(smart, "LISTED_FOR_S", 0)

    told = [
        (each["asset_count"], each["asset_count_exact"])
        for each in cast.viewer.get("/api/collections")["results"]
    ]
    assert told == [(1, True), (0, False), (0, False)]
    single = cast.viewer.get(f"/api/collections/{made[0]['id']}")
    assert (single["asset_count"], single["asset_count_exact"]) == (1, True)


def test_many_smart_collections_cost_the_queries_of_few(cast: Cast) -> None:
    cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    deliver(cast.project)
    for index in range(5):
        assert make(cast, query={"field.niche": str(index), "q": "opening"}).status == 201

    costs = {
        queries_of(lambda most=most: cast.viewer.get(f"/api/collections?limit={most}")) for most in (1, 5)
    }

    assert len(costs) == 1


# --- the order that people give ------------------------------------------------------------------------


@pytest.fixture
def ordered(cast: Cast) -> tuple[Any, dict[str, str]]:
    """A collection of A, B, C and D as they came, and everybody's id."""
    collection = make(cast)
    ids = {name: str(deliver(cast.project, title=name)[0].id) for name in "DCBAE"}
    body = {"add": [ids[name] for name in "ABCD"]}
    assert cast.editor.post(f"/api/collections/{collection['id']}/assets", body).status == 200
    return collection, ids


def test_what_is_put_in_stands_in_the_order_that_people_give(
    cast: Cast, ordered: tuple[Any, dict[str, str]]
) -> None:
    collection, ids = ordered
    address = f"/api/collections/{collection['id']}/assets"

    def after(**body: Any) -> str:
        given = {
            name: ids[each] if isinstance(each, str) else [ids[one] for one in each]
            for name, each in body.items()
            if each is not None
        }
        nothing = {name: None for name, each in body.items() if each is None}
        answer = cast.editor.post(address, given | nothing)
        assert answer.status == 200, answer
        return "".join(shown(cast, collection, "&sort=position"))

    assert "".join(shown(cast, collection, "&sort=position")) == "ABCD"
    assert after(order=["C"]) == "CABD"
    assert after(order=["D", "A"], before="C") == "DACB"
    assert after(order=["D"], before=None) == "ACBD"
    assert after(order=["D", "C", "B", "A"]) == "DCBA"
    assert after(add=["E"], before="C") == "DECBA"
    assert after(remove=["E"], order=["A"]) == "ADCB"
    assert "".join(shown(cast, collection, "&sort=-position")) == "BCDA"
    assert after(add=["E"]) == "ADCBE"


def test_the_given_order_walks_page_by_page_and_with_words(
    cast: Cast, ordered: tuple[Any, dict[str, str]]
) -> None:
    collection, _ = ordered
    found, url = list[str](), f"/api/assets?collection={collection['id']}&sort=position&limit=1"
    while url:
        page = cast.viewer.get(url)
        found += titles(page)
        url = page["next"]

    assert found == list("ABCD")
    assert shown(cast, collection, "&sort=-position&kind=video&limit=2") == ["D", "C"]
    assert shown(cast, collection, "&sort=position&q=b") == ["B"]


def test_what_is_not_in_the_collection_is_not_ordered(
    cast: Cast, ordered: tuple[Any, dict[str, str]]
) -> None:
    collection, ids = ordered
    foreign, _ = deliver(cast.foreign)
    address = f"/api/collections/{collection['id']}/assets"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"order": [ids["A"], ids["E"]]}, "order.1"),
        ({"order": [str(foreign.id)]}, "order.0"),
        ({"order": [ids["A"]], "before": ids["A"]}, "before"),
        ({"order": [ids["A"]], "before": str(uuid4())}, "before"),
        ({"before": ids["A"]}, "order"),
        ({"add": [ids["E"], str(foreign.id)], "order": [ids["E"]]}, "add.1"),
        ({"remove": [ids["A"]], "order": [ids["A"]]}, "order.0"),
    ]

    for body, named in wrong:
        answer = cast.editor.post(address, body)
        assert (answer.status, list(answer.errors)) == (400, [named])
    assert "".join(shown(cast, collection, "&sort=position")) == "ABCD"


def asked(cast: Cast, q: str) -> tuple[list[str], list[str]]:
    """Return what a search finds, and what it notes."""
    answer = cast.viewer.get(f"/api/assets?{urlencode({'q': q})}")
    return titles(answer), answer.json.get("search", {}).get("notes", [])


def test_a_search_takes_a_smart_collection_by_its_name(cast: Cast) -> None:
    for title, tags in (("Film", ["hero"]), ("Second film", ["hero", "draft"]), ("Loose", ["draft"])):
        deliver(cast.project, title=title, tags=tags)
    heroes = make(cast, name="Heroes", query={"tag": "hero"})
    make(cast, name="Drafts of heroes", query={"q": "collection:heroes tag:draft"})
    make(cast, name="By hand")

    assert asked(cast, "collection:heroes") == (["Second film", "Film"], [])
    assert asked(cast, f"collection:{heroes['id']} second") == (["Second film"], [])
    assert asked(cast, 'collection:"drafts of heroes"') == (["Second film"], [])
    for q in ("-collection:heroes draft", 'collection:heroes,"by hand"'):
        assert "“Heroes” is a smart collection" in asked(cast, q)[1][0]
    assert asked(cast, 'collection:heroes,"by hand"')[0] == []
    cast.editor.patch(f"/api/collections/{heroes['id']}", {"query": {"q": "collection:heroes"}})
    assert asked(cast, "collection:heroes")[0] == [], "what asks for itself finds nothing, and ends"


def test_a_search_takes_a_collection_by_its_path(cast: Cast) -> None:
    above = [make(cast, name=name) for name in ("Monday", "Tuesday")]
    for day in above:
        held, _ = deliver(cast.project, title=f"Of {day['name']}")
        below = make(cast, name="Selects", parent=day["id"])
        cast.editor.post(f"/api/collections/{below['id']}/assets", {"add": [str(held.id)]})
    make(cast, name="Smart", parent=above[0]["id"], query={"q": "tuesday"})

    assert set(asked(cast, "collection:selects")[0]) == {"Of Monday", "Of Tuesday"}
    assert asked(cast, "collection:monday/selects") == (["Of Monday"], [])
    assert asked(cast, 'collection:"Tuesday / Selects"') == (["Of Tuesday"], [])
    assert asked(cast, "collection:monday/smart") == (["Of Tuesday"], [])
    assert asked(cast, "collection:selects/monday")[1] == ["You see no collection called “selects/monday”."]


def test_what_a_collection_names_and_is_gone_is_told_at_every_depth(cast: Cast) -> None:
    gone = make(cast)
    first = make(cast, name="First", query={"collection": gone["id"]})
    second = make(cast, name="Second", query={"collection": first["id"]})
    cast.editor.delete(f"/api/collections/{gone['id']}")

    for each in (first, second):
        assert "no more" in cast.viewer.get(f"/api/collections/{each['id']}")["fault"]
    found, notes = asked(cast, "collection:second")
    assert (found, "no more" in notes[0]) == ([], True)
