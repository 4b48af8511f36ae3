"""History: what happened to an asset, in a project, by a person, in a time; each by an index of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from activity.models import Event
from activity.services import record
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.db import new_id
from orgs.services import create_project
from tests.assets.catalogue import deliver, queries_of
from tests.cast import Answer, Api, Cast


def note(cast: Cast, count: int = 1, **details: Any) -> list[Event]:
    given: dict[str, Any] = {
        "verb": "asset.updated",
        "project_id": cast.project.id,
        "target_kind": "asset",
    } | details
    by = given.pop("actor", SYSTEM)
    with tenancy.scope(cast.org_id):
        return [record(by, target_id=new_id(), **given) for _ in range(count)]


def history(cast: Cast, **asked: Any) -> Answer:
    return cast.viewer.get(f"/api/activities?{urlencode({'org': str(cast.org_id)} | asked)}")


def ids(answer: Answer) -> set[str]:
    return {each["id"] for each in answer["results"]}


def test_the_record_is_narrowed_by_every_filter(cast: Cast) -> None:
    asset, version, operation = new_id(), new_id(), new_id()
    [of_asset] = note(cast, asset_id=asset)
    [of_version] = note(cast, version_id=version, verb="version.downloaded")
    [of_person] = note(cast, actor=cast.editor.actor, verb="asset.restored")
    [of_work] = note(cast)
    with tenancy.scope(cast.org_id):
        made = Event(
            verb="asset.deleted",
            target_kind="asset",
            target_id=new_id(),
            project_id=cast.project.id,
            actor_kind="system",
            operation_id=operation,
        )
        made.save()

    person = str(cast.editor.person.id)
    for asked, expected in (
        ({"asset": asset}, of_asset),
        ({"version": version}, of_version),
        ({"actor": person, "verb": "asset.restored"}, of_person),
        ({"person": person, "verb": "asset.restored"}, of_person),
        ({"verb": "version.downloaded"}, of_version),
        ({"operation": operation}, made),
    ):
        assert ids(history(cast, **asked)) == {str(expected.id)}, asked
    assert {str(of_work.id), str(of_asset.id)} <= ids(history(cast, project=cast.project.id))


def test_the_record_is_cut_out_by_time(cast: Cast) -> None:
    events = note(cast, 3)
    at = events[1].created_at

    assert ids(history(cast, after=at.isoformat(), verb="asset.updated")) == {
        str(each.id) for each in events[1:]
    }
    assert ids(history(cast, before=at.isoformat(), verb="asset.updated")) == {str(events[0].id)}
    later = (at + timedelta(days=1)).isoformat()
    assert ids(history(cast, after=later)) == set()


def test_lines_name_what_they_are_about_as_far_as_the_reader_sees_it(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        other = create_project(actor=cast.owner.actor, name="Elsewhere")
    elsewhere, _ = deliver(other)
    made = cast.editor.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"})
    note(cast, asset_id=asset.id, target_kind="comment", verb="comment.created")
    note(cast, asset_id=elsewhere.id, verb="asset.moved")
    cast.editor.patch(f"/api/assets/{asset.id}", {"title": "Renamed"})

    def named(who: Api) -> set[tuple[str, str | None]]:
        answer = who.get(f"/api/activities?project={cast.project.id}")
        return {(each["verb"], each["target"]["name"]) for each in answer["results"]}

    assert made.status == 201
    assert {
        ("asset.created", "Renamed"),
        ("version.created", "Renamed"),
        ("comment.created", "Renamed"),
        ("collection.created", "Selects"),
        ("asset.moved", None),
    } <= named(cast.viewer)
    assert ("asset.moved", elsewhere.title) in named(cast.owner)


def test_filters_of_the_wrong_form_are_refused_by_name(cast: Cast) -> None:
    for name, value in (("after", "yesterday"), ("before", "0"), ("person", "me"), ("verb", "x" * 65)):
        assert list(history(cast, **{name: value}).errors) == [name], name
    both = history(cast, person=new_id(), actor=new_id())
    assert list(both.errors) == ["person"]
    assert list(history(cast, since="2026").errors) == ["since"]


def test_a_cursor_belongs_to_its_filters(cast: Cast) -> None:
    note(cast, 3)
    first = history(cast, verb="asset.updated", limit=2)
    cursor = first["next"].partition("cursor=")[2]

    assert len(cast.viewer.get(first["next"])["results"]) == 1
    other = cast.viewer.get(f"/api/activities?org={cast.org_id}&verb=asset.created&limit=2&cursor={cursor}")
    assert (other.status, list(other.errors)) == (400, ["cursor"])


def test_deep_pages_cost_what_the_first_costs(cast: Cast) -> None:
    note(cast, 40)
    first = history(cast, limit=5)
    path, counts = first["next"], set()
    while path:
        counts.add(queries_of(lambda at=path: cast.viewer.get(at)))
        path = cast.viewer.get(path)["next"]
    assert len(counts) == 1


def test_what_a_person_did_to_an_asset_stays_told_when_the_asset_is_gone(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    cast.editor.patch(f"/api/assets/{asset.id}", {"title": "Renamed"})
    cast.editor.delete(f"/api/assets/{asset.id}")
    cast.owner.delete(f"/api/assets/{asset.id}?purge=true")

    told = history(cast, asset=asset.id)["results"]

    assert [each["verb"] for each in told] == [
        "asset.purged",
        "asset.deleted",
        "asset.updated",
        "version.created",
        "asset.created",
    ]
    assert (told[2]["before"], told[2]["after"]) == ({"title": "Opening shot"}, {"title": "Renamed"})
    assert all(datetime.fromisoformat(each["at"]).tzinfo for each in told)
