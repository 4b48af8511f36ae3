"""A file put beside a version by hand: its bytes become a locked master like every original, then its row.

Sidecars are small, so this happens while the caller waits, in the order in which a promotion does it: lock, read back,
manifest, rows. A process that dies on the way leaves locked bytes, which the next try takes up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from activity import services as activity
from assets.models import Master, Sidecar, Version
from assets.queries import master_with_digest
from assets.services import set_sidecar_words
from assets.services.catalogue import reclaim
from assets.services.editing import record_asset
from assets.services.holds import follow_hold
from dam.core import storage
from dam.core.access import Actor
from dam.core.db import new_id
from dam.core.errors import InUse, invalid
from dam.core.tenancy import current_organization
from exchange.errors import DigestMismatch, SidecarNotKept, UploadGone, UploadNotReady
from exchange.metadata.sidecars import HEAD_BYTES, decoded, is_also, recognised, spoken
from ingest.manifest import Bytes, Placing, master_key
from ingest.models import Manifest, Promotion, Upload
from ingest.services import quota
from ingest.services.deposit import Deposit, Source, Target, deposit, ensure_locked
from ingest.services.manifests import write_entry
from ingest.states import State
from jobs.errors import JobFailed
from jobs.models import Job
from jobs.models import State as JobState

MOST_BYTES = 32 * 1024**2
MOST_TEXT_BYTES = 4 * 1024**2
EXPIRES_S = 300
_GONE = (State.ABORTED, State.EXPIRED, State.REJECTED, State.PROMOTING)
_TEXTS = ("srt", "vtt")


@dataclass(frozen=True)
class _Staged:
    """What lies in staging: its digest, and its beginning, as far as anybody reads it here."""

    sha256: str
    head: bytes


class _Quiet:
    """Hears how far the copy is, and tells nobody: the caller waits for the answer."""

    def progress(self, fraction: float) -> None:
        """Do nothing."""


@transaction.atomic
def add_sidecar(
    actor: Actor, *, version: Version, upload: Upload, kind: str | None = None
) -> tuple[Sidecar, bool]:
    """Put an upload beside a version; returns the sidecar and whether it was put there now.

    The same bytes beside the same version are the same sidecar.

    Locks and transaction: in scope, in the caller's transaction, which holds the upload's lock; the store is asked
    within it, for a second or two.

    Raises:
        Invalid: `upload` lies in another project, is too large or no sidecar; `kind` contradicts its bytes.
        UploadNotReady, UploadGone: it is not complete, or no longer there.
        DigestMismatch: its bytes have another SHA-256 than was declared.
        InUse: the same bytes are being promoted just now.
        StorageError: the store did not do its part; nothing was changed.
    """
    if upload.state == State.PROMOTED:
        return _put_before(upload, version), False
    _check_upload(upload, version)
    staged = _read(upload)
    found = recognised(staged.head[:HEAD_BYTES], name=upload.name)
    if found is None:
        raise invalid("upload", "This is no sidecar that is known: SRT, VTT, XML, XMP, CPL, ALE, or a LUT.")
    if kind is not None and not is_also(found, said=kind):
        raise invalid("kind", f"By its content this is {found}.")
    claim = _claim(staged.sha256)
    sidecar, is_new = _enter(actor, version, upload, staged, kind=kind or found, claim=claim)
    if is_new and found in _TEXTS:
        set_sidecar_words(sidecar, text=spoken(decoded(staged.head) or ""))
    return sidecar, is_new


def sidecar_url(actor: Actor, *, sidecar: Sidecar) -> str:
    """Return an address of the sidecar's locked bytes, valid for five minutes, and record who asked for it.

    The sidecar must carry its master and its version with the asset.
    """
    activity.record(
        actor,
        verb="sidecar.downloaded",
        project_id=sidecar.version.asset.project_id,
        asset_id=sidecar.version.asset_id,
        version_id=sidecar.version_id,
        target_kind="sidecar",
        target_id=sidecar.id,
    )
    return storage.presign_get(
        "reader",
        "masters",
        sidecar.master.key,
        version_id=sidecar.master.storage_version,
        filename=sidecar.name,
        expires_s=EXPIRES_S,
    )


# --- before -----------------------------------------------------------------------------------------


def _put_before(upload: Upload, version: Version) -> Sidecar:
    beside = Sidecar.objects.filter(version=version, master__sha256=upload.digest).select_related("master")
    found = beside.first()
    if found is None:
        raise UploadGone("The upload has become a master.")
    return found


def _check_upload(upload: Upload, version: Version) -> None:
    if upload.project_id != version.asset.project_id:
        raise invalid("upload", "The upload lies in another project.")
    if upload.state in _GONE:
        raise UploadGone(f"The upload is {upload.state}.")
    if upload.state != State.UPLOADED:
        raise UploadNotReady("Send all parts and complete the upload first.")
    if upload.size > MOST_BYTES:
        raise invalid("upload", "A sidecar has at most 32 MiB.")


def _read(upload: Upload) -> _Staged:
    digest, head = hashlib.sha256(), b""
    try:
        with storage.get_stream("promoter", "staging", upload.staging_key) as reader:
            for chunk in reader.chunks():
                digest.update(chunk)
                if len(head) < MOST_TEXT_BYTES:
                    head += chunk[: MOST_TEXT_BYTES - len(head)]
    except storage.NotFound:
        raise UploadGone("The storage has dropped the file of this upload.") from None
    if upload.sha256 and digest.hexdigest() != upload.sha256:
        raise DigestMismatch
    return _Staged(digest.hexdigest(), head)


def _claim(sha256: str) -> Promotion:
    """Return the claim on the digest, held until this transaction ends: nobody else copies these bytes meanwhile."""
    mine = new_id()
    claim, is_new = Promotion.objects.select_for_update().get_or_create(
        sha256=sha256, defaults={"job_id": mine, "asset_id": new_id(), "version_id": new_id()}
    )
    if not is_new:
        if Job.objects.filter(id=claim.job_id, state=JobState.RUNNING).exists():
            raise InUse("The same bytes are being promoted just now; try again in a moment.")
        claim.job_id = mine
        claim.save()
    return claim


# --- bytes and rows ---------------------------------------------------------------------------------


def _enter(
    actor: Actor, version: Version, upload: Upload, staged: _Staged, *, kind: str, claim: Promotion
) -> tuple[Sidecar, bool]:
    known = master_with_digest(staged.sha256)
    beside = Sidecar.objects.filter(version=version, master=known).select_related("master").first()
    if known is None or beside is None:
        bytes_ = _bring(upload, staged, claim=claim, known=known)
        sidecar_id = new_id()
        placing = _placing(actor, version, upload, claim=claim, sidecar_id=sidecar_id)
        Manifest.objects.bulk_create(write_entry(bytes_, placing))
        master = known or _new_master(bytes_)
        sidecar = Sidecar.objects.create(
            id=sidecar_id, version=version, master=master, kind=kind, name=upload.name
        )
        follow_hold(master, project_id=version.asset.project_id, actor_id=actor.id)
        if master.released_at is not None:
            reclaim(master)
    else:
        sidecar = beside
    quota.release(upload, used=upload.size if known is None else 0)
    _close(upload, sha256=staged.sha256, version_id=version.id)
    if beside is None:
        told = {"id": str(sidecar.id), "kind": kind, "name": sidecar.name, "version": str(version.id)}
        record_asset(actor, "asset.updated", asset=version.asset, verb="sidecar.added", after=told)
    return sidecar, beside is None


def _bring(upload: Upload, staged: _Staged, *, claim: Promotion, known: Master | None) -> Bytes:
    """Return the locked bytes: the master that the organisation has, still locked, or a new one."""
    key = master_key(current_organization(), staged.sha256)
    target = Target(known.key if known else key, claim.updated_at)
    source = Source(upload.staging_key, upload.size, staged.sha256, upload.content_type)
    try:
        if known is None:
            found = deposit(_Quiet(), source=source, target=target, at=lambda step: None)
        else:
            lock = ensure_locked(target, version_id=known.storage_version)
            found = Deposit(known.storage_version, lock)
    except JobFailed as error:
        raise SidecarNotKept(error.detail) from None
    return Bytes(
        sha256=staged.sha256,
        size=upload.size,
        key=target.key,
        version_id=found.version_id,
        lock_mode=found.lock.mode,
        locked_until=found.lock.until,
    )


def _new_master(bytes_: Bytes) -> Master:
    return Master.objects.create(
        sha256=bytes_.sha256,
        key=bytes_.key,
        storage_version=bytes_.version_id,
        size=bytes_.size,
        lock_mode=bytes_.lock_mode,
        locked_until=bytes_.locked_until,
    )


def _placing(
    actor: Actor, version: Version, upload: Upload, *, claim: Promotion, sidecar_id: UUID
) -> Placing:
    return Placing(
        organization_id=current_organization(),
        project_id=upload.project_id,
        asset_id=version.asset_id,
        version_id=version.id,
        job_id=claim.job_id,
        actor_id=actor.id,
        name=upload.name,
        title=None,
        folder=upload.folder,
        content_type=upload.content_type,
        kind="other",
        tags=(),
        uploaded_at=upload.created_at,
        promoted_at=claim.updated_at,
        sidecar_id=sidecar_id,
    )


def _close(upload: Upload, *, sha256: str, version_id: UUID) -> None:
    """Let the upload be done; the janitor empties its place in staging."""
    upload.state, upload.digest, upload.version_id = State.PROMOTED, sha256, version_id
    upload.expires_at = min(upload.expires_at, timezone.now())
    upload.save()
