"""Looking at what was built: a master's fingerprint is taken from its previews, as a job behind everybody's work."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from assets.models import Master, Version
from dam.core import storage, tenancy
from jobs import services as jobs
from jobs.errors import JobFailed
from jobs.models import Priority
from jobs.services import JobRun
from previews.models import Preview
from previews.queries import STORYBOARD
from previews.services.publishing import object_prefix
from similarity.media.likeness import Sample
from similarity.media.sampling import Picture, Unreadable, take_samples, tiles_of
from similarity.models import BANDS, Fingerprint, Look
from similarity.services.pairing import pair_digest, pair_exactly

logger = logging.getLogger(__name__)
JOB_KIND, QUEUE = "fingerprint", "short"
#: Counts up when fingerprints are taken otherwise: then they are taken anew.
RECIPE = 1
IDENTITY = "gpu-writer"
STILL = "img/300.webp"


@dataclass(frozen=True)
class Subject:
    """What is looked at: plain values, read before anything slow begins. `prefix` is the folder of its generation."""

    master_id: UUID
    sha256: str
    kind: str
    duration: float | None
    prefix: str

    def key(self, name: str) -> str:
        """Return the key of one of its pictures."""
        return f"{self.prefix}img/{self.sha256}/{name}"


def note_preview(preview_id: UUID) -> None:
    """Have a digest looked at whose previews were built just now, in the transaction and scope that enters them."""
    preview = Preview.objects.get(id=preview_id)
    version = Version.objects.filter(sha256=preview.sha256).order_by("id").first()
    if version is not None and _source(version.kind) in preview.published:
        request_look(preview.sha256, key=f"{preview.id}:{preview.generation}:{RECIPE}")


def note_version(version_id: UUID) -> None:
    """Pair a new version with those of the same bytes; what is near those bytes is looked up by a job. In scope."""
    version = Version.objects.get(id=version_id)
    # Of two deliveries of the same bytes at the same time one waits here, and sees the other.
    Master.objects.select_for_update(no_key=True).get(id=version.master_id)
    if not pair_exactly([version]):
        return
    if Fingerprint.objects.filter(master_id=version.master_id, recipe=RECIPE).exists():
        request_look(version.sha256, key=f"version:{version.id}")


def request_look(sha256: str, *, key: str) -> None:
    """Queue the look at a digest, behind all other work; the same key is the same job. In scope."""
    jobs.enqueue(
        kind=JOB_KIND,
        project_id=None,
        version_id=None,
        payload={"sha256": sha256},
        idem_key=key,
        queue=QUEUE,
        created_by=None,
        priority=Priority.BULK,
        restart=True,
    )


def look(run: JobRun) -> dict[str, Any]:
    """Take the fingerprint of the job's digest, unless it is known, and pair it with what looks alike.

    Safe to kill and to repeat. Fingerprints are committed before anything is looked up: of two that are taken at the
    same time one sees the other.

    Raises:
        JobFailed: the pictures cannot be read or fetched just now.
    """
    sha256 = run.payload["sha256"]
    look_at(sha256, organization_id=run.organization_id)
    with run.completion() as done:
        done.result = {"pairs": pair_digest(sha256)}
    return done.result


def look_at(sha256: str, *, organization_id: UUID) -> bool:
    """Take a digest's fingerprint, unless it is known or nothing can be seen of it; tells whether it was taken.

    Locks and transaction: outside any; reads, and writes in the end, in short ones of its own.

    Raises:
        JobFailed: as `look`.
    """
    with tenancy.scope(organization_id):
        subject = _subject(sha256)
    if subject is None:
        return False
    try:
        samples = _samples(subject)
    except storage.NotFound:
        return False  # previews that are being swept away, or taken down
    except (storage.StorageError, Unreadable) as error:
        logger.warning("fingerprint.failed", extra={"sha256": sha256, "error": str(error)})
        raise JobFailed("no-pictures", "The pictures could not be read just now.", retryable=True) from error
    with tenancy.scope(organization_id):
        _keep(subject, samples)
    return True


def _source(kind: str) -> str | None:
    return {"image": STILL, "video": STORYBOARD}.get(kind)


def _subject(sha256: str) -> Subject | None:
    version = Version.objects.filter(sha256=sha256).order_by("id").first()
    preview = Preview.objects.filter(sha256=sha256, is_active=True).first()
    if version is None or preview is None or _source(version.kind) not in preview.published:
        return None
    if Fingerprint.objects.filter(master_id=version.master_id, recipe=RECIPE).exists():
        return None
    prefix = object_prefix(preview.organization_id, generation=preview.generation)
    return Subject(version.master_id, sha256, version.kind, version.duration, prefix)


def _samples(subject: Subject) -> list[Sample | None]:
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="look-", dir=settings.SCRATCH_DIR) as directory:
        folder = Path(directory) / "pictures"
        folder.mkdir()
        pictures = _pictures(subject)
        for name in {each.name for each in pictures}:
            storage.download(IDENTITY, "previews", subject.key(name), folder / name)
        return take_samples(pictures, folder=folder, scratch=Path(directory)) if pictures else []


def _pictures(subject: Subject) -> list[Picture]:
    if subject.kind == "image":
        return [Picture(STILL.removeprefix("img/"))]
    storyboard = storage.get_bytes(IDENTITY, "previews", subject.key(STORYBOARD.removeprefix("img/")))
    return tiles_of(storyboard.decode(errors="replace"))


@transaction.atomic
def _keep(subject: Subject, samples: Sequence[Sample | None]) -> None:
    """Write the fingerprint in the place of an older one; plain pictures have nothing to be found by."""
    if not Version.objects.filter(master_id=subject.master_id).exists():
        return
    fingerprint, _ = Fingerprint.objects.update_or_create(
        master_id=subject.master_id,
        defaults={
            "kind": subject.kind,
            "duration": subject.duration if subject.kind == "video" else None,
            "recipe": RECIPE,
        },
    )
    fingerprint.looks.all().delete()
    Look.objects.bulk_create(
        [
            Look(
                fingerprint=fingerprint,
                place=place,
                sample=sample.packed,
                **dict(zip((f"band{each}" for each in range(BANDS)), sample.bands(), strict=True)),
            )
            for place, sample in enumerate(samples)
            if sample is not None and not sample.is_plain
        ]
    )
