"""The job that removes bytes which nothing of the catalogue has any more: previews, the master, its manifests, its row.

Only the purger's identity deletes in masters, never past a lock or a hold: what is still kept is told, with the time
when it ends, and a later sweep comes back. Every step can be killed and repeated; the claim on the digest keeps
promotions of the same bytes away meanwhile.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from assets.models import Master
from assets.queries import master_with_digest
from assets.queries.holds import used_masters
from assets.services import PURGE, queue_purge, reclaim, settle
from dam.core import failpoints, storage, tenancy
from dam.core.tenancy import current_organization, scope
from ingest.manifest import Bytes, Parting, manifest_key
from ingest.models import Manifest
from ingest.queries import gone_of
from ingest.services.claims import take_claim
from ingest.services.manifests import write_parting
from jobs.errors import JobFailed
from jobs.services import JobRun
from orgs.models import Organization
from previews import services as previews

__all__ = ["PURGE", "master_unless_purged", "purge", "sweep_released"]

logger = logging.getLogger(__name__)
IDENTITY = "purger"
BATCH = 200
#: A build that was cancelled hears of it at its next heartbeat; its last files come before.
HEARTBEATS = 1.5
#: What the store refused without a reason that ends is tried again so much later.
AGAIN_AFTER = timedelta(hours=6)


@dataclass
class _Told:
    """What the job ends with."""

    removed: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True)
class _Kept:
    """Why the store still keeps something: `lock` until a time, `hold`, or `refused`."""

    reason: str
    until: datetime | None = None


def purge(run: JobRun) -> dict[str, Any]:
    """Remove the bytes of these digests as far as locks and holds permit.

    The result names what was `removed`, what others `shared`, and what is `kept`: why, and until when.

    Raises:
        JobFailed: the store is out of reach; the job tries again.
        LeaseLost: the job is no longer ours.
    """
    told, digests = _Told(), list[dict[str, Any]](run.payload["digests"])
    if run.payload.get("was_building"):
        run.lost.wait(settings.JOB_HEARTBEAT_S * HEARTBEATS)
    try:
        for number, each in enumerate(digests):
            run.progress(number / len(digests))
            if _purge_digest(run, each["sha256"], told):
                told.removed.append(each["sha256"])
                told.size += each["size"]
    except storage.StorageError as error:
        detail = "The file storage did not do its part; the job tries again."
        raise JobFailed("storage-unavailable", detail, retryable=True) from error
    return {
        "asset": run.payload.get("asset"),
        "removed": told.removed,
        "shared": told.shared,
        "kept": told.kept,
        "bytes": told.size,
    }


def _purge_digest(run: JobRun, sha256: str, told: _Told) -> bool:
    """Remove one digest; tells whether the store has nothing of it any more."""
    take_claim(run, sha256=sha256)
    failpoints.reach("purge:claimed")
    with scope(run.organization_id):
        master = master_with_digest(sha256)
        if master is not None and master.id in used_masters([master.id]):
            if master.released_at is not None:
                reclaim(master)
            told.shared.append(sha256)
        keys = [] if master is None else [*_manifest_keys(master), master.key]
    if sha256 in told.shared:
        _tell_chain(run, sha256)
        return False
    previews.purge_previews(sha256, organization_id=run.organization_id)
    failpoints.reach("purge:previews")
    if master is None:
        return True
    kept = _remove_bytes(run, master, keys=keys)
    if kept is None:
        _forget(run, master)
        return True
    _keep(run, master, kept)
    _tell_chain(run, sha256)
    until = kept.until.isoformat() if kept.until else None
    told.kept.append({"sha256": sha256, "reason": kept.reason, "until": until})
    return False


def _tell_chain(run: JobRun, sha256: str) -> None:
    """Let the chain beside bytes that stay say what of it has gone, so that no rebuild brings that back.

    Outside any transaction; the caller holds the claim on the digest. What the chain has told is not told again.
    """
    with scope(run.organization_id):
        master = master_with_digest(sha256)
        versions, sidecars = gone_of(sha256)
    if master is None or master.locked_until is None or not (versions or sidecars):
        return
    parting = Parting(run.organization_id, run.job_id, run.queued_at, versions, sidecars)
    bytes_ = Bytes(
        sha256=sha256,
        size=master.size,
        key=master.key,
        version_id=master.storage_version,
        lock_mode=master.lock_mode,
        locked_until=master.locked_until,
    )
    rows = write_parting(bytes_, parting)
    failpoints.reach("purge:told")
    with run.step():
        Manifest.objects.bulk_create(rows)


def _manifest_keys(master: Master) -> list[str]:
    """Return the keys of the chain from its end; one beyond it may lie there, of a job that died before its commit."""
    known = set(Manifest.objects.filter(sha256=master.sha256).values_list("key", flat=True))
    beyond = manifest_key(master.organization_id, master.sha256, len(known))
    return sorted({*known, beyond}, reverse=True)


def _remove_bytes(run: JobRun, master: Master, *, keys: list[str]) -> _Kept | None:
    """Delete every version of these keys, in their order, unless the store keeps one of them: then none.

    From the chain's end to the master: whatever dies half way leaves a chain that is whole as far as it goes.
    """
    if IDENTITY not in storage.configuration().keys:
        return _Kept("no-purger")
    if master.held_at is not None:
        with scope(run.organization_id):
            settle([master.id])
    found = [(key, each.version_id) for key in keys for each in storage.versions_of(IDENTITY, "masters", key)]
    kept = [reason for key, version_id in found if (reason := _why_kept(key, version_id))]
    if kept:
        return max(kept, key=lambda each: (each.reason == "hold", each.until or timezone.now()))
    for key, version_id in found:
        run.check()
        try:
            storage.delete(IDENTITY, "masters", key, version_id=version_id)
        except storage.Refused as refused:
            logger.warning("purge.refused", extra={"sha256": master.sha256, "reason": refused.reason})
            return _Kept("refused")
        failpoints.reach("purge:deleted")
    return None


def _why_kept(key: str, version_id: str) -> _Kept | None:
    try:
        found = storage.head(IDENTITY, "masters", key, version_id=version_id)
    except storage.NotFound:
        return None
    if found.held:
        return _Kept("hold")
    if found.lock is not None and found.lock.until > timezone.now():
        return _Kept("lock", found.lock.until)
    return None


def _keep(run: JobRun, master: Master, kept: _Kept) -> None:
    """Note until when the store keeps the bytes, so that the sweep comes back then."""
    with run.step():
        rows = Master.objects.filter(id=master.id)
        if kept.until is not None:
            rows.update(locked_until=kept.until)
        rows.update(updated_at=timezone.now())


def _forget(run: JobRun, master: Master) -> None:
    """Drop the rows of bytes that are gone, and give their room back; under the job's fence, once."""
    with run.step():
        gone, _ = Master.objects.filter(id=master.id).delete()
        _cut_chain(master.sha256, since=0)
        if gone:
            Organization.objects.filter(id=current_organization()).update(
                storage_used=F("storage_used") - master.size
            )
    failpoints.reach("purge:forgotten")


