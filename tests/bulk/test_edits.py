"""Many assets are edited by one job: fields, titles and tags; what one of them does not take stops no other."""

from __future__ import annotations

from typing import Any

import pytest

from activity.models import Event
from assets.services import create_field
from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from tests.bulk.work import ask, assets_of, bulk, ids_of, row
from tests.cast import Cast


def define(cast: Cast, name: str, type_: str = "text", **more: Any) -> str:
    with tenancy.scope(cast.org_id):
        return create_field(actor=SYSTEM, given={"name": name, "type": type_, **more}).key


def test_fields_and_tags_of_named_assets_are_set(cast: Cast) -> None:
    niche = define(cast, "Niche")
    chosen, other = assets_of(cast, 3, tags=["rough", "hero"]), assets_of(cast, 1)[0]

    job = bulk(cast, chosen, {"set": {"fields": {niche: "cars"}}, "tag": ["final"], "untag": ["rough"]})

    assert (job["state"], job["progress"], job["project"]) == ("succeeded", 1.0, str(cast.project.id))
    assert job["result"] | {"matched": 3, "changed": 3} == job["result"]
    assert (job["result"]["done"], job["result"]["failed"], job["result"]["errors"]) == (3, 0, [])
    for each in chosen:
        assert (row(cast, each)["fields"], row(cast, each)["tags"]) == ({niche: "cars"}, ["hero", "final"])
    assert row(cast, other)["fields"] == {}


def test_fields_may_be_named_directly_and_null_clears_one(cast: Cast) -> None:
    niche, take = define(cast, "Niche"), define(cast, "Take", "number")
    chosen = assets_of(cast, 2)
    bulk(cast, chosen, {"set": {niche: "cars", take: 3}})

    bulk(cast, chosen, {"set": {take: None, "title": "  One name ", "tags": ["b", "a", "b"]}})

    found = row(cast, chosen[1])
    assert (found["fields"], found["title"], found["tags"]) == ({niche: "cars"}, "One name", ["b", "a"])


def test_lists_and_search_find_what_was_set(cast: Cast) -> None:
    niche = define(cast, "Niche")
    chosen = assets_of(cast, 2)
    assets_of(cast, 1)

    bulk(cast, chosen, {"set": {niche: "cars", "title": "Zephyr"}, "tag": ["final"]})

    for asked in (f"field.{niche}=cars", "q=zephyr", "tag=final"):
        found = cast.viewer.get(f"/api/assets?project={cast.project.id}&{asked}")
        assert {each["id"] for each in found["results"]} == set(ids_of(chosen)), asked


def test_a_query_chooses_what_its_list_shows(cast: Cast) -> None:
    wanted = assets_of(cast, 3, tags=["rough"], kind="image")
    assets_of(cast, 2, tags=["rough"])
    assets_of(cast, 2, kind="image")

    job = bulk(cast, {"project": str(cast.project.id), "tag": "rough", "kind": "image"}, {"untag": ["rough"]})

    assert (job["result"]["matched"], job["result"]["done"]) == (3, 3)
    assert [row(cast, each)["tags"] for each in wanted] == [[], [], []]
    left = cast.viewer.get(f"/api/assets?project={cast.project.id}&tag=rough")
    assert len(left["results"]) == 2


def test_a_query_of_words_chooses_what_search_finds(cast: Cast) -> None:
    assets_of(cast, 3)

    job = bulk(cast, {"q": "shot 1"}, {"tag": ["one"]})

    assert job["result"]["done"] == 1


