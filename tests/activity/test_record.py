"""The record: who did what to which thing, when, from where; nothing in it can be changed or taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from activity.models import Event
from activity.services import record
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.db import new_id
from dam.core.models import Outbox
from tests.cast import Cast


def note(cast: Cast, *, foreign: bool = False, **details) -> Event:
    place = cast.foreign if foreign else cast.project
    given: dict[str, Any] = {
        "verb": "asset.renamed",
        "project_id": place.id,
        "target_kind": "asset",
        "target_id": new_id(),
    }
    with tenancy.scope(place.organization_id):
        return record(details.pop("actor", SYSTEM), **given | details)


def test_a_line_tells_who_what_when_and_from_where(cast: Cast):
    name = f"/api/projects/{cast.project.id}"
    answer = cast.owner.patch(
        name, {"name": "Renamed"}, headers={"X-Request-ID": "the-request", "User-Agent": "a-browser"}
    )
    assert answer.status == 200, answer

    [line, *_] = cast.viewer.get(f"/api/activities?project={cast.project.id}")["results"]

    assert line["verb"] == "project.updated"
    assert line["actor"] == {"id": str(cast.owner.actor.id), "name": cast.owner.actor.name, "kind": "user"}
    assert line["target"] == {"kind": "project", "id": str(cast.project.id), "name": None}
    assert (line["ip"], line["user_agent"], line["request_id"]) == ("127.0.0.1", "a-browser", "the-request")
    assert line["at"].endswith("Z")


def test_the_list_is_filtered_and_paged_newest_first(cast: Cast):
    asset = new_id()
    events = [note(cast, asset_id=asset) for _ in range(5)]
    note(cast, asset_id=new_id())
    path = f"/api/activities?project={cast.project.id}&asset={asset}&verb=asset.renamed&limit=3"

    first = cast.viewer.get(path)
    second = cast.viewer.get(first["next"])

    assert [each["id"] for each in first["results"] + second["results"]] == [
        str(e.id) for e in reversed(events)
    ]
    assert second["next"] is None
    assert cast.viewer.get(f"/api/activities?project={cast.project.id}&actor={new_id()}")["results"] == []
    assert list(cast.viewer.get("/api/activities?until=now").errors) == ["until"]


def test_only_visible_projects_are_told(cast: Cast):
    note(cast, foreign=True)
    nowhere = note(cast, project_id=None)

    assert cast.stranger.get(f"/api/activities?project={cast.project.id}").status == 404
    seen = {each["id"] for each in cast.viewer.get(f"/api/activities?org={cast.org_id}")["results"]}
    by_admin = {
        each["id"] for each in cast.owner.get(f"/api/activities?org={cast.org_id}&limit=500")["results"]
    }
    assert str(nowhere.id) not in seen
    assert str(nowhere.id) in by_admin


@pytest.mark.parametrize("statement", ["UPDATE activity_event SET verb = 'x'", "DELETE FROM activity_event"])
def test_the_application_can_change_nothing(cast: Cast, statement: str):
    note(cast)
    with (
        pytest.raises(DatabaseError),
        tenancy.scope(cast.org_id),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_live_event_asks_for_its_number_in_the_same_transaction(cast: Cast):
    event = note(cast, event="asset.updated", data={"id": new_id()})
    silent = note(cast)

    with tenancy.scope(cast.org_id):
        waiting = set(Outbox.objects.filter(topic="live").values_list("payload__event", flat=True))
    assert str(event.id) in waiting
    assert str(silent.id) not in waiting
