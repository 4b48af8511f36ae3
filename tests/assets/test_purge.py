"""Purging: the asset is gone at once, its bytes as soon as locks and holds permit, and nothing that others have."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from activity.models import Event
from assets.models import Asset, Master, Version
from assets.services import empty_trash
from comments.models import Comment
from comments.services import create_comment
from dam.core import failpoints, storage, tenancy
from dam.core.db import new_id
from ingest import services as ingest
from ingest.manifest import manifest_key, master_key
from ingest.models import Manifest
from jobs.models import Job
from jobs.services import run
from orgs.models import Organization
from previews.models import Preview
from tests.assets.catalogue import deliver
from tests.assets.test_holds import hold, place_hold
from tests.cast import Answer, Cast
from tests.ingest.sending import acknowledged, digest, fresh_bytes, masters_of
from tests.shares.gallery import share

LOCK_S = 2


@pytest.fixture
def brief_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let masters be locked for seconds; still every lock must end before anything goes."""

    def brief(since: datetime) -> storage.Lock:
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=LOCK_S)
        return storage.Lock("GOVERNANCE", until)

    monkeypatch.setattr("ingest.services.deposit.wanted_lock", brief)
    monkeypatch.setattr("ingest.services.manifests.LEAST_LOCK_S", LOCK_S)


@pytest.fixture
def cast(committed_cast: Cast) -> Iterator[Cast]:
    yield committed_cast
    with tenancy.scope(committed_cast.org_id):
        Job.objects.filter(state="queued").update(state="cancelled", finished_at=timezone.now())


def trash(cast: Cast, asset: Any) -> None:
    assert cast.editor.delete(f"/api/assets/{asset}").status == 204


def purge(cast: Cast, asset: Any) -> Answer:
    answer = cast.owner.delete(f"/api/assets/{asset}?purge=true")
    assert answer.status == 202, answer
    return answer


def done(cast: Cast, answer: Answer) -> dict[str, Any]:
    run(UUID(answer["id"]), organization_id=cast.org_id)
    job = cast.owner.get(f"/api/jobs/{answer['id']}")
    assert job["state"] == "succeeded", job
    result: dict[str, Any] = job["result"]
    return result


def await_unlocked(cast: Cast, *sha256s: str) -> None:
    """Wait until the store keeps nothing of these digests by a lock any more."""
    with tenancy.scope(cast.org_id):
        keys = [master_key(cast.org_id, each) for each in sha256s]
        keys += list(Manifest.objects.filter(sha256__in=sha256s).values_list("key", flat=True))
    for key in keys:
        for each in storage.versions_of("promoter", "masters", key):
            lock = storage.head("promoter", "masters", key, version_id=each.version_id).lock
            while lock is not None and lock.until >= datetime.now(UTC):
                time.sleep(0.1)


def used(cast: Cast) -> int:
    with tenancy.scope(cast.org_id):
        return Organization.objects.get(id=cast.org_id).storage_used


