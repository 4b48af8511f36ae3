"""An upload's life before promotion: opened, signed part by part, completed or aborted."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from assets.models import Asset
from dam.core import failpoints, storage
from dam.core.access import Actor
from dam.core.db import new_id
from dam.core.errors import Fields, InUse
from dam.core.observing import log
from dam.core.tenancy import current_organization
from ingest.errors import PartMismatch, QuotaExceeded, UploadClosed
from ingest.models import Upload
from ingest.multipart import ClaimedPart, PartPlan, SignedPart, plan_upload
from ingest.queries import is_open, parts_in_store, received_parts
from ingest.services import quota
from ingest.states import State
from orgs.models import Project

URL_LIFETIME_S = 3600
FIRST_PARTS = 100
# A day before the bucket's own rule aborts what was never finished.
UPLOAD_LIFETIME = timedelta(days=6)
COMPLETED = (State.UPLOADED, State.SCANNING, State.PROMOTING, State.PROMOTED)
MOST_MESSAGES = 20


@dataclass(frozen=True)
class NewUpload:
    """What a client wants to bring; `size` in bytes, `sha256` as declared, or empty."""

    name: str
    size: int
    content_type: str
    folder: str = ""
    sha256: str = ""


@transaction.atomic
def open_upload(
    *, actor: Actor, project: Project, asset: Asset | None, wanted: NewUpload
) -> tuple[Upload, list[SignedPart]]:
    """Open a multipart upload under a key that nobody can guess, and sign its first parts.

    Locks and transaction: in scope; the quota is reserved last, so that the organisation's row is held briefly.

    Raises:
        QuotaExceeded: the organisation has no room for it; nothing is left in the store.
    """
    plan = plan_upload(wanted.size)
    upload = Upload(
        id=new_id(),
        project=project,
        asset=asset,
        name=wanted.name,
        folder=wanted.folder,
        size=wanted.size,
        content_type=wanted.content_type,
        sha256=wanted.sha256,
        part_size=plan.part_size,
        part_count=plan.count,
        reserved=wanted.size,
        expires_at=timezone.now() + UPLOAD_LIFETIME,
        created_by=actor.id,
    )
    upload.staging_key = f"{current_organization()}/{upload.id}/{secrets.token_urlsafe(24)}"
    log.bind(upload_id=upload.id)
    upload.multipart_id = storage.create_multipart("uploader", "staging", upload.staging_key)
    failpoints.reach("presign:opened")
    try:
        quota.reserve(wanted.size)
    except QuotaExceeded:
        _drop_parts(upload)
        raise
    upload.save()
    failpoints.reach("presign:saved")
    return upload, sign_parts(upload, numbers=range(1, min(plan.count, FIRST_PARTS) + 1))


def sign_parts(upload: Upload, *, numbers: Iterable[int]) -> list[SignedPart]:
    """Return addresses that take these parts, each bound to its length, for an hour.

    Raises:
        UploadClosed: the upload is complete, aborted or expired.
    """
    if not is_open(upload):
        raise UploadClosed(f"The upload is {_word(upload)}.")
    plan = upload.plan
    return [
        SignedPart(
            number=each,
            size=plan.size_of(each),
            url=storage.presign_part(
                "uploader",
                "staging",
                upload.staging_key,
                upload_id=upload.multipart_id,
                number=each,
                size=plan.size_of(each),
                expires_s=URL_LIFETIME_S,
            ),
        )
        for each in numbers
    ]


@transaction.atomic
def complete_upload(upload: Upload, *, claimed: Sequence[ClaimedPart]) -> Upload:
    """Make one object out of the parts, once the store holds exactly those that the client sent.

    Repeating it changes nothing, also after a crash between the store's answer and ours.

    Locks and transaction: the caller holds the upload's lock.

    Raises:
        PartMismatch: a part is missing, or has another size or ETag.
        UploadClosed: the upload was aborted or has expired.
    """
    if upload.state in COMPLETED:
        _compare(upload.plan, claimed=claimed, held=received_parts(upload))
        return upload
    if not is_open(upload):
        raise UploadClosed(f"The upload is {_word(upload)}.")
    try:
        held = parts_in_store(upload)
    except storage.Unsupported:
        held = _completed_unseen(upload, claimed=claimed)
    else:
        if held is None:
            held = _completed_before(upload, claimed=claimed)
        else:
            _compare(upload.plan, claimed=claimed, held=held)
            _complete(upload, held)
    upload.parts = [[each.number, each.size, each.etag] for each in held]
    upload.state = State.UPLOADED
    upload.expires_at = timezone.now() + UPLOAD_LIFETIME
    upload.save(update_fields=["parts", "state", "expires_at", "updated_at"])
    failpoints.reach("complete:saved")
    return upload


def _complete(upload: Upload, parts: list[storage.Part]) -> None:
    storage.complete_multipart(
        "uploader", "staging", upload.staging_key, upload_id=upload.multipart_id, parts=parts
    )
    failpoints.reach("complete:stored")


def _completed_unseen(upload: Upload, *, claimed: Sequence[ClaimedPart]) -> list[storage.Part]:
    """Complete an upload whose parts the store does not list: the client's list is taken, and the object measured.

    The store itself compares the ETags as it completes; what counts is the SHA-256 that the promotion takes.

    Raises:
        UploadClosed: the store holds neither the parts nor the object.
        PartMismatch: the numbers are not those of the plan, the store refuses a part, or the object has another size.
    """
    plan = upload.plan
    told = {each.number: each for each in claimed if 1 <= each.number <= plan.count}
    parts = [storage.Part(each, plan.size_of(each), told[each].etag) for each in sorted(told)]
    _compare(plan, claimed=claimed, held=parts)
    try:
        _complete(upload, parts)
    except storage.NotFound:
        pass  # completed before, while our own note of it got lost: the object tells
    except storage.Refused:
        raise PartMismatch(fields={"parts": ["The storage does not have these parts."]}) from None
    return _completed_before(upload, claimed=claimed)


def _completed_before(upload: Upload, *, claimed: Sequence[ClaimedPart]) -> list[storage.Part]:
    """Return the ledger of an upload that the store completed while our own note of it got lost.

    The client's list stands in for it; what counts is the SHA-256 that the promotion takes.

    Raises:
        UploadClosed: the store holds neither the parts nor the object.
        PartMismatch: the numbers are not those of the plan.
    """
    try:
        found = storage.head("promoter", "staging", upload.staging_key)
    except storage.NotFound:
        raise UploadClosed("The storage has dropped the parts of this upload.") from None
    plan = upload.plan
    held = [storage.Part(each.number, plan.size_of(each.number), each.etag) for each in claimed]
    held.sort(key=lambda each: each.number)
    if found.size != upload.size or [each.number for each in held] != list(range(1, plan.count + 1)):
        raise PartMismatch
    return held


def _compare(plan: PartPlan, *, claimed: Sequence[ClaimedPart], held: Sequence[storage.Part]) -> None:
    """Compare the client's ledger with the store's.

    Raises:
        PartMismatch: naming each part at fault by its place in the client's list, 20 at most.
    """
    stored = {each.number: each for each in held}
    faults: dict[str, list[str]] = {}
    for index, each in enumerate(claimed):
        found = stored.get(each.number)
        if found is None:
            faults[f"parts.{index}.number"] = [f"Part {each.number} has not been received."]
        elif found.size != plan.size_of(each.number):
            faults[f"parts.{index}.number"] = [f"Part {each.number} has {found.size} bytes."]
        elif found.etag != each.etag:
            faults[f"parts.{index}.etag"] = ["The storage holds other bytes."]
    named = {each.number for each in claimed}
    missing = [number for number in range(1, plan.count + 1) if number not in named]
    if missing:
        faults["parts"] = [f"Part {number} is missing." for number in missing[:MOST_MESSAGES]]
    if len(stored) > plan.count:
        faults.setdefault("parts", ["The storage holds more parts than the plan has."])
    if faults:
        shown: Fields = dict(list(faults.items())[:MOST_MESSAGES])
        raise PartMismatch(fields=shown)


@transaction.atomic
def abort_upload(upload: Upload) -> None:
    """Give the upload up: its parts are gone from staging when this returns. Repeating it changes nothing.

    Locks and transaction: the caller holds the upload's lock.

    Raises:
        InUse: it is being promoted.
        UploadClosed: it has become a master.
    """
    if upload.state in (State.PROMOTING, State.SCANNING):
        raise InUse("The upload is being promoted; cancel that job first.")
    if upload.state == State.PROMOTED:
        raise UploadClosed("The upload has become a master.")
    close_upload(upload, state=State.ABORTED)
    upload.is_staged = False
    upload.save(update_fields=["is_staged", "updated_at"])
    clear_staging(upload)


def close_upload(upload: Upload, *, state: State) -> None:
    """Take no more parts and give the reservation back; the janitor may clear staging from now on.

    Locks and transaction: the caller holds the upload's lock.
    """
    if upload.state not in (State.ABORTED, State.EXPIRED, State.REJECTED):
        upload.state = state
    quota.release(upload)
    upload.expires_at = min(upload.expires_at, timezone.now())
    upload.save(update_fields=["state", "reserved", "expires_at", "updated_at"])


def clear_staging(upload: Upload) -> None:
    """Remove the parts and the object of an upload from staging; what is gone already is no error."""
    _drop_parts(upload)
    storage.delete("promoter", "staging", upload.staging_key)


def _drop_parts(upload: Upload) -> None:
    storage.abort_multipart("uploader", "staging", upload.staging_key, upload_id=upload.multipart_id)


def _word(upload: Upload) -> str:
    return "expired" if upload.state == State.OPEN else str(upload.state)
