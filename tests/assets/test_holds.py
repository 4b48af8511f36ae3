"""Legal holds: what is held is neither trashed nor purged, and the store keeps it too; a release is on record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from activity.models import Event
from assets.models import Hold, Version
from dam.core import storage, tenancy
from dam.core.access import SYSTEM
from dam.core.db import new_id
from ingest import services as ingest
from jobs.models import Job
from jobs.services import run
from orgs.services import create_project
from tests.assets.catalogue import deliver
from tests.cast import Answer, Api, Cast
from tests.ingest.sending import acknowledged, fresh_bytes


def hold(api: Api, noun: str, identity: Any, *, on: bool = True, **more: Any) -> Answer:
    return api.put(f"/api/{noun}s/{identity}/hold", {"on": on, **more})


def place_hold(cast: Cast, **place: Any) -> None:
    """Set a hold without asking the store, for assets that have no bytes."""
    with tenancy.scope(cast.org_id):
        Hold.objects.create(**place)


def is_held_in_store(cast: Cast, version_id: str) -> bool:
    with tenancy.scope(cast.org_id):
        master = Version.objects.select_related("master").get(id=version_id).master
    found = storage.head("reader", "masters", master.key, version_id=master.storage_version)
    return found.held


def run_queued(cast: Cast, kind: str) -> list[Job]:
    with tenancy.scope(cast.org_id):
        waiting = list(Job.objects.filter(kind=kind, state="queued").values_list("id", flat=True))
    for each in waiting:
        assert run(each, organization_id=cast.org_id)
    with tenancy.scope(cast.org_id):
        return list(Job.objects.filter(id__in=waiting))


@pytest.mark.parametrize("noun", ["version", "asset", "project"])
def test_a_hold_that_changed_since_it_was_read_is_not_released_by_mistake(cast: Cast, noun: str) -> None:
    asset, version = deliver(cast.project)
    place = {"version": version, "asset": asset, "project": cast.project}[noun]
    address = f"/api/{noun}s/{place.id}/hold"
    free = {"If-Match": cast.owner.get(address).headers["ETag"]}
    place_hold(cast, **{noun: place}, reason="Case 7")

    late = cast.owner.put(address, {"on": True, "reason": "Case 8"}, headers=free)
    held = cast.owner.get(address)

    assert (late.status, held["reason"]) == (412, "Case 7")
    in_time = cast.owner.put(address, {"on": False}, headers={"If-Match": held.headers["ETag"]})
    assert (in_time.status, in_time.headers["ETag"]) == (200, free["If-Match"])


@pytest.mark.parametrize("noun", ["version", "asset", "project"])
def test_a_hold_is_kept_by_the_store_until_it_is_released(committed_cast: Cast, noun: str) -> None:
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes())
    identity = {**made, "project": cast.project.id}[noun]

    on = hold(cast.owner, noun, identity, reason="Case 7")

    assert on.status == 200, on
    assert (on["on"], on["held"], on["reason"], on["set_by"]) == (
        True,
        True,
        "Case 7",
        str(cast.owner.person.id),
    )
    assert (on["masters"], on["stored"], on["job"]) == (1, 1, None)
    assert is_held_in_store(cast, made["version"])
    assert cast.viewer.get(f"/api/versions/{made['version']}/hold")["held"] is True
    assert ingest.verify(organization_ids=[cast.org_id]).findings == []

    off = hold(cast.owner, noun, identity, on=False)

    assert (off.status, off["on"], off["held"], off["stored"]) == (200, False, False, 0)
    assert not is_held_in_store(cast, made["version"])
    with tenancy.scope(cast.org_id):
        told = list(Event.objects.filter(verb__startswith="hold.").order_by("id"))
    assert [(each.verb, each.target_kind, str(each.target_id)) for each in told] == [
        ("hold.set", noun, str(identity)),
        ("hold.released", noun, str(identity)),
    ]
    assert (told[1].before, told[1].actor_id) == ({"reason": "Case 7"}, cast.owner.person.id)


def test_a_hold_that_the_store_has_lost_is_found(committed_cast: Cast) -> None:
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes())
    hold(cast.owner, "version", made["version"])
    with tenancy.scope(cast.org_id):
        master = Version.objects.select_related("master").get(id=made["version"]).master
    where = {"version_id": master.storage_version}
    storage.put_legal_hold("promoter", "masters", master.key, on=False, **where)

    assert [each.check for each in ingest.verify(organization_ids=[cast.org_id]).findings] == ["master-hold"]


def test_bytes_that_two_holds_keep_stay_held_until_both_are_released(committed_cast: Cast) -> None:
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes())
    hold(cast.owner, "version", made["version"])
    hold(cast.owner, "project", cast.project.id)

    assert hold(cast.owner, "version", made["version"], on=False)["held"] is True
    assert is_held_in_store(cast, made["version"])

    hold(cast.owner, "project", cast.project.id, on=False)
    assert not is_held_in_store(cast, made["version"])


def test_what_comes_into_a_held_project_is_held(committed_cast: Cast) -> None:
    cast = committed_cast
    hold(cast.owner, "project", cast.project.id)

    made = acknowledged(cast, fresh_bytes())

    assert [each.state for each in run_queued(cast, "hold")] == ["succeeded"]
    assert is_held_in_store(cast, made["version"])


def test_many_masters_are_held_by_a_job(committed_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = committed_cast
    made = [acknowledged(cast, fresh_bytes(200)) for _ in range(3)]
    monkeypatch.setattr("assets.services.holds.AT_ONCE", 2)

    on = hold(cast.owner, "project", cast.project.id)
    assert (on.status, on["stored"], on["masters"]) == (200, 0, 3)

    [job] = run_queued(cast, "hold")
    assert (str(job.id), job.result) == (on["job"], {"changed": 3})
    assert all(is_held_in_store(cast, each["version"]) for each in made)
    assert cast.owner.get(f"/api/projects/{cast.project.id}/hold")["stored"] == 3


def test_what_moves_into_a_held_project_is_held(committed_cast: Cast) -> None:
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes())
    with tenancy.scope(cast.org_id):
        place = create_project(actor=SYSTEM, name="Evidence")
    hold(cast.owner, "project", place.id)

    body = {"selection": {"ids": [made["asset"]]}, "action": {"move": str(place.id)}}
    job = cast.owner.post("/api/bulk", body)
    assert run(UUID(job["id"]), organization_id=cast.org_id)

    assert [each.state for each in run_queued(cast, "hold")] == ["succeeded"]
    assert is_held_in_store(cast, made["version"])


@pytest.mark.parametrize("noun", ["version", "asset", "project"])
def test_what_is_held_is_not_trashed(cast: Cast, noun: str) -> None:
    asset, version = deliver(cast.project)
    place: dict[str, Any] = {"asset": asset, "version": version, "project": cast.project}
    place_hold(cast, **{noun: place[noun]})

    refused = cast.owner.delete(f"/api/assets/{asset.id}")

    assert (refused.status, refused.problem) == (409, "held")
    assert cast.owner.get(f"/api/assets/{asset.id}").status == 200


def test_a_held_stack_stays_as_it_is(cast: Cast) -> None:
    asset, first = deliver(cast.project)
    deliver(cast.project, asset_id=asset.id)
    other, _ = deliver(cast.project)
    place_hold(cast, asset=asset)

    for answer in (
        cast.editor.post(f"/api/assets/{other.id}/attach", {"asset": str(asset.id)}),
        cast.editor.post(f"/api/versions/{first.id}/detach"),
    ):
        assert (answer.status, answer.problem) == (409, "held")


def test_a_hold_that_the_store_does_not_keep_is_no_hold(cast: Cast) -> None:
    asset, _ = deliver(cast.project)  # no bytes lie behind it

    refused = hold(cast.owner, "asset", asset.id)

    assert (refused.status, refused.problem) == (409, "hold-refused")
    assert cast.owner.get(f"/api/assets/{asset.id}/hold")["on"] is False


def test_a_hold_is_set_by_admins_and_well_formed_words(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    path = f"/api/assets/{asset.id}/hold"

    assert cast.editor.put(path, {"on": True}).status == 403
    assert list(cast.owner.put(path, {}).errors) == ["on"]
    assert list(cast.owner.put(path, {"on": "perhaps"}).errors) == ["on"]
    assert list(cast.owner.put(path, {"on": True, "until": "2030"}).errors) == ["until"]
    assert list(cast.owner.put(path, {"on": True, "reason": "a\0b"}).errors) == ["reason"]
    assert hold(cast.owner, "asset", new_id()).status == 404
    assert hold(cast.stranger, "asset", asset.id).status == 404


def test_an_asset_in_the_trash_can_still_be_held(committed_cast: Cast) -> None:
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes())
    cast.editor.delete(f"/api/assets/{made['asset']}")

    assert hold(cast.owner, "version", UUID(made["version"])).status == 200
    assert is_held_in_store(cast, made["version"])
