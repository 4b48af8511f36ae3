"""One build of the previews of a digest, as a job: fetch and verify the master, encode, publish, switch over."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from assets import queries as catalogue
from assets import services as assets
from assets.models import Version
from dam.core import failpoints, registry, storage, tenancy
from dam.core.observing import tracing
from jobs.errors import JobFailed, LeaseLost
from jobs.services import JobRun
from previews.media import engine
from previews.media.recipes import LADDER_NAME
from previews.models import Preview
from previews.queries import ADDRESSED
from previews.services import scratch
from previews.services.fetching import FETCH_SHARE, IDENTITY, BytesWrong, Locked, MasterSupply, supplied
from previews.services.publishing import BuildSink, facts_of, object_prefix
from previews.services.requests import USABLE, leave_generation
from previews.services.sharing import WorkerCrew, crewed
from previews.services.withholding import withhold

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Commission:
    """What a build works on: plain values, read before anything slow begins."""

    preview_id: UUID
    generation: int
    master: Locked

    @property
    def sha256(self) -> str:
        """The digest of the master."""
        return self.master.sha256


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
    with (
        scratch.folder(f"{run.job_id}-{run.fence}", master_bytes=commission.master.size_bytes) as directory,
        supplied(run, commission.master, directory=directory) as supply,
        crewed(run, commission.master, directory=directory) as crew,
    ):
        encode = partial(_encode, run, supply=supply, crew=crew)
        try:
            result = encode(commission, workdir=directory / "work")
        except engine.OpeningWrong as error:
            logger.warning("preview.opening_wrong", extra={"sha256": commission.sha256, "error": str(error)})
            commission = _begin_anew(run, commission)
            result = encode(commission, workdir=directory / "again", may_copy=False)
        except BytesWrong:
            _withdraw(run, commission)
            raise
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
            leave_generation(preview)
        preview.recipe_version = engine.RECIPE_VERSION
        preview.state, preview.reason = Preview.State.BUILDING, ""
        preview.save()
        if preview.is_active:
            assets.set_preview_state(sha256=preview.sha256, state="building")
        master = catalogue.master_of(version)
        return Commission(
            preview_id=preview.id,
            generation=preview.generation,
            master=Locked(
                key=master.key,
                storage_version=master.storage_version,
                sha256=preview.sha256,
                size_bytes=master.size,
                name=version.name,
            ),
        )


def _begin_anew(run: JobRun, commission: Commission) -> Commission:
    """Go on under a generation of its own, as if this were the first try."""
    with tenancy.scope(run.organization_id):
        preview = Preview.objects.select_for_update().get(id=commission.preview_id)
        if preview.generation != commission.generation:
            raise LeaseLost
        leave_generation(preview)
        return replace(commission, generation=preview.generation)


def _withdraw(run: JobRun, commission: Commission) -> None:
    """Address nothing any more that was made of bytes which are not the master's, and delete it."""
    with tenancy.scope(run.organization_id):
        rows = Preview.objects.filter(id=commission.preview_id, generation=commission.generation)
        rows.update(published=[], updated_at=timezone.now())
    prefix = object_prefix(run.organization_id, generation=commission.generation)
    try:
        for kind in ("hls", "img", "mp4"):
            for key in storage.keys_under(IDENTITY, "previews", f"{prefix}{kind}/{commission.sha256}/"):
                storage.delete(IDENTITY, "previews", key)
    except storage.StorageError as error:
        logger.warning("preview.withdrawal_failed", extra={"sha256": commission.sha256, "error": str(error)})


def _version(run: JobRun, preview: Preview | None) -> Version | None:
    """Return the version that the job was made for, or another with the same bytes."""
    if preview is None:
        return None
    versions = list(catalogue.versions_with_digest(preview.sha256))
    return next((each for each in versions if each.id == run.version_id), versions[0] if versions else None)


def _encode(
    run: JobRun,
    commission: Commission,
    *,
    supply: MasterSupply,
    crew: WorkerCrew,
    workdir: Path,
    may_copy: bool = True,
) -> engine.BuildResult:
    """Run the engine on the local copy, or on what is here of it.

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
    workdir.mkdir(exist_ok=True)
    try:
        request = engine.BuildRequest(
            source=supply.path,
            workdir=workdir,
            name=commission.master.name,
            supply=supply,
            crew=crew,
            page_limit=settings.PREVIEW_PAGES,
            may_copy=may_copy,
            without=withhold(run, preview_id=commission.preview_id),
        )
        return engine.build(request, sink)
    except engine.BuildFailed as error:
        raise JobFailed("preview-failed", error.reason, retryable=not error.permanent) from error
    except storage.StorageError as error:
        detail = "Storage did not take the previews."
        raise JobFailed("storage-unavailable", detail, retryable=True) from error


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
        others = [each for each in preview.withheld if each != LADDER_NAME]
        preview.withheld = [LADDER_NAME] if result.is_quick else others
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
        assets.set_facts(sha256=preview.sha256, facts=facts_of(result.facts, meta=result.meta))
        assets.set_preview_state(
            sha256=preview.sha256,
            state=result.state,
            reason=reason,
            poster="img/poster.webp" in result.published,
            is_news=True,
        )
        registry.happened("preview.built", preview.id)
        done.result = answer
        failpoints.reach("build:entered")
    failpoints.reach("build:committed")
    return answer
