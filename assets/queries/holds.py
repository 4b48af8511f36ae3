"""What is under a legal hold: a version by its own hold, its asset's or its project's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from assets.models import Asset, Hold, Master, Sidecar, Version
from orgs.models import Project

#: What a hold can be set on.
Place = Project | Asset | Version


def held_assets(asset_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these assets nobody may trash or purge: they, their project or one of their versions is held.

    One query, whatever the number of assets.
    """
    of_versions = Hold.objects.filter(version__asset=OuterRef("id"))
    held = (
        Exists(Hold.objects.filter(asset=OuterRef("id")))
        | Exists(Hold.objects.filter(project=OuterRef("project_id")))
        | Exists(of_versions)
    )
    return set(Asset.objects.filter(held, id__in=asset_ids).values_list("id", flat=True))


def held_masters(master_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these masters a held version needs, as its bytes or as a file beside it. Two queries."""
    held = (
        Q(Exists(Hold.objects.filter(version=OuterRef("id"))))
        | Q(Exists(Hold.objects.filter(asset=OuterRef("asset_id"))))
        | Q(Exists(Hold.objects.filter(project=OuterRef("asset__project_id"))))
    )
    versions = Version.objects.filter(held)
    found = set(versions.filter(master_id__in=master_ids).values_list("master_id", flat=True))
    beside = Sidecar.objects.filter(master_id__in=master_ids, version__in=versions)
    return found | set(beside.values_list("master_id", flat=True))


def used_masters(master_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these masters anything of the catalogue still has. Two queries."""
    versions = Version.objects.filter(master_id__in=master_ids)
    beside = Sidecar.objects.filter(master_id__in=master_ids)
    found = set(versions.values_list("master_id", flat=True))
    return found | set(beside.values_list("master_id", flat=True))


def masters_of(place: Place, *, after: UUID | None = None, most: int) -> list[UUID]:
    """Return the masters that a place needs, by id and from behind `after`, at most `most` of them."""
    versions, beside = _rows_of(place)
    if after is not None:
        versions, beside = versions.filter(master_id__gt=after), beside.filter(master_id__gt=after)
    found = versions.values_list("master_id").union(beside.values_list("master_id")).order_by("master_id")
    return [row[0] for row in found[:most]]


def _rows_of(place: Place) -> tuple[QuerySet[Version], QuerySet[Sidecar]]:
    """Return the versions of a place and the files beside them."""
    path = {Project: "asset__project_id", Asset: "asset_id", Version: "id"}[type(place)]
    beside = "version_id" if path == "id" else f"version__{path}"
    return Version.objects.filter(**{path: place.id}), Sidecar.objects.filter(**{beside: place.id})


def hold_of(place: Place) -> Hold | None:
    """Return the hold that was set on this very place."""
    return Hold.objects.filter(**{word_of(place): place.id}).first()


def word_of(place: Place) -> str:
    """Return what a place is called: `project`, `asset` or `version`."""
    return {Project: "project", Asset: "asset", Version: "version"}[type(place)]


def place_named(word: str, identity: UUID) -> Place | None:
    """Return the place of such a name and id, None where it is gone."""
    rows: dict[str, Any] = {
        "project": Project.objects,
        "asset": Asset.objects,
        "version": Version.objects.select_related("asset"),
    }
    found: Place | None = rows[word].filter(id=identity).first()
    return found


def hold_document(place: Place, hold: Hold | None, *, job_id: UUID | None = None) -> dict[str, Any]:
    """Return the document of a place's hold.

    `on` speaks of this very place; `held` also of what the place is part of, or holds. `stored` tells how many of
    its masters the store keeps under a hold now, of `masters`.
    """
    versions, beside = _rows_of(place)
    needed = Q(id__in=versions.values("master_id")) | Q(id__in=beside.values("master_id"))
    counts = Master.objects.filter(needed).aggregate(masters=Count("id"), stored=Count("held_at"))
    return {
        "on": hold is not None,
        "held": hold is not None or _is_held_otherwise(place),
        "reason": hold.reason if hold else "",
        "set_by": hold.set_by if hold else None,
        "set_at": hold.created_at if hold else None,
        **counts,
        "job": job_id,
    }


def _is_held_otherwise(place: Place) -> bool:
    if isinstance(place, Project):
        return False
    if isinstance(place, Asset):
        return place.id in held_assets([place.id])
    return Hold.objects.filter(Q(asset=place.asset_id) | Q(project=place.asset.project_id)).exists()
