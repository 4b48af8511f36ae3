"""Purging: an asset leaves the catalogue for good, at once; its bytes follow by a job, as locks and holds permit."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from assets.errors import Held, NotInTrash
from assets.models import Asset, Master, Sidecar, Version
from assets.queries.holds import used_masters
from assets.services.editing import record_asset
from assets.services.holds import enter_project
from assets.services.trash import check_not_held
from dam.core import registry, tenancy
from dam.core.access import SYSTEM, Actor
from dam.core.db import new_id
from dam.core.guard import guard
from jobs import services as jobs
from jobs.models import Job, State
from orgs.models import Organization
from orgs.queries import days_in_trash

logger = logging.getLogger(__name__)
PURGE = "purge"
BATCH = 200


def purge_asset(actor: Actor, *, asset: Asset) -> Job:
    """Take an asset out of the trash for good, with all that was said of it; returns the job that removes the bytes.

    Bytes that another asset of the organisation has stay, and so do their previews. The record stays too.

    Locks and transaction: in scope, in the caller's transaction; the caller holds the asset's lock.

    Raises:
        NotInTrash: it does not lie in the trash.
        Held: it, its project or one of its versions is under a legal hold.
    """
    if asset.trashed_at is None:
        raise NotInTrash
    enter_project(asset.project_id)
    check_not_held(asset)
    versions = list(asset.versions.order_by("number"))
    masters = _lock_masters([each.id for each in versions])
    told = _told(asset, versions)
    registry.purge(actor, [each.id for each in versions])
    identity = asset.id
    asset.delete()
    asset.id = identity
    released = _release(masters)
    was_building = _cancel_work(actor, versions, {each.sha256 for each in released})
    record_asset(actor, "asset.deleted", asset=asset, verb="asset.purged", before=told)
    return queue_purge(masters, asset=asset, actor_id=actor.id, was_building=was_building)


def release_masters(master_ids: Collection[UUID], *, actor_id: UUID | None) -> Job | None:
    """Let go of bytes from which something was taken away: what nothing has any more is queued for the purger.

    Returns the job that removes them; None where others have all of them.

    Locks and transaction: in scope, in the transaction that takes the rows away; locks the masters.
    """
    masters = list(Master.objects.select_for_update().filter(id__in=master_ids).order_by("id"))
    released = _release(masters)
    return queue_purge(released, actor_id=actor_id) if released else None


def queue_purge(
    masters: Sequence[Master],
    *,
    asset: Asset | None = None,
    actor_id: UUID | None = None,
    was_building: bool = False,
) -> Job:
    """Queue the job that removes what is released of these masters; in the caller's transaction."""
    job, _ = jobs.enqueue(
        kind=PURGE,
        project_id=asset.project_id if asset else None,
        version_id=None,
        payload={
            "asset": str(asset.id) if asset else None,
            "digests": [{"sha256": each.sha256, "size": each.size} for each in masters],
            "was_building": was_building,
        },
        idem_key=str(asset.id if asset else new_id()),
        queue="short",
        created_by=actor_id,
    )
    return job


def empty_trash() -> int:
    """Purge what has lain in the trash for its organisation's days; returns how many assets were looked at.

    Locks and transaction: outside any; one transaction an asset, in its organisation's scope.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id FROM trash_overdue(%s, %s)", [settings.TRASH_DAYS, BATCH])
        due: list[tuple[UUID, UUID]] = cursor.fetchall()
    for asset_id, organization_id in due:
        with (
            guard("trash.purge_failed", expected=(Held, NotInTrash), asset_id=asset_id),
            tenancy.scope(organization_id),
        ):
            days = days_in_trash(Organization.objects.get(id=organization_id))
            rows = Asset.objects.select_for_update(skip_locked=True)
            before = timezone.now() - timedelta(days=days)
            asset = rows.filter(id=asset_id, trashed_at__lt=before).first()
            if asset is not None:
                purge_asset(SYSTEM, asset=asset)
    return len(due)


def _lock_masters(version_ids: Collection[UUID]) -> list[Master]:
    """Lock what the versions and the files beside them have, so that of two who purge one is the last to have it."""
    of_versions = Version.objects.filter(id__in=version_ids).values_list("master_id")
    beside = Sidecar.objects.filter(version_id__in=version_ids).values_list("master_id")
    ids = [row[0] for row in of_versions.union(beside)]
    return list(Master.objects.select_for_update().filter(id__in=ids).order_by("id"))


def _release(masters: Sequence[Master]) -> list[Master]:
    """Mark those that nothing of the catalogue has any more: they wait for the purger."""
    used = used_masters([each.id for each in masters])
    free = [each for each in masters if each.id not in used]
    now = timezone.now()
    Master.objects.filter(id__in=[each.id for each in free]).update(released_at=now, updated_at=now)
    return free


def _cancel_work(actor: Actor, versions: Sequence[Version], digests: Collection[str]) -> bool:
    """Cancel what is still being made of bytes that go; tells whether a worker was at it."""
    ids = [each.id for each in versions if each.sha256 in digests]
    open_jobs = Job.objects.select_for_update().filter(
        version_id__in=ids, state__in=[State.QUEUED, State.RUNNING]
    )
    was_building = False
    for each in open_jobs.order_by("id"):
        was_building |= each.state == State.RUNNING
        jobs.cancel(each, actor=actor)
    return was_building


def _told(asset: Asset, versions: Sequence[Version]) -> dict[str, Any]:
    """Return what the record keeps of an asset that goes."""
    return {
        "title": asset.title,
        "tags": asset.tags,
        "fields": asset.fields,
        "trashed_at": asset.trashed_at,
        "versions": [
            {
                "id": each.id,
                "number": each.number,
                "name": each.name,
                "sha256": each.sha256,
                "size": each.size,
            }
            for each in versions
        ],
    }
