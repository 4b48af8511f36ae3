"""Asking for previews: once for each digest and recipe, however many ask at the same time."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from assets import queries as catalogue
from assets import services as assets
from jobs import services as jobs
from jobs.models import Job, Priority
from previews import kinds
from previews.media.recipes import LADDER_NAME, RECIPE_VERSION
from previews.models import Preview
from previews.services import estimates
from previews.services.revocations import TAKEN_DOWN, is_taken_down

JOB_KIND = "preview"
USABLE = (Preview.State.READY, Preview.State.PARTIAL)


@transaction.atomic
def request_build(
    *,
    sha256: str,
    version_id: UUID,
    project_id: UUID,
    actor_id: UUID | None,
    force: bool = False,
    priority: int = Priority.USUAL,
) -> tuple[Preview, list[Job], bool]:
    """Have the previews of a digest built; returns (preview, its jobs, whether this call started them).

    Idempotent: who asks again, or at the same moment, gets the same jobs. One decode makes every rendition.
    With `force`, or when the recipe has become a newer one, a new generation is
    built beside what can be played now, and takes its place when it is done; while one is being built, that one
    is the answer. What was dropped, or has vanished, is built anew at once. Of bytes that were taken down nothing
    is made.

    Locks and transaction: in scope; locks the preview until the caller commits, so that a version which shares
    the digest learns of its state whichever of the two comes first.
    """
    active, is_new = _active(sha256)
    if is_taken_down(sha256):
        return _refused(active), [], False
    preview = active
    if not is_new and (force or _is_out_of_date(active)) and active.state != Preview.State.BUILDING:
        preview, is_new = _next_generation(active)
    if is_new:
        _begin(preview, version_id=version_id, project_id=project_id, actor_id=actor_id, priority=priority)
    _tell(preview if preview.is_active else active)
    # Unlocked: a job that is ending holds its own row and waits for the preview's.
    started = list(Job.objects.filter(id=preview.job_id)) if preview.job_id else []
    return preview, started, is_new


def _refused(active: Preview) -> Preview:
    """Make nothing of bytes that an operator took down, and say so."""
    active.state, active.reason, active.published = Preview.State.FAILED, TAKEN_DOWN, []
    active.save(update_fields=["state", "reason", "published", "updated_at"])
    _tell(active)
    return active


def _is_out_of_date(active: Preview) -> bool:
    """Tell whether another build would give what this one does not: a failed one is tried again by a person alone."""
    if active.state == Preview.State.NONE:
        return True
    return active.state in USABLE and active.recipe_version < RECIPE_VERSION


@transaction.atomic
def request_whole(active: Preview, *, version_id: UUID, project_id: UUID) -> tuple[Job, bool] | None:
    """Have the whole ladder built of a film that plays in a small rung; returns the job, and if it is new.

    Locks and transaction: in scope; locks the preview until the caller commits.
    """
    current = Preview.objects.select_for_update().filter(id=active.id, is_active=True).first()
    if current is None or current.state not in USABLE:
        return None
    following, is_new = _next_generation(current)
    if is_new:
        _begin(
            following,
            version_id=version_id,
            project_id=project_id,
            actor_id=None,
            priority=Priority.USUAL,
            is_whole=True,
        )
    job = Job.objects.filter(id=following.job_id).first() if following.job_id else None
    return None if job is None else (job, is_new)


def _begin(
    preview: Preview,
    *,
    version_id: UUID,
    project_id: UUID,
    actor_id: UUID | None,
    priority: int,
    is_whole: bool = False,
) -> None:
    """Queue the job of a new generation, with what is known of its cost."""
    payload: dict[str, object] = {"preview": str(preview.id)} | ({"whole": True} if is_whole else {})
    before = Preview.objects.filter(sha256=preview.sha256, work__isnull=False).order_by("-generation").first()
    if before is not None:
        cost = kinds.Cost(before.lane, before.work or 0.0)
        expected_s = estimates.seconds_for(cost)
    else:
        version = catalogue.versions_with_digest(preview.sha256).get(id=version_id)
        cost = kinds.cost_of_bytes(kind=version.kind, size_bytes=version.size)
        expected_s = estimates.seconds_for(cost, kind=version.kind)
        payload["unprobed"] = {"kind": version.kind, "work": cost.work}
    job, _ = jobs.enqueue(
        kind=JOB_KIND,
        project_id=project_id,
        version_id=version_id,
        payload=payload,
        idem_key=str(preview.id),
        queue=settings.PREVIEW_QUEUE,
        created_by=actor_id,
        priority=priority,
        lane=cost.lane,
        expected_s=expected_s,
    )
    preview.job_id = job.id
    preview.save(update_fields=["job_id", "updated_at"])


def _active(sha256: str) -> tuple[Preview, bool]:
    """Return the digest's preview, locked; made here if there was none, by one of all who ask."""
    rows = Preview.objects.select_for_update().filter(sha256=sha256, is_active=True)
    found = rows.first()
    if found is not None:
        return found, False
    try:
        with transaction.atomic():
            fresh = Preview.objects.create(sha256=sha256, recipe_version=RECIPE_VERSION, is_active=True)
    except IntegrityError:
        return rows.get(), False
    return fresh, True


