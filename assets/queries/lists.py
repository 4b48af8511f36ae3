"""Lists: what an actor sees, narrowed by what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from assets.models import Asset, Collection, CollectionItem, Sidecar, Version
from assets.queries.loaders import assets_in_share, items_in_share
from dam.core.access import Actor
from dam.core.tenancy import current_organization
from orgs.models import Project

SORTS = ("created_at", "-created_at", "title", "-title", "size", "-size")


def visible_assets(actor: Actor, *, trashed: bool = False) -> QuerySet[Asset]:
    """Return the assets of the organisation in scope that the actor sees, without an order."""
    if actor.share is not None:
        return assets_in_share(actor.share)
    rows = Asset.objects.filter(trashed_at__isnull=not trashed)
    if actor.kind == "system":
        return rows
    # Only projects of this organisation: a list that names foreign ones makes the planner walk every asset.
    seen = actor.visible_projects(current_organization())
    return rows if seen is None else rows.filter(project_id__in=seen)


def projects_of_client(client_id: UUID) -> list[UUID]:
    """Return the projects of a client of the organisation in scope."""
    return list(Project.objects.filter(client_id=client_id).values_list("id", flat=True))


def _with_heads(rows: QuerySet[Asset]) -> QuerySet[Asset]:
    """Let assets carry their heads, without what a probe wrote down at length."""
    return rows.select_related("current_version").defer("current_version__meta", "current_version__color")


def versions_of(asset_ids: Iterable[UUID]) -> QuerySet[Version]:
    """Return the versions of assets with their masters, without an order."""
    return Version.objects.filter(asset_id__in=asset_ids).select_related("master")


def sidecars_of(version: Version) -> QuerySet[Sidecar]:
    """Return the files that stand beside a version with their masters, without an order."""
    return Sidecar.objects.filter(version_id=version.id).select_related("master")


def visible_versions(actor: Actor, version_ids: Sequence[UUID]) -> list[Version]:
    """Return those of the named versions that the actor sees, with their assets, in one query."""
    rows = Version.objects.filter(id__in=version_ids, asset__trashed_at=None).select_related("asset")
    if actor.share is None:
        seen = None if actor.kind == "system" else actor.visible_projects(current_organization())
        return list(rows if seen is None else rows.filter(asset__project_id__in=seen))
    frozen = dict(items_in_share(actor.share).values_list("asset_id", "version_id"))
    return [
        each
        for each in rows
        if each.asset_id in frozen and each.id == (frozen[each.asset_id] or each.asset.current_version_id)
    ]


def heads(actor: Actor, asset_ids: Sequence[UUID]) -> dict[UUID, Version]:
    """Return the version that the actor sees of each asset: the head, or the one a share has frozen."""
    if actor.share is not None:
        items = items_in_share(actor.share).filter(asset_id__in=asset_ids)
        items = items.select_related("version", "asset__current_version").defer(
            "version__meta", "version__color", "asset__current_version__meta", "asset__current_version__color"
        )
        shown = ((each.asset_id, each.version or each.asset.current_version) for each in items)
        return {asset_id: version for asset_id, version in shown if version is not None}
    rows = Asset.objects.filter(id__in=asset_ids, current_version__isnull=False)
    return {each.id: each.current_version for each in _with_heads(rows)}  # type: ignore[misc]  # filtered


def visible_collections(actor: Actor, *, project_id: UUID | None = None) -> QuerySet[Collection]:
    """Return the collections that people see, with `asset_count`, without an order."""
    rows = Collection.objects.exclude(kind=Collection.CollectionKind.FROZEN)
    seen = actor.visible_projects(current_organization())
    if seen is not None:
        rows = rows.filter(project_id__in=seen)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    # Counted row by row, so that a page counts what it shows and not everything before its limit.
    held = CollectionItem.objects.filter(collection_id=OuterRef("id"), asset__trashed_at=None).order_by()
    counted = held.values("collection_id").annotate(number=Count("id")).values("number")
    return rows.annotate(asset_count=Coalesce(Subquery(counted), 0))


def collection_assets(collection_id: UUID) -> QuerySet[Asset]:
    """Return what a collection holds and is not in the trash, without an order."""
    items = CollectionItem.objects.filter(collection_id=collection_id)
    return Asset.objects.filter(id__in=items.values("asset_id"), trashed_at=None)
