"""Saved searches: one's own, or shared with everybody in the organisation."""

from __future__ import annotations

from typing import Any

from tests.assets.catalogue import queries_of
from tests.cast import Api, Cast

QUERY = {"kind": "video", "duration__gte": "60", "sort": "-duration", "q": "opening"}


def save(api: Api, **changes: Any) -> Any:
    return api.post("/api/searches", {"name": "Long films", "query": QUERY} | changes)


def names(api: Api) -> list[str]:
    return [each["name"] for each in api.get("/api/searches")["results"]]


def test_a_search_is_its_makers_own_until_it_is_shared(cast: Cast) -> None:
    made = save(cast.viewer)
    address = f"/api/searches/{made['id']}"

    assert (made.status, made["query"], made["shared"], made["faults"]) == (201, QUERY, False, {})
    assert made["owner"] == str(cast.viewer.person.id)
    assert cast.viewer.get(address).json == made.json
    assert names(cast.owner) == []
    assert cast.owner.get(address).status == cast.owner.delete(address).status == 404
    assert cast.viewer.patch(address, {"shared": True})["shared"] is True
    assert names(cast.owner) == names(cast.reviewer) == ["Long films"]
    assert names(cast.stranger) == []
    assert cast.stranger.get(address).status == 404
    assert cast.nobody.get("/api/searches").status == 401


def test_a_shared_search_is_changed_by_its_maker_and_by_admins(cast: Cast) -> None:
    address = f"/api/searches/{save(cast.editor, shared=True)['id']}"

    for other in (cast.viewer, cast.reviewer):
        assert other.patch(address, {"name": "Mine"}).status == other.delete(address).status == 403
    assert cast.owner.patch(address, {"name": "Everybody's"})["name"] == "Everybody's"
    assert cast.editor.delete(address).status == 204
    assert cast.editor.get(address).status == 404


def test_a_stale_change_changes_nothing(cast: Cast) -> None:
    made = save(cast.viewer)
    address, stale = f"/api/searches/{made['id']}", made.headers["ETag"]
    assert cast.viewer.patch(address, {"name": "Newer"}, headers={"If-Match": stale}).status == 200

    assert cast.viewer.patch(address, {"name": "Older"}, headers={"If-Match": stale}).status == 412
    assert cast.viewer.delete(address, headers={"If-Match": stale}).status == 412
    assert names(cast.viewer) == ["Newer"]


def test_what_cannot_be_asked_is_not_saved(cast: Cast) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"owner__password": "x"}, "query.owner__password"),
        ({"kind": "film"}, "query.kind"),
        ({"sort": "created_by"}, "query.sort"),
        ({"field.none": "x"}, "query.field.none"),
        ({"project": str(cast.foreign.id)}, "query.project"),
        ({"tag": {"a": 1}}, "query.tag"),
        ({"q": "a \0 b"}, "query.q"),
        ({f"x{index}": "1" for index in range(60)}, "query"),
    ]

    for query, named in wrong:
        answer = save(cast.viewer, query=query)
        assert (answer.status, list(answer.errors)) == (400, [named])
    for body, named in (({"query": []}, "query"), ({"name": ""}, "name"), ({"colour": "red"}, "colour")):
        answer = save(cast.viewer, **body)
        assert (answer.status, list(answer.errors)) == (400, [named])
    assert names(cast.viewer) == []


def test_a_field_that_is_deleted_later_is_told(cast: Cast) -> None:
    field = cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    made = save(cast.viewer, query={"field.niche": "cars", "kind": "video"})
    assert made["faults"] == {}
    cast.owner.delete(f"/api/fields/{field['id']}")

    for told in (
        cast.viewer.get(f"/api/searches/{made['id']}").json,
        cast.viewer.get("/api/searches")["results"][0],
    ):
        assert told["faults"] == {"field.niche": ["There is no such field."]}


def test_few_searches_cost_what_many_do(cast: Cast) -> None:
    cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    for index in range(6):
        assert save(cast.viewer, name=f"S{index}", query={"field.niche": str(index)}).status == 201

    costs = {queries_of(lambda most=most: cast.viewer.get(f"/api/searches?limit={most}")) for most in (1, 6)}

    assert len(costs) == 1
