"""The job that turns an upload into an acknowledged master; every step can be killed and repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from assets import services as assets
from assets.models import Asset, Master, Version
from assets.queries import master_with_digest
from dam.core import failpoints, storage
from dam.core.access import SYSTEM, Actor
from dam.core.observing import metrics, tracing
from dam.core.tenancy import scope
from ingest.manifest import Bytes, Placing, master_key
from ingest.models import Manifest, Promotion, Upload
from ingest.services import quota
from ingest.services.claims import take_claim
from ingest.services.deposit import (
    Deposit,
    Source,
    Step,
    Target,
    check_staged,
    deposit,
    ensure_locked,
)
from ingest.services.janitor import empty_staging
from ingest.services.manifests import write_entry
from ingest.services.purging import master_unless_purged
from ingest.services.requests import PROMOTE
from ingest.states import State
from jobs.errors import JobFailed
from jobs.models import Priority
from jobs.services import JobRun
from orgs.queries import actor_of_user
from previews import services as previews
from previews.media.probing.sniff import HEAD_BYTES, claimed_kind, sniff

__all__ = ["PROMOTE", "promote", "return_upload"]


def _reach(step: str) -> None:
    """Pass the point between two steps where a process may be told to die."""
    failpoints.reach(f"promotion:{step}")


@dataclass(frozen=True)
class _Order:
    """What the job has to do, as it was asked for."""

    upload: Upload
    actor: Actor
    sha256: str
    asset_id: UUID | None
    title: str | None
    collection_id: UUID | None
    tags: tuple[str, ...]
    fields: dict[str, Any]


def promote(run: JobRun, *, at: Step = _reach) -> None:
    """Bring an upload's bytes under lock, prove them, and enter them in the catalogue.

    `at` is called with the name of each step that is done.

    Raises:
        JobFailed: `digest-mismatch`, `upload-closed`, `asset-gone`, or what the store refused.
        LeaseLost: the job is no longer ours.
    """
    try:
        with tracing.Steps("promotion", at) as step:
            _promote(run, at=step)
    except storage.StorageError as error:
        detail = "The file storage did not do its part; the job tries again."
        raise JobFailed("storage-unavailable", detail, retryable=True) from error


def _promote(run: JobRun, *, at: Step) -> None:
    order = _take_order(run)
    claim = take_claim(run, sha256=order.sha256)
    at("claimed")
    with scope(run.organization_id):
        known = _version_with_bytes(order)
        master = master_with_digest(order.sha256)
    if master is not None and master.released_at is not None:
        master = master_unless_purged(run, master)
    kind = known.kind if known else _kind_of(order, master=master)
    bytes_ = _bring(run, order=order, claim=claim, master=master, at=at)
    at("deposited")
    rows = [] if known else write_entry(bytes_, _placing(run, order=order, claim=claim, kind=kind))
    at("manifest")
    with run.completion() as done:
        version = _enter(order, claim=claim, bytes_=bytes_, kind=kind, rows=rows)
        done.result = {"asset": str(version.asset_id), "version": str(version.id)}
        at("entered")
    at("committed")
    if master is None:
        metrics.PROMOTED_BYTES.inc(order.upload.size)
    empty_staging(order.upload.id, organization_id=run.organization_id)


def _take_order(run: JobRun) -> _Order:
    """Read the job's order; an upload that a failed try gave back is taken again.

    Raises:
        JobFailed: the upload or the asset is gone.
    """
    given = run.payload
    with scope(run.organization_id):
        upload = Upload.objects.select_for_update().filter(id=given["upload"]).first()
        if upload is None or upload.state not in (State.UPLOADED, State.PROMOTING, State.PROMOTED):
            raise JobFailed("upload-closed", "The upload was given up before it became a master.")
        if upload.state == State.PROMOTED and upload.digest != given["sha256"]:
            raise JobFailed("upload-closed", "The upload has become a master of another digest.")
        if upload.state == State.UPLOADED:
            upload.state, upload.digest, upload.job_id = State.PROMOTING, given["sha256"], run.job_id
            upload.save(update_fields=["state", "digest", "job_id", "updated_at"])
        asset_id = UUID(given["asset"]) if given["asset"] else None
        if asset_id and not Asset.objects.filter(id=asset_id, project_id=upload.project_id).exists():
            raise JobFailed("asset-gone", "The asset that the file belongs to is no longer there.")
    return _Order(
        upload=upload,
        actor=actor_of_user(run.created_by) if run.created_by else SYSTEM,
        sha256=given["sha256"],
        asset_id=asset_id,
        title=given["title"],
        collection_id=UUID(given["collection"]) if given["collection"] else None,
        tags=tuple(given["tags"]),
        fields=given["fields"],
    )


def _version_with_bytes(order: _Order) -> Version | None:
    """Return the version of the wanted asset that has these bytes already."""
    if order.asset_id is None:
        return None
    return Version.objects.filter(asset_id=order.asset_id, sha256=order.sha256).first()


def _kind_of(order: _Order, *, master: Master | None) -> str:
    """Tell the kind by the first bytes; what is no media is what its name claims, so that it fails with a reason."""
    key = (master.key, master.storage_version) if master else (order.upload.staging_key, None)
    last = min(order.upload.size, HEAD_BYTES) - 1
    bucket_name = "masters" if master else "staging"
    with storage.get_stream("promoter", bucket_name, key[0], version_id=key[1], first=0, last=last) as reader:
        found = sniff(b"".join(reader.chunks()), name=order.upload.name)
    return found.kind if found.is_media else claimed_kind(order.upload.name) or found.kind


def _bring(run: JobRun, *, order: _Order, claim: Promotion, master: Master | None, at: Step) -> Bytes:
    """Return the locked bytes: the master that the organisation has, still locked, or a new one.

    The staged bytes are read in either case: naming a digest must not give bytes to who does not have them.
    """
    upload = order.upload
    source = Source(upload.staging_key, upload.size, order.sha256, upload.content_type)
    target = Target(master_key(run.organization_id, order.sha256), claim.updated_at)
    if master is None:
        found = deposit(run, source=source, target=target, at=at)
    else:
        if upload.state != State.PROMOTED:
            check_staged(run, source)
        lock = ensure_locked(Target(master.key, claim.updated_at), version_id=master.storage_version)
        found = Deposit(master.storage_version, lock)
    return Bytes(
        sha256=order.sha256,
        size=upload.size,
        key=master.key if master else target.key,
        version_id=found.version_id,
        lock_mode=found.lock.mode,
        locked_until=found.lock.until,
    )


def _placing(run: JobRun, *, order: _Order, claim: Promotion, kind: str) -> Placing:
    upload = order.upload
    return Placing(
        organization_id=run.organization_id,
        project_id=upload.project_id,
        asset_id=order.asset_id or claim.asset_id,
        version_id=claim.version_id,
        job_id=run.job_id,
        actor_id=order.actor.id,
        name=upload.name,
        title=order.title,
        folder=upload.folder,
        content_type=upload.content_type,
        kind=kind,
        tags=order.tags,
        uploaded_at=upload.created_at,
        promoted_at=claim.updated_at,
    )


def _enter(order: _Order, *, claim: Promotion, bytes_: Bytes, kind: str, rows: list[Manifest]) -> Version:
    """Enter the bytes in the catalogue: quota, manifest rows, master, version, previews. Returns the version.

    Locks and transaction: in the transaction that ends the job; the feed's numbers come last in it.
    """
    upload = Upload.objects.select_for_update().get(id=order.upload.id)
    is_new = master_with_digest(bytes_.sha256) is None
    Manifest.objects.bulk_create(rows)
    quota.release(upload, used=bytes_.size if is_new else 0)
    if not is_new:
        _note_lock(bytes_)
    _, version = assets.acknowledge_master(
        actor=order.actor,
        project_id=upload.project_id,
        asset_id=order.asset_id,
        title=order.title,
        name=upload.name,
        content_type=upload.content_type,
        kind=kind,
        sha256=bytes_.sha256,
        size=bytes_.size,
        key=bytes_.key,
        version_id=bytes_.version_id,
        lock_mode=bytes_.lock_mode,
        locked_until=bytes_.locked_until,
        folder=upload.folder,
        tags=order.tags,
        fields=order.fields,
        collection_id=order.collection_id,
        new_asset_id=claim.asset_id,
        new_version_id=claim.version_id,
    )
    _close(upload, version_id=version.id, now=claim.updated_at)
    _ask_for_previews(version, project_id=upload.project_id, actor_id=order.actor.id)
    return version


def _ask_for_previews(version: Version, *, project_id: UUID, actor_id: UUID | None) -> None:
    previews.request_build(
        sha256=version.sha256,
        version_id=version.id,
        project_id=project_id,
        actor_id=actor_id,
        priority=Priority.SENT,
    )


def _note_lock(bytes_: Bytes) -> None:
    """Note that a known master is locked longer now."""
    shorter = Master.objects.filter(sha256=bytes_.sha256, locked_until__lt=bytes_.locked_until)
    shorter.update(locked_until=bytes_.locked_until, lock_mode=bytes_.lock_mode)


def _close(upload: Upload, *, version_id: UUID, now: datetime) -> None:
    upload.state, upload.version_id = State.PROMOTED, version_id
    upload.expires_at = min(upload.expires_at, now)
    upload.save(update_fields=["state", "version_id", "reserved", "expires_at", "updated_at"])


def return_upload(job_id: UUID, organization_id: UUID, problem: dict[str, Any]) -> None:
    """Let the upload be promoted again, in the transaction and scope that ends its job without success."""
    Upload.objects.filter(job_id=job_id, state=State.PROMOTING).update(state=State.UPLOADED)