def test_a_purged_asset_is_nowhere_and_its_bytes_are_gone(cast: Cast, brief_locks: None) -> None:
    body = fresh_bytes()
    made = acknowledged(cast, body)
    sha256 = digest(body)
    rendition = f"{cast.org_id}/hls/{sha256}/master.m3u8"
    storage.put_bytes("gpu-writer", "previews", rendition, b"x", content_type="text/plain")
    with tenancy.scope(cast.org_id):
        asset = Asset.objects.get(id=made["asset"])
        version = Version.objects.select_related("asset").get(id=made["version"])
        first = create_comment(actor=cast.editor.actor, version=version, given={"body": "Darker"})
        create_comment(actor=cast.editor.actor, version=version, given={"body": "Yes", "parent": first.id})
    other, _ = deliver(cast.project)
    link = share(cast, asset, other)
    await_unlocked(cast, sha256)
    trash(cast, made["asset"])

    answer = purge(cast, made["asset"])

    for path in (f"assets/{made['asset']}", f"versions/{made['version']}", f"comments/{first.id}"):
        assert cast.owner.get(f"/api/{path}").status == 404
    assert cast.owner.get("/api/assets?trashed=true")["results"] == []
    assert cast.owner.post(f"/api/assets/{made['asset']}/restore").status == 404
    shown = cast.nobody.get(f"/api/s/{link['token']}/assets")["results"]
    assert [each["id"] for each in shown] == [str(other.id)]

    result = done(cast, answer)

    gone = {"asset": made["asset"], "removed": [sha256], "shared": [], "kept": []}
    assert result == gone | {"bytes": len(body)}
    assert masters_of(cast, sha256) == []
    key = manifest_key(cast.org_id, sha256, 0)
    assert storage.versions_of("promoter", "masters", key) == []
    assert list(storage.keys_under("gpu-writer", "previews", f"{cast.org_id}/hls/{sha256}/")) == []
    assert used(cast) == 0
    with tenancy.scope(cast.org_id):
        for model in (Master, Manifest, Preview):
            assert not model.objects.filter(sha256=sha256).exists()
        assert not Comment.objects.exists()
        told = Event.objects.get(verb="asset.purged")
    assert (told.actor_id, (told.before or {})["versions"][0]["sha256"]) == (cast.owner.person.id, sha256)


def test_locked_bytes_are_kept_until_their_lock_ends(cast: Cast) -> None:
    body = fresh_bytes()
    made = acknowledged(cast, body)
    trash(cast, made["asset"])

    result = done(cast, purge(cast, made["asset"]))

    [kept] = result["kept"]
    assert (result["removed"], kept["sha256"], kept["reason"]) == ([], digest(body), "lock")
    assert datetime.fromisoformat(kept["until"]) > datetime.now(UTC) + timedelta(days=29)
    assert cast.owner.get(f"/api/assets/{made['asset']}").status == 404
    assert len(masters_of(cast, digest(body))) == 1
    assert used(cast) == len(body)
    assert ingest.verify(organization_ids=[cast.org_id]).findings == []


def entries(cast: Cast, sha256: str) -> list[dict[str, Any]]:
    """Return the chain of a digest as storage has it."""
    keys = storage.keys_under("promoter", "masters", f"{cast.org_id}/{sha256}/manifest/")
    return [json.loads(storage.get_bytes("promoter", "masters", each)) for each in keys]


def test_the_chain_beside_bytes_that_stay_tells_what_has_gone_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = fresh_bytes()
    sha256 = digest(body)
    made, other = acknowledged(cast, body), acknowledged(cast, body)
    trash(cast, made["asset"])
    answer = purge(cast, made["asset"])

    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "reach", dies_at("purge:told"))
        with pytest.raises(Killed):
            run(UUID(answer["id"]), organization_id=cast.org_id)
    with tenancy.scope(cast.org_id):
        Job.objects.filter(id=answer["id"]).update(lease_until="2020-01-01T00:00Z")
    assert done(cast, answer)["shared"] == [sha256]

    assert [each.get("version") for each in entries(cast, sha256)] == [
        made["version"],
        other["version"],
        None,
    ]
    told = entries(cast, sha256)[2]
    assert (told["schema"], told["gone"]) == (2, {"versions": [made["version"]], "sidecars": []})
    trash(cast, other["asset"])
    [kept] = done(cast, purge(cast, other["asset"]))["kept"]
    assert kept["reason"] == "lock"
    assert entries(cast, sha256)[3]["gone"]["versions"] == [other["version"]]
    again = acknowledged(cast, body)
    assert [each.get("version") for each in entries(cast, sha256)][4:] == [again["version"]]
    assert ingest.verify(organization_ids=[cast.org_id]).findings == []


