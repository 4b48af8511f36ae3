"""Playing: what is looked at is kept, goes first while it is being made, and is made again where it has gone."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from assets.models import Version
from dam.core import tenancy
from dam.core.access import Actor
from jobs import services as jobs
from jobs.models import Job, Priority
from jobs.queries import wait_of
from jobs.services import JobRun
from previews import queries
from previews.media.recipes import LADDER_NAME
from previews.models import Preview
from previews.services.requests import USABLE, request_build
from previews.services.sweeping import GONE, forget, is_there

CHECK_KIND = "preview-check"
NOTED_EVERY, CHECKED_EVERY = timedelta(hours=1), timedelta(hours=6)
#: A player that meets holes asks again and again; one look in this time is enough.
LOOKED_AGAIN_S = 30
#: Before a build has told anything, a file of which nothing is known is thought to take as long.
UNKNOWN_S = 60.0
#: From this share of a build on, what it took so far tells more than what was expected.
TELLING = 0.3


def play(actor: Actor, version: Version, *, is_missing: bool = False) -> dict[str, Any]:
    """Return the playback document of a version that somebody looks at now.

    With `is_missing` the player has met files that are not there.

    Locks and transaction: in scope; storage is never asked here.
    """
    preview = look_at(actor, version, is_missing=is_missing)
    document = queries.playback_document(actor, version, preview=preview)
    making = _making(_under_way(preview)) if preview.state != Preview.State.READY else None
    return document | (asdict(making) if making else {})


def look_at(actor: Actor, version: Version, *, is_missing: bool = False) -> Preview:
    """Return the preview of a version that somebody looks at now, and see to it that there will be one.

    What was dropped or never made is asked for, once; that it was played is noted once an hour; a worker looks
    now and then whether the files are still there.

    Locks and transaction: in scope, in the caller's transaction.
    """
    preview = queries.previews_of([version.sha256]).get(version.sha256)
    if preview is None or preview.state == Preview.State.NONE:
        return _ask_for(version, actor=actor)
    if preview.state != version.preview_state:
        # The version was read a moment before somebody else's build began or ended.
        version.refresh_from_db(fields=["preview_state", "preview_reason"])
    if preview.state in USABLE:
        _note(preview)
        _have_checked(preview, version=version, is_missing=is_missing)
    return preview


def _ask_for(version: Version, *, actor: Actor) -> Preview:
    request_build(
        sha256=version.sha256,
        version_id=version.id,
        project_id=version.asset.project_id,
        actor_id=actor.id,
        priority=Priority.WATCHED,
    )
    version.refresh_from_db(fields=["preview_state", "preview_reason"])
    return queries.previews_of([version.sha256])[version.sha256]


def _note(preview: Preview) -> None:
    if preview.played_at < timezone.now() - NOTED_EVERY:
        Preview.objects.filter(id=preview.id).update(played_at=Now())


def _have_checked(preview: Preview, *, version: Version, is_missing: bool) -> None:
    """Have storage asked by a worker whether the files are there, now and then or because a player says no."""
    if not is_missing and preview.checked_at > timezone.now() - CHECKED_EVERY:
        return
    turn = LOOKED_AGAIN_S if is_missing else CHECKED_EVERY.total_seconds()
    jobs.enqueue(
        kind=CHECK_KIND,
        project_id=version.asset.project_id,
        version_id=version.id,
        payload={"preview": str(preview.id)},
        idem_key=f"{preview.id}:{int(time.time() // turn)}:{int(turn)}",
        queue="short",
        priority=Priority.WATCHED if is_missing else Priority.USUAL,
        created_by=None,
    )


def check(run: JobRun) -> dict[str, Any]:
    """Ask storage for what previews cannot do without; where it is gone, have them made again, at once."""
    with tenancy.scope(run.organization_id):
        preview = Preview.objects.filter(id=run.payload["preview"]).first()
    if preview is None or is_there(preview):
        return {"missing": False}
    with tenancy.scope(run.organization_id):
        if forget(preview, reason=GONE) and run.version_id and run.project_id:
            request_build(
                sha256=preview.sha256,
                version_id=run.version_id,
                project_id=run.project_id,
                actor_id=None,
                priority=Priority.WATCHED,
            )
    return {"missing": True}


def _under_way(preview: Preview) -> Preview | None:
    """Return the generation that is being built: this one, or the ladder that follows its small rung."""
    if preview.state == Preview.State.BUILDING:
        return preview
    if LADDER_NAME not in preview.withheld:
        return None
    following = Preview.objects.filter(sha256=preview.sha256, is_active=False, state=Preview.State.BUILDING)
    return following.first()


def _making(preview: Preview | None) -> queries.Making | None:
    """Tell how far the build is and how long it will take; it goes first now, since somebody looks."""
    job = Job.objects.filter(id=preview.job_id).first() if preview is not None and preview.job_id else None
    if preview is None or job is None:
        return None
    expected_s = job.expected_s or UNKNOWN_S
    if job.state == "queued":
        if job.priority > Priority.WATCHED:
            jobs.hasten(job.id)
        wait = wait_of(job.id, usual_s=UNKNOWN_S)
        left_s = expected_s + (wait.seconds if wait else 0.0)
        return queries.Making(
            0.0, [], estimate_s=max(1, round(left_s)), queue_position=wait.jobs if wait else 0
        )
    left_s = expected_s * (1 - job.progress)
    if job.progress >= TELLING and preview.started_at is not None:
        left_s = (timezone.now() - preview.started_at).total_seconds() * (1 - job.progress) / job.progress
    return queries.Making(job.progress, job.renditions, estimate_s=max(1, round(left_s)), queue_position=None)