def _next_generation(active: Preview) -> tuple[Preview, bool]:
    """Return the generation that is to follow, locked: the one being built, or a new one."""
    rows = Preview.objects.filter(sha256=active.sha256)
    waiting = rows.select_for_update().filter(is_active=False, state=Preview.State.BUILDING).first()
    if waiting is not None:
        return waiting, False
    replaces_at_once = active.state not in USABLE
    if replaces_at_once:
        active.is_active = False
        active.save(update_fields=["is_active", "updated_at"])
    following = Preview.objects.create(
        sha256=active.sha256,
        recipe_version=RECIPE_VERSION,
        generation=next_generation(active.sha256),
        is_active=replaces_at_once,
    )
    return following, True


def next_generation(sha256: str) -> int:
    """Return a number that no generation of the digest has had; the caller holds the lock of its preview."""
    highest = Preview.objects.filter(sha256=sha256).aggregate(highest=Max("generation"))["highest"]
    return 0 if highest is None else highest + 1


def leave_generation(preview: Preview) -> None:
    """Give a build that is tried again a generation of its own; what the one before published is swept up.

    Locks and transaction: the caller holds the lock of the preview, and saves it.
    """
    left, started_at = preview.generation, preview.started_at
    preview.generation = next_generation(preview.sha256)
    preview.published, preview.renditions, preview.started_at = [], [], None
    preview.save()
    Preview.objects.create(
        sha256=preview.sha256,
        recipe_version=preview.recipe_version,
        generation=left,
        started_at=started_at,
        state=Preview.State.FAILED,
        reason="The build was begun again.",
    )


def _tell(preview: Preview) -> None:
    """Let every version of the digest show the preview's state."""
    assets.set_preview_state(sha256=preview.sha256, state=preview.state, reason=preview.reason)
    assets.share_facts(sha256=preview.sha256)


def fail_build(job_id: UUID, organization_id: UUID, problem: dict[str, object]) -> None:
    """Note that a build has ended without success, in the transaction and scope that ends its job.

    What needs the whole build to be played is no longer addressed; pictures that were published stay.
    """
    preview = Preview.objects.select_for_update().filter(job_id=job_id).first()
    if preview is None or preview.state in USABLE:
        return
    preview.state = Preview.State.FAILED
    preview.reason = str(problem.get("detail") or problem.get("title") or "The previews could not be built.")
    preview.published = [each for each in preview.published if each.startswith("img/")]
    preview.updated_at = timezone.now()
    preview.save(update_fields=["state", "reason", "published", "updated_at"])
    if preview.is_active:
        assets.set_preview_state(sha256=preview.sha256, state="failed", reason=preview.reason)
        return
    # A quick one that was to be followed stays what there is, and says so; the sweep shall not ask for ever.
    quick = Preview.objects.select_for_update().filter(sha256=preview.sha256, is_active=True).first()
    if quick is not None and LADDER_NAME in quick.withheld:
        quick.withheld, quick.reason = [], f"Only a small picture could be made. {preview.reason}"
        quick.save(update_fields=["withheld", "reason", "updated_at"])
        assets.set_preview_state(sha256=quick.sha256, state=quick.state, reason=quick.reason)