def sweep(cast: Cast) -> None:
    """Let the schedule look for bytes whose lock has ended, and do what it queues for this organisation."""
    ingest.sweep_released()
    with tenancy.scope(cast.org_id):
        waiting = list(Job.objects.filter(kind="purge", state="queued").values_list("id", flat=True))
    assert waiting
    for each in waiting:
        run(each, organization_id=cast.org_id)


def test_bytes_that_another_asset_has_stay_with_their_previews(cast: Cast, brief_locks: None) -> None:
    body = fresh_bytes()
    first, second = acknowledged(cast, body), acknowledged(cast, body)
    assert first["asset"] != second["asset"]
    await_unlocked(cast, digest(body))
    trash(cast, first["asset"])

    result = done(cast, purge(cast, first["asset"]))

    assert (result["shared"], result["removed"]) == ([digest(body)], [])
    assert len(masters_of(cast, digest(body))) == 1
    assert cast.owner.get(f"/api/versions/{second['version']}").status == 200
    with tenancy.scope(cast.org_id):
        assert Preview.objects.filter(sha256=digest(body)).exists()

    trash(cast, second["asset"])
    await_unlocked(cast, digest(body))
    assert done(cast, purge(cast, second["asset"]))["removed"] == [digest(body)]


class Killed(BaseException):
    """The worker dies: nothing of ours runs any more."""


STEPS = ("claimed", "copies", "renditions", "previews", "deleted", "forgotten")


def test_a_purge_killed_at_any_step_is_done_once(
    cast: Cast, brief_locks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = {each: fresh_bytes(300) for each in STEPS}
    made = {each: acknowledged(cast, body) for each, body in bodies.items()}
    for each in STEPS:
        trash(cast, made[each]["asset"])
    answers = {each: purge(cast, made[each]["asset"]) for each in STEPS}
    await_unlocked(cast, *(digest(body) for body in bodies.values()))

    for each in STEPS:
        with monkeypatch.context() as patch:
            patch.setattr(failpoints, "reach", dies_at(f"purge:{each}"))
            with pytest.raises(Killed):
                run(UUID(answers[each]["id"]), organization_id=cast.org_id)
        with tenancy.scope(cast.org_id):
            Job.objects.filter(id=answers[each]["id"]).update(lease_until="2020-01-01T00:00Z")

    for each in STEPS:
        assert done(cast, answers[each])["removed"] == [digest(bodies[each])], each
        assert masters_of(cast, digest(bodies[each])) == []
    assert used(cast) == 0
    assert ingest.verify(organization_ids=[cast.org_id]).findings == []


def dies_at(point: str, *, after: int = 1) -> Any:
    """Return what dies where a point is reached for the n-th time."""
    left = [after]

    def reach(name: str) -> None:
        left[0] -= name == point
        if not left[0]:
            raise Killed

    return reach


def test_bytes_that_come_again_while_they_wait_for_the_purger_are_kept(cast: Cast, brief_locks: None) -> None:
    body = fresh_bytes()
    first = acknowledged(cast, body)
    trash(cast, first["asset"])
    answer = purge(cast, first["asset"])

    again = acknowledged(cast, body)
    await_unlocked(cast, digest(body))

    assert done(cast, answer)["shared"] == [digest(body)]
    assert len(masters_of(cast, digest(body))) == 1
    assert cast.owner.get(f"/api/versions/{again['version']}").status == 200
    assert used(cast) == len(body)


@pytest.mark.parametrize("deletions", [1, 2])
def test_bytes_that_come_again_after_a_purge_that_died_half_way_are_whole(
    cast: Cast, brief_locks: None, monkeypatch: pytest.MonkeyPatch, deletions: int
) -> None:
    body = fresh_bytes()
    first = acknowledged(cast, body)
    trash(cast, first["asset"])
    answer = purge(cast, first["asset"])
    await_unlocked(cast, digest(body))
    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "reach", dies_at("purge:deleted", after=deletions))
        with pytest.raises(Killed):
            run(UUID(answer["id"]), organization_id=cast.org_id)
    with tenancy.scope(cast.org_id):
        Job.objects.filter(id=answer["id"]).update(state="queued", lease_until=None)

    acknowledged(cast, body)

    assert done(cast, answer)["shared"] == [digest(body)]
    assert len(masters_of(cast, digest(body))) == 1
    assert used(cast) == len(body)
    assert ingest.verify(organization_ids=[cast.org_id]).findings == []


