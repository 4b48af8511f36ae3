"""Legal holds: set and released by admins, kept by the store too, whatever becomes of a master's retention.

The row is what the platform goes by; the store's own hold follows it, at once for a few masters, by a job for many.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from activity import services as activity
from assets.errors import HoldRefused
from assets.models import Asset, Hold, Master, Version
from assets.queries.holds import Place, held_masters, hold_of, masters_of, place_named, word_of
from dam.core import failpoints, storage, tenancy
from dam.core.access import Actor
from dam.core.db import new_id
from jobs import services as jobs
from jobs.errors import JobFailed
from jobs.models import Job
from jobs.services import JobRun
from orgs.models import Project

KIND = "hold"
#: The one identity that may: the purger must never release what keeps it away.
IDENTITY = "promoter"
#: So many masters are held while their admin waits, and so many in each step of a job.
AT_ONCE = 20


def await_holds(place: Place) -> None:
    """Wait until nobody else sets or releases a hold in the place's project, nor promotes anything into it.

    Locks and transaction: in scope; kept so until the transaction ends.
    """
    tenancy.take_turn(f"hold:{_project_of(place)}")


def set_hold(actor: Actor, *, place: Place, on: bool, reason: str = "") -> tuple[Hold | None, Job | None]:
    """Set or release the hold of a place; returns it, and the job that brings the store in line where many are held.

    Repeating it records nothing, but has the store asked again.

    Locks and transaction: in scope, in the request's transaction, after `await_holds`.

    Raises:
        HoldRefused: the store does not keep the hold; nothing is changed.
        StorageError: the store is out of reach; nothing is changed.
    """
    project_id = _project_of(place)
    hold = hold_of(place)
    if on and hold is None:
        hold = Hold.objects.create(**{word_of(place): place}, reason=reason, set_by=actor.id)
        _record(actor, place, project_id, after={"reason": reason})
    elif on and hold is not None and hold.reason != reason:
        before, hold.reason = hold.reason, reason
        hold.save(update_fields=["reason", "updated_at"])
        _record(actor, place, project_id, before={"reason": before}, after={"reason": reason})
    elif not on and hold is not None:
        hold.delete()
        _record(actor, place, project_id, before={"reason": hold.reason})
        hold = None
    masters = masters_of(place, most=AT_ONCE + 1)
    if len(masters) > AT_ONCE:
        return hold, _queue({word_of(place): str(place.id)}, project_id, actor.id)
    settle(masters)
    return hold, None


def follow_hold(master: Master, *, project_id: UUID, actor_id: UUID | None) -> None:
    """Have the store hold a master that has come into a held place, by a job of its own.

    Locks and transaction: in the transaction that enters its version; whoever sets a hold on the project waits for it.
    """
    enter_project(project_id)
    if master.held_at is None and held_masters([master.id]):
        _queue({"masters": [str(master.id)]}, project_id, actor_id)


def follow_moves(asset_ids: Collection[UUID], *, actor_id: UUID | None) -> None:
    """Have the store hold what has moved into held projects, by a job of its own for each of them.

    Locks and transaction: in scope, in the transaction that moves the assets.
    """
    moved = Asset.objects.filter(id__in=asset_ids)
    for project_id in moved.values_list("project_id", flat=True).distinct():
        enter_project(project_id)
        if Hold.objects.filter(project_id=project_id).exists():
            versions = Version.objects.filter(asset__in=moved.filter(project_id=project_id))
            masters = {str(each) for each in versions.values_list("master_id", flat=True)}
            _queue({"masters": sorted(masters)}, project_id, actor_id)


def settle(master_ids: Sequence[UUID]) -> int:
    """Bring the store's holds in line with the rows; returns how many were changed.

    Locks and transaction: in scope; locks the masters in the order of their ids while the store is asked.

    Raises:
        HoldRefused: the store does not keep a hold, or has not the bytes.
        StorageError: it is out of reach.
    """
    # Not against versions that come to have these bytes: the store may take its time.
    masters = list(Master.objects.select_for_update(no_key=True).filter(id__in=master_ids).order_by("id"))
    held = held_masters([each.id for each in masters])
    changed = 0
    for each in masters:
        wanted = each.id in held
        if wanted != (each.held_at is not None):
            _put(each, on=wanted)
            each.held_at = timezone.now() if wanted else None
            each.save(update_fields=["held_at", "updated_at"])
            changed += 1
    return changed


def bring_in_line(run: JobRun) -> dict[str, Any]:
    """Bring the store's holds on many masters in line with the rows, step by step; safe to repeat.

    Raises:
        JobFailed: `hold-refused`.
    """
    changed, after = 0, None
    while True:
        run.progress(0)
        with tenancy.scope(run.organization_id):
            step = _next(run.payload, after=after)
            try:
                changed += settle(step)
            except HoldRefused as refused:
                raise JobFailed("hold-refused", refused.detail) from refused
        failpoints.reach("hold:step")
        if len(step) < AT_ONCE:
            return {"changed": changed}
        after = step[-1]


def _next(payload: dict[str, Any], *, after: UUID | None) -> list[UUID]:
    if "masters" in payload:
        named = sorted(UUID(each) for each in payload["masters"])
        return [each for each in named if after is None or each > after][:AT_ONCE]
    [(word, identity)] = payload.items()
    place = place_named(word, UUID(identity))
    return [] if place is None else masters_of(place, after=after, most=AT_ONCE)


def _put(master: Master, *, on: bool) -> None:
    try:
        storage.put_legal_hold(IDENTITY, "masters", master.key, version_id=master.storage_version, on=on)
        found = storage.head(IDENTITY, "masters", master.key, version_id=master.storage_version)
    except (storage.Refused, storage.NotFound) as error:
        raise HoldRefused(f"The file storage refuses the legal hold ({error.reason}).") from error
    except storage.Unavailable as error:
        if error.reason != "NotImplemented":
            raise
        raise HoldRefused("This file storage knows no legal holds.") from error
    if found.held != on:
        raise HoldRefused("The file storage took the legal hold, but does not show it.")


def enter_project(project_id: UUID) -> None:
    """Wait until nobody sets a hold on the project, and keep it so until the transaction ends.

    For what judges by the holds that are there, and would be wrong if one came meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [f"hold:{project_id}"])


def _queue(payload: dict[str, Any], project_id: UUID, actor_id: UUID | None) -> Job:
    job, _ = jobs.enqueue(
        kind=KIND,
        project_id=project_id,
        version_id=None,
        payload=payload,
        idem_key=str(new_id()),
        queue="short",
        created_by=actor_id,
    )
    return job


def _project_of(place: Place) -> UUID:
    match place:
        case Project():
            return place.id
        case Asset():
            return place.project_id
    return place.asset.project_id


def _record(
    actor: Actor,
    place: Place,
    project_id: UUID,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    word = word_of(place)
    asset_id = {"asset": place.id, "version": getattr(place, "asset_id", None)}.get(word)
    verb = "released" if after is None else ("changed" if before else "set")
    activity.record(
        actor,
        verb=f"hold.{verb}",
        project_id=project_id,
        asset_id=asset_id,
        version_id=place.id if word == "version" else None,
        target_kind=word,
        target_id=place.id,
        before=before,
        after=after,
    )