def master_unless_purged(run: JobRun, master: Master) -> Master | None:
    """Return a released master that the store still has; of a purge that died half way, clear up what it left.

    Locks and transaction: outside any; the caller holds the claim on the digest.
    """
    if _is_gone(master.key, master.storage_version):
        _forget(run, master)
        return None
    with scope(run.organization_id):
        chain = list(Manifest.objects.filter(sha256=master.sha256).order_by("number"))
    gone = next((each for each in chain if _is_gone(each.key, each.storage_version)), None)
    if gone is not None:
        with run.step():
            _cut_chain(master.sha256, since=gone.number)
    return master


def _is_gone(key: str, version_id: str) -> bool:
    try:
        storage.head("promoter", "masters", key, version_id=version_id or None)
    except storage.NotFound:
        return True
    return False


def _cut_chain(sha256: str, *, since: int) -> None:
    """Drop the rows of a chain from entry `since` on; the database does so only for what is released or gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT manifests_forget(%s, %s)", [sha256, since])


def sweep_released() -> int:
    """Queue the purge of bytes whose lock has ended by now; returns of how many masters.

    Locks and transaction: one short transaction a master, in its organisation's scope.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, organization_id FROM masters_released(%s, %s)", [timezone.now() - AGAIN_AFTER, BATCH]
        )
        due: list[tuple[UUID, UUID]] = cursor.fetchall()
    for master_id, organization_id in due:
        with tenancy.scope(organization_id):
            master = Master.objects.select_for_update(skip_locked=True).filter(id=master_id).first()
            if master is not None and master.released_at is not None:
                master.save(update_fields=["updated_at"])
                queue_purge([master])
    return len(due)