def test_a_hold_keeps_what_lies_in_the_trash(cast: Cast, brief_locks: None) -> None:
    made = acknowledged(cast, fresh_bytes())
    trash(cast, made["asset"])
    hold(cast.owner, "asset", made["asset"])

    refused = cast.owner.delete(f"/api/assets/{made['asset']}?purge=true")
    assert (refused.status, refused.problem) == (409, "held")
    assert cast.owner.post(f"/api/assets/{made['asset']}/restore").status == 200


def test_a_hold_of_the_store_alone_keeps_the_bytes_until_it_is_gone(cast: Cast, brief_locks: None) -> None:
    body = fresh_bytes()
    made = acknowledged(cast, body)
    key, [stored] = master_key(cast.org_id, digest(body)), masters_of(cast, digest(body))
    storage.put_legal_hold("promoter", "masters", key, version_id=stored.version_id, on=True)
    trash(cast, made["asset"])
    await_unlocked(cast, digest(body))

    result = done(cast, purge(cast, made["asset"]))

    assert result["kept"] == [{"sha256": digest(body), "reason": "hold", "until": None}]
    assert len(masters_of(cast, digest(body))) == 1

    storage.put_legal_hold("promoter", "masters", key, version_id=stored.version_id, on=False)
    await_unlocked(cast, digest(body))
    with tenancy.scope(cast.org_id):
        Master.objects.update(updated_at=timezone.now() - timedelta(days=1))
    sweep(cast)

    assert masters_of(cast, digest(body)) == []
    assert used(cast) == 0


def test_the_trash_empties_itself_after_its_days(cast: Cast) -> None:
    old, _ = deliver(cast.project)
    fresh, _ = deliver(cast.project)
    held, _ = deliver(cast.project)
    for each in (old, fresh, held):
        trash(cast, each.id)
    place_hold(cast, asset=held)
    with tenancy.scope(cast.org_id):
        long_ago = timezone.now() - timedelta(days=31)
        Asset.objects.filter(id__in=[old.id, held.id]).update(trashed_at=long_ago)

    empty_trash()

    left = {each["id"] for each in cast.owner.get("/api/assets?trashed=true")["results"]}
    assert left == {str(fresh.id), str(held.id)}
    with tenancy.scope(cast.org_id):
        told = Event.objects.get(verb="asset.purged", target_id=old.id)
    assert told.actor_kind == "system"


def test_only_admins_purge_and_only_what_lies_in_the_trash(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    path = f"/api/assets/{asset.id}?purge=true"

    refused = cast.owner.delete(path)
    assert (refused.status, refused.problem) == (409, "not-in-trash")
    trash(cast, asset.id)
    for name in ("editor", "reviewer", "viewer"):
        assert cast.members()[name].delete(path).status == 403
    assert cast.stranger.delete(path).status == 404
    assert cast.nobody.delete(path).status == 401
    assert cast.owner.delete(f"/api/assets/{new_id()}?purge=true").status == 404
    assert list(cast.owner.delete(f"/api/assets/{asset.id}?purge=perhaps").errors) == ["purge"]
    assert list(cast.owner.delete(f"/api/assets/{asset.id}?forever=true").errors) == ["forever"]
    stale = cast.owner.delete(path, headers={"If-Match": '"stale"'})
    assert stale.status == 412
    assert [each["id"] for each in cast.owner.get("/api/assets?trashed=true")["results"]] == [str(asset.id)]
