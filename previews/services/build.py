"""One build of the previews of a digest, as a job: fetch and verify the master, encode, publish, switch over."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from assets import queries as catalogue
from assets import services as assets
from assets.models import Version
from dam.core import failpoints, storage, tenancy
from dam.core.observing import tracing
from jobs.errors import JobFailed
from jobs.services import JobRun
from previews.media import engine
from previews.models import Preview
from previews.queries import ADDRESSED
from previews.services import scratch
from previews.services.publishing import BuildSink, facts_of, meta_of
from previews.services.requests import USABLE, next_generation

logger = logging.getLogger(__name__)

IDENTITY = "gpu-writer"
#: Share of a job's progress that fetching the master takes.
READINGS = 2
FETCH_SHARE = 0.05


@dataclass(frozen=True)
class Commission:
    """What a build works on: plain values, read before anything slow begins."""

    preview_id: UUID
    generation: int
    sha256: str
    name: str
    key: str
    storage_version: str
    size_bytes: int


def build_previews(run: JobRun) -> dict[str, Any]:
    """Build the previews that the job's payload names; returns the job's result.

    Safe to kill and to repeat: a repeated build publishes under a generation of its own.

    Raises:
        JobFailed: the master cannot be fetched or verified, or nothing playable can be made of it.
        LeaseLost: the job was cancelled or taken over.
    """
    commission = _begin(run)
    if commission is None:
        return {"preview": run.payload["preview"]}
    failpoints.reach("build:claimed")
    with scratch.folder(f"{run.job_id}-{run.fence}", master_bytes=commission.size_bytes) as directory:
        source = directory / "master"
        with tracing.stage("preview", "fetch"):
            _fetch(run, commission, target=source)
        failpoints.reach("build:fetched")
        result = _encode(run, commission, source=source, workdir=directory / "work")
        failpoints.reach("build:published")
    with tracing.stage("preview", "finish"):
        return _finish(run, commission, result)


def _begin(run: JobRun) -> Commission | None:
    """Mark the build as begun; None when it has been finished before."""
    with tenancy.scope(run.organization_id):
        preview = Preview.objects.select_for_update().filter(id=UUID(run.payload["preview"])).first()
        version = _version(run, preview)
        if preview is None or version is None:
            raise JobFailed("gone", "The version that the previews were for no longer exists.")
        if preview.state in USABLE:
            return None
        if preview.started_at is not None:
            preview.generation = next_generation(preview.sha256)
            preview.published, preview.renditions, preview.started_at = [], [], None
        preview.state, preview.reason = Preview.State.BUILDING, ""
        preview.save()
        if preview.is_active:
            assets.set_preview_state(sha256=preview.sha256, state="building")
        master = catalogue.master_of(version)
        return Commission(
            preview_id=preview.id,
            generation=preview.generation,
            sha256=preview.sha256,
            name=version.name,
            key=master.key,
            storage_version=master.storage_version,
            size_bytes=master.size,
        )


def _version(run: JobRun, preview: Preview | None) -> Version | None:
    """Return the version that the job was made for, or another with the same bytes."""
    if preview is None:
        return None
    versions = list(catalogue.versions_with_digest(preview.sha256))
    return next((each for each in versions if each.id == run.version_id), versions[0] if versions else None)


def _fetch(run: JobRun, commission: Commission, *, target: Path) -> None:
    """Download the locked version of the master while hashing it; once more where a bit flipped on the way.

    Raises:
        JobFailed: the store does not answer, or its bytes are not the ones that were acknowledged.
    """
    for _ in range(READINGS):
        try:
            found = _downloaded(run, commission, target=target)
        except storage.StorageError as error:
            raise JobFailed(
                "storage-unavailable", "The master could not be fetched from storage.", retryable=True
            ) from error
        if found == commission.sha256:
            return
    logger.error("preview.digest_mismatch", extra={"sha256": commission.sha256})
    raise JobFailed(
        "digest-mismatch", "The bytes in storage are not those of the master that was acknowledged."
    )


def _downloaded(run: JobRun, commission: Commission, *, target: Path) -> str:
    """Write the master to a file and return its SHA-256."""
    digest, done = hashlib.sha256(), 0
    reader = storage.get_stream(IDENTITY, "masters", commission.key, version_id=commission.storage_version)
    with reader, target.open("wb") as file:
        for chunk in reader.chunks():
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            run.progress(FETCH_SHARE * done / max(commission.size_bytes, 1))
    return digest.hexdigest()


def _encode(run: JobRun, commission: Commission, *, source: Path, workdir: Path) -> engine.BuildResult:
    """Run the engine on the local copy.

    Raises:
        JobFailed: nothing playable could be made, or the store took no previews.
    """
    sink = BuildSink(
        run,
        preview_id=commission.preview_id,
        generation=commission.generation,
        sha256=commission.sha256,
        identity=IDENTITY,
        begins_at=FETCH_SHARE,
    )
    try:
        request = engine.BuildRequest(
            source=source, workdir=workdir, name=commission.name, page_limit=settings.PREVIEW_PAGES
        )
        return engine.build(request, sink)
    except engine.BuildFailed as error:
        raise JobFailed("preview-failed", error.reason, retryable=not error.permanent) from error
    except storage.StorageError as error:
        raise JobFailed(
            "storage-unavailable", "Storage did not take the previews.", retryable=True
        ) from error


def _finish(run: JobRun, commission: Commission, result: engine.BuildResult) -> dict[str, Any]:
    """Switch playback over to the finished build, together with the job's success."""
    reason = result.reason or ""
    answer = {"preview": str(commission.preview_id), "state": result.state, "reason": result.reason}
    with run.completion() as done:
        # In the order of generations, as whoever asks for a rebuild takes them.
        rows = Preview.objects.select_for_update().filter(sha256=commission.sha256).order_by("generation")
        preview = next(each for each in rows if each.id == commission.preview_id)
        rows.exclude(id=preview.id).update(is_active=False, updated_at=timezone.now())
        preview.state, preview.reason, preview.is_active = result.state, reason, True
        preview.published = sorted(ADDRESSED & result.published)
        preview.renditions = [
            {
                "name": each.name,
                "kind": each.kind,
                "width": each.width,
                "height": each.height,
                "paths": list(each.paths),
                "meta": dict(each.meta),
            }
            for each in result.renditions
        ]
        preview.save()
        assets.set_facts(sha256=preview.sha256, facts=facts_of(result.facts) | {"meta": meta_of(result.meta)})
        assets.set_preview_state(
            sha256=preview.sha256,
            state=result.state,
            reason=reason,
            poster="img/poster.webp" in result.published,
            is_news=True,
        )
        done.result = answer
        failpoints.reach("build:entered")
    failpoints.reach("build:committed")
    return answer