def test_a_set_larger_than_a_part_is_done_whole(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bulk.services.parts.PART", 2)
    monkeypatch.setattr("bulk.services.parts.GATHERED", 4)
    chosen = assets_of(cast, 9)

    job = bulk(cast, {"project": str(cast.project.id)}, {"tag": ["all"]})

    assert (job["result"]["matched"], job["result"]["done"]) == (9, 9)
    assert all(row(cast, each)["tags"] == ["all"] for each in chosen)


def test_what_one_asset_does_not_take_stops_no_other(cast: Cast) -> None:
    define(cast, "Reel", required=True)
    niche = define(cast, "Niche")
    full, bare = assets_of(cast, 2)
    bulk(cast, [full], {"set": {"reel": "A1"}})

    job = bulk(cast, [full, bare], {"set": {niche: "cars"}})

    assert (job["state"], job["result"]["done"], job["result"]["failed"]) == ("succeeded", 1, 1)
    assert job["result"]["errors"] == [{"id": str(bare.id), "detail": "fields.reel: This field is required."}]
    assert row(cast, full)["fields"] == {"reel": "A1", niche: "cars"}
    assert row(cast, bare)["fields"] == {}


def test_a_hundred_and_first_tag_is_an_error_of_its_asset(cast: Cast) -> None:
    crowded = assets_of(cast, 1, tags=[f"t{number}" for number in range(100)])
    roomy = assets_of(cast, 1)

    job = bulk(cast, [*crowded, *roomy], {"tag": ["more"]})

    assert (job["result"]["done"], job["result"]["failed"]) == (1, 1)
    assert job["result"]["errors"][0]["id"] == str(crowded[0].id)
    assert "100 tags" in job["result"]["errors"][0]["detail"]


def test_every_asset_that_changes_has_its_line_with_before_and_after(cast: Cast) -> None:
    chosen = assets_of(cast, 2, tags=["a"])
    same = assets_of(cast, 1, tags=["a", "b"])

    job = bulk(cast, [*chosen, *same], {"tag": ["b"]})

    with tenancy.scope(cast.org_id):
        lines = list(Event.objects.filter(operation_id=job["id"]).order_by("id"))
    assert {each.asset_id for each in lines} == {each.id for each in chosen}
    assert {(each.verb, each.type, each.actor_id) for each in lines} == {
        ("asset.updated", "asset.updated", cast.editor.person.id)
    }
    assert (lines[0].before, lines[0].after) == ({"tags": ["a"]}, {"tags": ["a", "b"]})
    feed = cast.editor.get(f"/api/activities?asset={chosen[0].id}")
    assert feed["results"][0]["operation"] == job["id"]
    assert (job["result"]["done"], job["result"]["changed"]) == (3, 2)


def test_many_changes_tell_watchers_once_to_fetch_anew(cast: Cast) -> None:
    chosen = assets_of(cast, 51)

    job = bulk(cast, chosen, {"tag": ["b"]})

    with tenancy.scope(cast.org_id):
        lines = Event.objects.filter(operation_id=job["id"])
        assert lines.filter(verb="asset.updated", type="").count() == 51
        assert list(lines.exclude(type="").values_list("type", "project_id")) == [("reset", cast.project.id)]


def test_a_dry_run_tells_what_would_be_and_changes_nothing(cast: Cast) -> None:
    define(cast, "Reel", required=True)
    chosen = assets_of(cast, 3)
    bulk(cast, chosen[:2], {"set": {"reel": "A1"}})

    job = bulk(cast, chosen, {"set": {"reel": "A1"}, "tag": ["x"]}, dry_run=True)

    told = job["result"]
    assert (told["dry_run"], told["matched"], told["done"], told["changed"]) == (True, 3, 3, 3)
    assert [row(cast, each)["tags"] for each in chosen] == [[], [], []]
    assert row(cast, chosen[2])["fields"] == {}
    assert cast.editor.post(f"/api/jobs/{job['id']}/undo").status == 409


def test_a_key_used_again_answers_the_first_job(cast: Cast) -> None:
    body = {"selection": {"ids": ids_of(assets_of(cast, 1))}, "action": {"tag": ["x"]}}

    first, second = (
        cast.editor.post("/api/bulk", body, headers={"Idempotency-Key": "one"}) for _ in range(2)
    )

    assert first["id"] == second["id"]


def test_an_empty_set_is_done_at_once(cast: Cast) -> None:
    job = bulk(cast, {"project": str(cast.project.id), "q": "nothing"}, {"tag": ["x"]})

    assert (job["state"], job["result"]["done"], job["result"]["failed"]) == ("succeeded", 0, 0)


def test_who_sees_without_editing_gets_an_error_for_each_asset_elsewhere(cast: Cast) -> None:
    """The editor of one project searches the whole organisation, where a second project lets them look only."""
    from orgs.services import Place, create_project, set_grant

    with tenancy.scope(cast.org_id):
        seen = create_project(actor=SYSTEM, name="Seen")
        set_grant(user=cast.editor.person, place=Place(project=seen), role=Role.VIEWER)
    ours = assets_of(cast, 2)
    theirs = assets_of(cast, 1)
    with tenancy.scope(cast.org_id):
        type(theirs[0]).objects.filter(id=theirs[0].id).update(project=seen)

    job = bulk(cast, {}, {"tag": ["x"]})

    assert (job["result"]["done"], job["result"]["failed"]) == (2, 1)
    assert job["result"]["errors"] == [
        {"id": str(theirs[0].id), "detail": "Your role here does not allow this."}
    ]
    assert [row(cast, each)["tags"] for each in (*ours, *theirs)] == [["x"], ["x"], []]
    assert ask(cast.editor, theirs, {"tag": ["x"]}).status == 403
