"""Asking for a promotion: once for each upload, digest and asset."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from assets.services import merged_fields
from dam.core import failpoints
from dam.core.access import Actor
from dam.core.errors import InUse
from dam.core.observing import log
from ingest.errors import UploadClosed, UploadIncomplete
from ingest.models import Upload
from ingest.states import State
from jobs import services as jobs
from jobs.models import Job, Priority
from jobs.models import State as JobState

PROMOTE = "promote"
DIGEST_MISMATCH = "digest-mismatch"


@dataclass(frozen=True)
class Mapping:
    """Where an upload goes in the catalogue; without `asset_id` a new asset is made."""

    project_id: UUID
    asset_id: UUID | None = None
    title: str | None = None
    collection_id: UUID | None = None
    tags: tuple[str, ...] = ()
    fields: AnyMapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return what the job keeps."""
        return {
            "asset": str(self.asset_id) if self.asset_id else None,
            "title": self.title,
            "collection": str(self.collection_id) if self.collection_id else None,
            "tags": list(self.tags),
            "fields": dict(self.fields),
        }


@transaction.atomic
def request_promotion(*, actor: Actor, upload: Upload, mapping: Mapping, sha256: str) -> tuple[Job, bool]:
    """Queue the promotion of a completed upload; returns (job, whether it was queued now).

    The same upload, digest and asset is the same job. One that failed is tried anew when it is asked for again,
    except after a digest mismatch: the bytes would not match the second time either.

    Locks and transaction: in scope; the caller holds the upload's lock.

    Raises:
        UploadIncomplete: it has not been completed, or is still being scanned.
        UploadClosed: it was aborted, rejected or has expired, or has become a master of another digest.
        InUse: it is being promoted with another digest or into another asset.
        Invalid: a field that is not defined, or a value that it does not take.
    """
    log.bind(upload_id=upload.id)
    mapping = replace(
        mapping,
        fields=merged_fields(
            mapping.project_id, {}, mapping.fields, path="mapping.fields", is_new=mapping.asset_id is None
        ),
    )
    if upload.state in (State.OPEN, State.SCANNING):
        raise UploadIncomplete("Send all parts and complete the upload first.")
    if upload.state in (State.ABORTED, State.EXPIRED, State.REJECTED):
        raise UploadClosed(f"The upload is {upload.state}.")
    if upload.state == State.PROMOTED and sha256 != upload.digest:
        raise UploadClosed("The upload has become a master of another digest.")
    job, is_new = _enqueue(actor, upload=upload, mapping=mapping, sha256=sha256)
    log.bind(job_id=job.id)
    if upload.state == State.PROMOTING and job.id != upload.job_id:
        raise InUse("The upload is being promoted with another digest or into another asset.")
    if is_new and upload.state == State.UPLOADED:
        upload.state, upload.digest, upload.job_id = State.PROMOTING, sha256, job.id
        upload.save(update_fields=["state", "digest", "job_id", "updated_at"])
    failpoints.reach("promote:queued")
    return job, is_new


def _enqueue(actor: Actor, *, upload: Upload, mapping: Mapping, sha256: str) -> tuple[Job, bool]:
    request: dict[str, Any] = {
        "kind": PROMOTE,
        "project_id": mapping.project_id,
        "version_id": None,
        "payload": {"upload": str(upload.id), "sha256": sha256, **mapping.payload()},
        "idem_key": f"{upload.id}:{sha256}:{mapping.asset_id or ''}",
        "queue": "short",
        "priority": Priority.SENT,
        "created_by": actor.id,
    }
    job, is_new = jobs.enqueue(**request)
    ended = job.state in (JobState.FAILED, JobState.CANCELLED)
    if ended and not str((job.error or {}).get("type", "")).endswith(DIGEST_MISMATCH):
        return jobs.enqueue(**request, restart=True)
    return job, is_new
