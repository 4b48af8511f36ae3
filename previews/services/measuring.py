"""How many bytes previews take: counted by asking storage, once for each time that their files have changed."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.utils import timezone

from dam.core import storage, tenancy
from dam.core.guard import guard
from previews.models import MarkedCopy, Preview
from previews.services.publishing import object_prefix
from previews.services.sweeping import FOLDERS, IDENTITY
from previews.services.watermarks_sweep import folders_of

BATCH = 100


def measure_previews() -> int:
    """Count the bytes of previews and marked copies that have come to rest; returns how many were looked at.

    Locks and transaction: outside any; one short transaction a row, none open while storage is asked. A store out of
    reach leaves the rest to the next run.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id, is_copy FROM previews_unmeasured(%s)", [BATCH])
        due: list[tuple[UUID, UUID, bool]] = cursor.fetchall()
    for identity, organization_id, is_copy in due:
        with guard(
            "preview.measure_failed", expected=(storage.StorageError,), preview_id=identity
        ) as outcome:
            _measure(identity, organization_id, is_copy=is_copy)
        if isinstance(outcome.error, storage.Unavailable):
            break
    return len(due)


def _measure(identity: UUID, organization_id: UUID, *, is_copy: bool) -> None:
    """Note what the files come to now; whatever changes meanwhile is counted again."""
    began = timezone.now()
    with tenancy.scope(organization_id):
        row = (MarkedCopy if is_copy else Preview).objects.filter(id=identity).first()
    if row is None:
        return
    prefix = object_prefix(organization_id, generation=row.generation)
    folders = (
        folders_of(row) if isinstance(row, MarkedCopy) else [f"{each}/{row.sha256}/" for each in FOLDERS]
    )
    total = sum(storage.bytes_under(IDENTITY, "previews", f"{prefix}{each}") for each in folders)
    with tenancy.scope(organization_id):
        type(row).objects.filter(id=identity).update(bytes=total, measured_at=began)
