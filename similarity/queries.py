"""Reads of the room: pairs that are open, and what stands side by side in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from assets.models import Asset, Version
from assets.queries import lock_assets
from dam.core.access import Actor, Permission, Target, require
from dam.core.errors import NotFound
from dam.core.tenancy import current_organization
from previews.models import Preview
from previews.queries import addresses_of, previews_of
from similarity.models import Pair

THUMBNAIL = "img/300.webp"
_SIDES = ("first", "second")
_LONG = tuple(
    f"{side}__{path}{name}"
    for side in _SIDES
    for path in ("", "asset__current_version__")
    for name in ("meta", "color")
)


def _with_both(rows: QuerySet[Pair]) -> QuerySet[Pair]:
    """Let pairs carry their versions, assets and heads, without what a probe wrote down at length."""
    return rows.select_related(*(f"{side}__asset__current_version" for side in _SIDES)).defer(*_LONG)


def visible_pairs(actor: Actor, *, project_id: UUID | None = None, kind: str | None = None) -> QuerySet[Pair]:
    """Return the open pairs of which the actor sees both assets, without an order.

    Neither asset is in the trash, and near ones are their assets' heads; with `project_id` one of them lies there.
    """
    heads = {f"{side}__asset__current_version_id": F(f"{side}_id") for side in _SIDES}
    rows = Pair.objects.filter(
        Q(kind=Pair.Kind.EXACT) | Q(**heads),
        state=Pair.State.OPEN,
        first__asset__trashed_at=None,
        second__asset__trashed_at=None,
    ).exclude(first__asset_id=F("second__asset_id"))
    seen = actor.visible_projects(current_organization())
    if seen is not None:
        rows = rows.filter(first__asset__project_id__in=seen, second__asset__project_id__in=seen)
    if project_id is not None:
        rows = rows.filter(Q(first__asset__project_id=project_id) | Q(second__asset__project_id=project_id))
    if kind is not None:
        rows = rows.filter(kind=kind)
    return _with_both(rows)


def pair_for(actor: Actor, pair_id: UUID, permission: Permission, *, lock: bool = False) -> Pair:
    """Load a pair with its versions and assets; one whose assets have become one stays to be found.

    Raises:
        NotFound: there is none, an asset of it is in the trash, or the actor does not see both.
        Forbidden: the actor's role does not allow `permission` for both.
    """
    rows = _with_both(Pair.objects.filter(id=pair_id))
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise NotFound
    both = [found.first.asset, found.second.asset]
    kept = [each for each in both if each.trashed_at is None]
    if not kept or (len(kept) < len(both) and found.state != Pair.State.MERGED):
        raise NotFound
    for needed in (Permission.VIEW, permission):
        for each in both:
            require(actor, needed, Target(each.organization_id, each.project_id))
    return found


def locked_pair(actor: Actor, pair_id: UUID, permission: Permission) -> Pair:
    """Load a pair, locked after its assets: the order in which every change of stacks takes its locks.

    Raises:
        NotFound, Forbidden: as `pair_for`.
    """
    found = pair_for(actor, pair_id, permission)
    lock_assets(found.first.asset_id, found.second.asset_id)
    return pair_for(actor, pair_id, permission, lock=True)


def asset_of_merged(pair: Pair) -> Asset:
    """Return the asset that two which were merged have become."""
    both = [pair.first.asset, pair.second.asset]
    return next(each for each in both if each.trashed_at is None)


def pair_rows(actor: Actor, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Return a page of pairs with their assets side by side, the older version first; one query."""
    shown = (
        previews_of([each.sha256 for pair in pairs for each in (pair.first, pair.second)]) if pairs else {}
    )
    return [
        {
            "id": pair.id,
            "kind": pair.kind,
            "score": pair.score,
            "state": pair.state,
            "assets": [_side(actor, each, shown) for each in (pair.first, pair.second)],
            "created_at": pair.created_at,
        }
        for pair in pairs
    ]


def _side(actor: Actor, version: Version, shown: Mapping[str, Preview]) -> dict[str, Any]:
    asset, preview = version.asset, shown.get(version.sha256)
    head = asset.current_version
    return {
        "id": asset.id,
        "project": asset.project_id,
        "title": asset.title,
        "kind": asset.kind,
        "tags": asset.tags,
        "folder": asset.folder,
        "size": asset.size,
        "version_count": asset.version_count,
        "current_version": None
        if head is None
        else {
            "id": head.id,
            "number": head.number,
            "sha256": head.sha256,
            "preview_state": head.preview_state,
        },
        "version": _facts(version),
        "thumbnail": addresses_of(actor, preview).optional(THUMBNAIL, published=preview.published)
        if preview
        else None,
        "created_at": asset.created_at,
        "updated_at": asset.updated_at,
    }


def _facts(version: Version) -> dict[str, Any]:
    names = (
        *("id", "number", "sha256", "name", "size", "type", "duration", "width", "height", "frame_rate"),
        *("codec", "container", "captured_at", "camera", "created_at"),
    )
    return {each: getattr(version, each) for each in names}
