"""Files that jobs hand over: written into the docs bucket, to be fetched once the job has ended.

The bulk action `export` writes a selection; an import with many errors writes all of them.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from assets.queries import visible_assets
from bulk.actions import Work
from dam.core import storage
from dam.core.access import Actor
from dam.core.errors import Conflict, invalid
from dam.core.guard import guard
from dam.core.tenancy import scope
from exchange.export.formats import Format, formats, gathered
from exchange.models import ExportFile
from exchange.queries.batches import Record, field_keys, records_of
from jobs.models import Job

logger = logging.getLogger(__name__)
EXPIRES_S, SWEPT_AT_ONCE = 300, 200
PATH = "action.export"


def check_export(actor: Actor, value: Any) -> dict[str, str]:
    """Return what the job is to know: `{"format": …}`, of such an object or of the format's name alone.

    Raises:
        Invalid: it names no format, or more than that.
    """
    given = {"format": value} if isinstance(value, str) else value
    if not isinstance(given, dict):
        raise invalid(PATH, 'Give a format: {"format": "csv"}.')
    for name in given:
        if name != "format":
            raise invalid(f"{PATH}.{name}", "Unknown field.")
    if given.get("format") not in formats():
        raise invalid(f"{PATH}.format", f"Must be one of {', '.join(formats())}.")
    return {"format": given["format"]}


def perform_export(work: Work) -> dict[str, Any]:
    """Write what was chosen, as far as its owner sees it, and store it; returns where it is fetched.

    A job that died writes the file again, over the one that it left.
    """
    form = formats()[work.value["format"]]
    with scope(work.organization_id):
        keys = field_keys(work.actor())
    count = 0

    def told() -> Iterator[Record]:
        nonlocal count
        for ids in work.parts():
            with scope(work.organization_id):
                actor = work.actor()
                seen = visible_assets(actor).filter(id__in=ids).order_by("id").values_list("id", flat=True)
                found = records_of(list(seen), actor=actor)
            count += len(found)
            yield from found.values()

    pieces = gathered(form.write(told(), keys))
    kept = hand_over(work.organization_id, work.operation_id, pieces, form=form)
    return {"export": kept | {"rows": count}}


def hand_over(
    organization_id: UUID, job_id: UUID, pieces: Iterable[bytes], *, form: Format
) -> dict[str, Any]:
    """Store the one file that a job hands over, and return what its result tells of it, but for its rows.

    Locks and transaction: outside any. A job that died stores the file again, over the one that it left.
    """
    key = _key(str(organization_id), str(job_id), ending=form.ending)
    with scope(organization_id):
        # Before the file: one that is written and told of by nobody could never be found again.
        ExportFile.objects.update_or_create(id=job_id, defaults={"key": key})
    expires_at = timezone.now() + timedelta(days=settings.EXPORT_TTL_DAYS)
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(prefix="export-", dir=settings.SCRATCH_DIR) as file:
        file.writelines(pieces)
        file.flush()
        path = Path(file.name)
        storage.put_file("promoter", "docs", key, path, content_type=form.media_type)
        size = path.stat().st_size
    url = f"{settings.PORTAL_URL}/api/jobs/{job_id}/export"
    told = {"format": form.name, "size": size, "url": url, "ending": form.ending}
    return told | {"expires_at": expires_at.isoformat()}


def sweep_exports() -> int:
    """Delete the files of exports that are older than `EXPORT_TTL`; returns how many were looked at.

    Locks and transaction: outside any; one short transaction a file, in its organisation's scope. A store out of reach
    leaves the rest to the next sweep.
    """
    before = timezone.now() - timedelta(days=settings.EXPORT_TTL_DAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id FROM exports_overdue(%s, %s)", [before, SWEPT_AT_ONCE])
        due: list[tuple[UUID, UUID]] = cursor.fetchall()
    for identity, organization_id in due:
        with guard("export.sweep_failed", expected=(storage.StorageError,), export_id=identity) as outcome:
            _drop(identity, organization_id)
        if isinstance(outcome.error, storage.Unavailable):
            break
    return len(due)


def _drop(identity: UUID, organization_id: UUID) -> None:
    """Delete a file and then its row; whoever dies between leaves a row, whose file is deleted once more."""
    with scope(organization_id):
        key = ExportFile.objects.filter(id=identity).values_list("key", flat=True).first()
    if key is not None:
        storage.delete("promoter", "docs", key)
        with scope(organization_id):
            ExportFile.objects.filter(id=identity).delete()
        logger.info("export.dropped", extra={"export_id": identity})


def export_url(job: Job) -> str:
    """Return an address of the file that a job has handed over, valid for five minutes.

    Raises:
        Conflict: the job has written none, or not yet.
    """
    made = (job.result or {}).get("export")
    if job.state != "succeeded" or not isinstance(made, dict):
        raise Conflict("This job has written no file, or not yet.")
    if not ExportFile.objects.filter(id=job.id).exists():
        raise Conflict("The file of this export is kept no longer; export it anew.")
    return storage.presign_get(
        "promoter",
        "docs",
        _key(str(job.organization_id), str(job.id), ending=made["ending"]),
        filename=f"{'errors' if job.kind == 'import' else 'assets'}-{job.created_at:%Y-%m-%d}.{made['ending']}",
        expires_s=EXPIRES_S,
    )


def _key(organization: str, job: str, *, ending: str) -> str:
    return f"exports/{organization}/{job}.{ending}"
