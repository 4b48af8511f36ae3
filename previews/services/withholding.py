"""What waits while the queue is long: renditions that nobody needs in order to play, made later from the proxy."""

from __future__ import annotations

import logging
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from assets import queries as catalogue
from assets.models import Version
from dam.core import registry, storage, tenancy
from jobs import services as jobs
from jobs.errors import JobFailed
from jobs.models import Job, Priority
from jobs.queries import waiting_s
from jobs.services import JobRun
from previews.media.builds.sheets import build_sheets
from previews.media.failures import BuildFailed
from previews.media.outcome import Rendition
from previews.media.packaging.publishing import WEBP_TYPE
from previews.media.recipes import LADDER_NAME, WITHHOLDABLE
from previews.models import Preview
from previews.queries import ADDRESSED, PROXY
from previews.services import scratch
from previews.services.publishing import IMMUTABLE, object_prefix
from previews.services.requests import USABLE, request_build, request_whole

logger = logging.getLogger(__name__)

EXTRAS_KIND = "preview-extras"
IDENTITY = "gpu-writer"
_TYPES = {".webp": WEBP_TYPE, ".vtt": "text/vtt"}


def is_under_pressure() -> bool:
    """Tell whether builds have waited so long that only what one plays is made."""
    return waiting_s(settings.PREVIEW_QUEUE) > settings.PREVIEW_WAIT_AFTER_S


def withhold(run: JobRun, *, preview_id: UUID) -> frozenset[str]:
    """Decide what this build leaves out, and note it on its row.

    While others wait, a long film that cannot be played yet gets a small rung (360p) alone, and the ladder in another
    build, unless this is that one.
    """
    waited_s = waiting_s(settings.PREVIEW_QUEUE)
    withheld = WITHHOLDABLE if waited_s > settings.PREVIEW_WAIT_AFTER_S else frozenset()
    is_whole = run.payload.get("whole", False)
    with tenancy.scope(run.organization_id):
        rows = Preview.objects.filter(id=preview_id)
        if (
            not is_whole
            and waited_s > settings.PREVIEW_QUICK_AFTER_S
            and rows.filter(is_active=True).exists()
        ):
            withheld |= {LADDER_NAME}
        rows.update(withheld=sorted(withheld))
    if withheld:
        logger.info("preview.withheld", extra={"preview": preview_id, "renditions": sorted(withheld)})
    return withheld


def request_renditions(
    renditions: Collection[str],
    *,
    sha256: str,
    version_id: UUID,
    project_id: UUID,
    actor_id: UUID | None,
    force: bool = False,
) -> tuple[list[Job], bool]:
    """Have previews made, or, where all that is asked for was left out of a finished build, that alone.

    Returns the jobs, and whether this call started them. No `renditions` means all of them.

    Locks and transaction: as `request_build`.
    """
    preview, started, is_new = request_build(
        sha256=sha256, version_id=version_id, project_id=project_id, actor_id=actor_id, force=force
    )
    if is_new or not renditions or not set(renditions) <= set(preview.withheld):
        return started, is_new
    asked = request_extras(preview, version_id=version_id, project_id=project_id, priority=Priority.USUAL)
    return ([asked[0]], asked[1]) if asked else (started, is_new)


def request_extras(
    preview: Preview, *, version_id: UUID, project_id: UUID, priority: int
) -> tuple[Job, bool] | None:
    """Have made what a finished build left out; None where it left out nothing that can be made now.

    Returns the job, and whether it was queued now: who asks again gets the same one.

    Locks and transaction: in scope.
    """
    if not preview.withheld or preview.state not in USABLE or PROXY not in preview.published:
        return None
    if LADDER_NAME in preview.withheld:
        return request_whole(preview, version_id=version_id, project_id=project_id)
    return jobs.enqueue(
        kind=EXTRAS_KIND,
        project_id=project_id,
        version_id=version_id,
        payload={"preview": str(preview.id)},
        idem_key=f"{preview.id}:{preview.generation}",
        queue=settings.PREVIEW_QUEUE,
        created_by=None,
        priority=priority,
        restart=priority < Priority.BULK,
    )


