"""The janitor: uploads that nobody finished expire, and staging is emptied of what is no longer needed."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from dam.core import storage, tenancy
from dam.core.guard import guard
from ingest.manifest import digest_of_key, master_key, owner_of_key
from ingest.models import Promotion, Upload
from ingest.services.uploads import clear_staging, close_upload
from ingest.states import State
from jobs.models import Job
from jobs.models import State as JobState
from orgs.models import Organization

logger = logging.getLogger(__name__)
BATCH = 100
STRAY_AFTER_S = 900.0
BUSY = (State.PROMOTING, State.SCANNING)


def sweep() -> int:
    """Close what has expired and empty its place in staging; returns how many uploads were looked at.

    Locks and transaction: one short transaction an upload, each in its own organisation's scope. A store out of
    reach leaves the rest to the next sweep.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id FROM uploads_expired(%s)", [BATCH])
        due: list[tuple[UUID, UUID]] = cursor.fetchall()
    for upload_id, organization_id in due:
        with guard("upload.sweep_failed", expected=(storage.StorageError,), upload_id=upload_id) as outcome:
            empty_staging(upload_id, organization_id=organization_id)
        if isinstance(outcome.error, storage.Unavailable):
            break
    return len(due)


def empty_staging(upload_id: UUID, *, organization_id: UUID) -> None:
    """Remove what a closed or expired upload left in staging, and in masters of a copy that died.

    Locks and transaction: outside any. Skips an upload that somebody else holds, is still of use, or is done.

    Raises:
        StorageError: the store is out of reach; the row stays due.
    """
    with tenancy.scope(organization_id):
        rows = Upload.objects.select_for_update(of=("self",), skip_locked=True)
        upload = rows.filter(id=upload_id, is_staged=True, expires_at__lte=timezone.now()).first()
        if upload is None or upload.state in BUSY:
            return
        if upload.state != State.PROMOTED:
            close_upload(upload, state=State.EXPIRED)
        leftover = upload.digest and _is_unclaimed(upload.digest)
    clear_staging(upload)
    if leftover and upload.state != State.PROMOTED:
        _drop_copies(organization_id, sha256=upload.digest)
    with tenancy.scope(organization_id):
        Upload.objects.filter(id=upload_id).update(is_staged=False)
    logger.info("upload.staging_emptied", extra={"upload_id": upload_id, "state": upload.state})


def sweep_strays(*, older_than_s: float = STRAY_AFTER_S) -> int:
    """Abort multipart uploads that no row knows of any more; returns how many.

    A process that dies between the store's answer and its commit leaves one in staging, a worker that dies in
    its last try one in masters; parts of both would be stored, and paid for, until a lifecycle rule comes by. Only
    organisations of this database are touched: a bucket may be shared.

    Units: `older_than_s` seconds since it was opened.

    Raises:
        StorageError: the store is out of reach; the rest waits for the next sweep.
    """
    before = timezone.now() - timedelta(seconds=older_than_s)
    aborted = 0
    for bucket_name, identity, is_wanted in (
        ("staging", "uploader", _is_awaited),
        ("masters", "promoter", _is_being_copied),
    ):
        for each in storage.multiparts_under("promoter", bucket_name, ""):
            if each.initiated_at <= before and not is_wanted(each):
                storage.abort_multipart(identity, bucket_name, each.key, upload_id=each.upload_id)
                logger.warning("multipart.stray_aborted", extra={"bucket": bucket_name, "key": each.key})
                aborted += 1
    return aborted


def _is_awaited(found: storage.OpenMultipart) -> bool:
    """Tell whether an open upload still collects these parts; what is not ours is left alone."""
    organization_id = owner_of_key(found.key)
    if organization_id is None:
        return True
    with tenancy.scope(organization_id):
        if not Organization.objects.filter(id=organization_id).exists():
            return True
        return Upload.objects.filter(multipart_id=found.upload_id, state=State.OPEN).exists()


def _is_being_copied(found: storage.OpenMultipart) -> bool:
    """Tell whether a running promotion copies into it; what is not ours is left alone."""
    organization_id, sha256 = owner_of_key(found.key), digest_of_key(found.key)
    if organization_id is None or sha256 is None:
        return True
    with tenancy.scope(organization_id):
        if not Organization.objects.filter(id=organization_id).exists():
            return True
        return not _is_unclaimed(sha256)


def _is_unclaimed(sha256: str) -> bool:
    """Tell whether no running job holds the digest."""
    holders = Promotion.objects.filter(sha256=sha256).values("job_id")
    return not Job.objects.filter(id__in=holders, state=JobState.RUNNING).exists()


def _drop_copies(organization_id: UUID, *, sha256: str) -> None:
    key = master_key(organization_id, sha256)
    for each in storage.open_multiparts("promoter", "masters", key):
        storage.abort_multipart("promoter", "masters", key, upload_id=each)
