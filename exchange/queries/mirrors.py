"""Mirrors as admins see them, and what a mirror asks of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from activity.models import Event
from assets.models import Asset, FieldDefinition
from dam.core.access import Actor, Permission
from dam.core.errors import NotFound, invalid
from exchange.export.places import check_template, place_of
from exchange.models import Mirror, MirrorEntry
from exchange.queries.batches import records_of
from orgs.queries import require_in_organization

#: Enough to see what a template does.
_PREVIEWED = 8
#: Changes that commit later than others that began after them are looked for once more.
LATE = timedelta(seconds=10)
UNFINISHED = Q(stamp="") | ~Q(old_path="") | Q(is_gone=True)


def mirrors() -> QuerySet[Mirror]:
    """Return the mirrors of the organisation in scope that are not on their way out, without an order."""
    return Mirror.objects.filter(is_ending=False)


def mirror_for(actor: Actor, mirror_id: UUID, permission: Permission, *, lock: bool = False) -> Mirror:
    """Load a mirror of the organisation in scope.

    Raises:
        NotFound: there is none, or it is of a project that the actor does not see.
        Forbidden: the actor is no admin of the organisation.
    """
    rows = mirrors().select_for_update(of=("self",)) if lock else mirrors()
    found = rows.filter(id=mirror_id).first()
    if found is None:
        raise NotFound
    seen = actor.visible_projects(found.organization_id)
    if found.project_id is not None and seen is not None and found.project_id not in seen:
        raise NotFound
    require_in_organization(actor, found.organization_id, permission)
    return found


def mirror_document(row: Mirror) -> dict[str, Any]:
    """Return one mirror."""
    return {
        "id": row.id,
        "organization": row.organization_id,
        "project": row.project_id,
        "name": row.name,
        "template": row.template,
        "content": row.content,
        "root": row.root or None,
        "is_on": row.is_on,
        "job": row.job_id,
        "built_at": row.built_at,
        "fault": row.fault or None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def field_words() -> set[str]:
    """Return the keys of the organisation's custom fields, which templates may name. In scope."""
    return set(FieldDefinition.objects.values_list("key", flat=True))


def mirrors_on() -> list[tuple[UUID, UUID]]:
    """Return every mirror that follows the catalogue, as (id, organisation), through the door that names them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id FROM mirrors_on()")
        return list(cursor.fetchall())


def changed_since(moment: datetime | None) -> QuerySet[Event]:
    """Return the events about assets since a moment, without an order. In scope."""
    rows = Event.objects.filter(asset_id__isnull=False)
    return rows if moment is None else rows.filter(created_at__gt=moment)


def changes_for(mirror: Mirror) -> QuerySet[Event]:
    """Return the events since a mirror last looked that may change it, without an order. In scope.

    A project's mirror minds the assets that are in the project, and those that it has places for: they may have left.
    """
    rows = changed_since(mirror.seen_until)
    if mirror.project_id is None:
        return rows
    inside = Asset.objects.filter(id=OuterRef("asset_id"), project_id=mirror.project_id)
    placed = MirrorEntry.objects.filter(mirror_id=mirror.id, asset_id=OuterRef("asset_id"))
    return rows.filter(Exists(inside) | Exists(placed))


def newest_change(mirror: Mirror) -> datetime | None:
    """Return when the catalogue last changed since a mirror looked; None where it did not. In scope."""
    newest: datetime | None = changed_since(mirror.seen_until).aggregate(newest=Max("created_at"))["newest"]
    return newest


def looked_until(newest: datetime) -> datetime:
    """Return from when on a mirror looks again that has gone over all up to `newest`."""
    return min(newest, timezone.now() - LATE)


def mirrored_records(mirror: Mirror, asset_ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Return the records of those assets that belong into the mirror. In scope."""
    rows = Asset.objects.filter(id__in=asset_ids, trashed_at=None, current_version__isnull=False)
    if mirror.project_id is not None:
        rows = rows.filter(project_id=mirror.project_id)
    return records_of(list(rows.values_list("id", flat=True)))


def assets_after(mirror: Mirror, after: UUID | None, *, most: int) -> list[UUID]:
    """Return the next ids of the assets that a whole build visits. In scope."""
    rows = Asset.objects.filter(trashed_at=None)
    if mirror.project_id is not None:
        rows = rows.filter(project_id=mirror.project_id)
    rows = rows if after is None else rows.filter(id__gt=after)
    return list(rows.order_by("id").values_list("id", flat=True)[:most])


def entries_after(mirror: Mirror, after: UUID | None, *, most: int) -> list[MirrorEntry]:
    """Return the next entries of a mirror, in the order of their ids. In scope."""
    rows = MirrorEntry.objects.filter(mirror_id=mirror.id)
    rows = rows if after is None else rows.filter(id__gt=after)
    return list(rows.order_by("id")[:most])


def unfinished(mirror: Mirror) -> Iterator[UUID]:
    """Return the assets whose files are not sure to be as their entries say. In scope."""
    rows = MirrorEntry.objects.filter(UNFINISHED, mirror_id=mirror.id)
    return iter(list(rows.values_list("asset_id", flat=True)[:100_000]))


def preview_places(template: str, *, content: str, project_id: UUID | None) -> list[dict[str, Any]]:
    """Return where the newest assets would lie in a mirror that is not there yet, as `asset`, `title`, `path`. In scope.

    Two that would lie at one place both name it: only a mirror that is there knows which of them got it first.

    Raises:
        Invalid: a template that names what there is not.
    """
    try:
        checked = check_template(template, keys=field_words())
    except ValueError as error:
        raise invalid("template", str(error)) from None
    rows = Asset.objects.filter(trashed_at=None, current_version__isnull=False)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    ids = list(rows.order_by("-created_at", "-id").values_list("id", flat=True)[:_PREVIEWED])
    found = records_of(ids)
    return [
        {
            "asset": each,
            "title": found[each]["title"],
            "path": place_of(checked, found[each], content=content),
        }
        for each in ids
        if each in found
    ]