def queue_extras(preview_id: UUID, *, organization_id: UUID) -> bool:
    """Queue behind everybody's work what a build left out; while the wait is too long it is dropped for now.

    What is dropped stays noted on the row, and the sweep asks again.
    """
    is_dropped = waiting_s(settings.PREVIEW_QUEUE) > settings.PREVIEW_DROP_AFTER_S
    with tenancy.scope(organization_id):
        preview = Preview.objects.filter(id=preview_id, is_active=True).first()
        if is_dropped and preview is not None and LADDER_NAME not in preview.withheld:
            return False
        version = catalogue.versions_with_digest(preview.sha256).first() if preview else None
        if preview is None or version is None:
            return False
        asked = request_extras(
            preview, version_id=version.id, project_id=version.asset.project_id, priority=Priority.BULK
        )
        return asked is not None


def build_extras(run: JobRun) -> dict[str, Any]:
    """Make from the proxy what the build left out, and let playback address it.

    Raises:
        JobFailed: it cannot be made.
        LeaseLost: the job is no longer this worker's.
    """
    with tenancy.scope(run.organization_id):
        preview = Preview.objects.filter(id=UUID(run.payload["preview"]), is_active=True).first()
        version = catalogue.versions_with_digest(preview.sha256).first() if preview else None
    if preview is None or version is None or not preview.withheld or PROXY not in preview.published:
        return {"made": []}
    prefix = object_prefix(preview.organization_id, generation=preview.generation)
    key = f"{prefix}mp4/{preview.sha256}/proxy.mp4"
    try:
        size_bytes = storage.head(IDENTITY, "previews", key).size
        with scratch.folder(f"{run.job_id}-{run.fence}", master_bytes=size_bytes) as directory:
            storage.download(IDENTITY, "previews", key, directory / "proxy.mp4")
            run.check()
            made = _sheets(preview, version, directory=directory)
            for name in reversed(made.paths):
                kind, _, rest = name.partition("/")
                run.check()
                storage.put_file(
                    IDENTITY,
                    "previews",
                    f"{prefix}{kind}/{preview.sha256}/{rest}",
                    directory / "work" / name,
                    content_type=_TYPES[Path(name).suffix],
                    cache_control=IMMUTABLE,
                )
    except BuildFailed as error:
        raise JobFailed("preview-failed", error.reason, retryable=not error.permanent) from error
    except storage.StorageError as error:
        raise JobFailed("storage-unavailable", "Storage did not answer.", retryable=True) from error
    return _enter(run, preview, made)


def _sheets(preview: Preview, version: Version, *, directory: Path) -> Rendition:
    proxy = next(each for each in preview.renditions if each["name"] == "mp4")
    if not version.frame_count or not version.frame_rate:
        raise BuildFailed("The version has no frames.", permanent=True)
    return build_sheets(
        directory / "proxy.mp4",
        frames=version.frame_count,
        rate=Fraction(version.frame_rate),
        size=(proxy["width"], proxy["height"]),
        scratch=directory / "work",
    )


def _enter(run: JobRun, preview: Preview, made: Rendition) -> dict[str, Any]:
    """Note what was made together with the job's success, unless another generation plays by now."""
    answer = {"made": [made.name]}
    with run.completion() as done:
        rows = Preview.objects.select_for_update().filter(id=preview.id, generation=preview.generation)
        current = rows.filter(is_active=True).first()
        if current is not None:
            current.withheld = [each for each in current.withheld if each != made.name]
            current.published = sorted({*current.published, *(ADDRESSED & set(made.paths))})
            document = {"name": made.name, "kind": made.kind, "width": made.width, "height": made.height}
            current.renditions = [*current.renditions, document | {"paths": list(made.paths), "meta": {}}]
            current.save(update_fields=["withheld", "published", "renditions", "updated_at"])
            registry.happened("preview.built", current.id)
        done.result = answer
    return answer


def fail_extras(job_id: UUID, organization_id: UUID, problem: dict[str, object]) -> None:
    """Do without what could not be made: the sweep shall not ask for ever."""
    job = Job.objects.filter(id=job_id).first()
    if job is not None:
        Preview.objects.filter(id=UUID(job.payload["preview"])).update(withheld=[], measured_at=None)
    logger.warning("preview.extras_failed", extra={"job_id": job_id, "problem": problem.get("type")})
