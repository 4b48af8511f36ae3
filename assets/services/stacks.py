"""Version stacks: an asset becomes a version of another, and a version an asset of its own."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from assets.errors import Held
from assets.models import Asset, CollectionItem, Hold, Sidecar, Version
from assets.services.catalogue import INHERITED, make_head, record_version
from assets.services.editing import record_asset
from assets.services.indexing import index_asset, index_assets, index_fields
from dam.core.access import Actor
from dam.core.errors import Conflict, invalid, unseen

DESCRIBED = ("title", "tags", "fields", "folder")
TOLD = ("title", "tags", "fields")


@transaction.atomic
def attach_asset(actor: Actor, *, asset: Asset, other: Asset) -> Asset:
    """Put the stack of `other` on top of the asset's; its head becomes the head, and `other` is no more.

    Every version keeps its comments, and remembers what its asset said of it, for when it is detached. Collections
    and links that held `other` hold the asset instead; what they had frozen stays frozen.

    Locks and transaction: the caller holds the locks of both assets.

    Raises:
        Invalid: it is the same asset, or one of another project.
        Conflict: both stacks hold the same bytes.
        Held: one of the two is under a legal hold of its own.
    """
    check_no_hold(asset, other)
    _check_attachable(asset, other)
    described = {each: getattr(other, each) for each in DESCRIBED}
    was, gone = _stack(asset), {each: described[each] for each in TOLD} | _stack(other)
    head_id, number = other.current_version_id, _highest(asset)
    for version in other.versions.order_by("number"):
        number += 1
        version.asset, version.number = asset, number
        version.described = version.described or described
        version.save(update_fields=["asset", "number", "described", "updated_at"])
    hold_instead(other, asset)
    make_head(asset, version=asset.versions.get(id__in=[head_id]))
    into = {"asset": str(asset.id)}
    record_asset(actor, "asset.deleted", asset=other, verb="asset.attached", before=gone, after=into)
    other.delete()
    index_asset(asset)
    record_asset(
        actor,
        "asset.updated",
        asset=asset,
        verb="version.attached",
        before=was,
        after=_stack(asset) | {"title": described["title"]},
    )
    return asset


@transaction.atomic
def detach_version(actor: Actor, *, asset: Asset, version: Version) -> Asset:
    """Make a version an asset of its own, described as it was before it was attached, else like its asset.

    Its comments and the links that had frozen it go with it. The newest of the rest becomes the head if it was one.

    Locks and transaction: the caller holds the asset's lock.

    Raises:
        Conflict: it is the only version, or has left this stack meanwhile.
        Held: the asset is under a legal hold of its own.
    """
    check_no_hold(asset)
    if version.asset_id != asset.id:
        raise Conflict("This version has moved to another asset.")
    rest = asset.versions.exclude(id=version.id).order_by("-number").first()
    if rest is None:
        raise Conflict("This is the asset's only version.")
    described, was = version.described or {each: getattr(asset, each) for each in DESCRIBED}, _stack(asset)
    fresh = Asset.objects.create(project_id=asset.project_id, created_by=actor.id, **described)
    version.asset, version.number, version.described = fresh, 1, None
    version.save(update_fields=["asset", "number", "described", "updated_at"])
    CollectionItem.objects.filter(version=version).update(asset=fresh)
    make_head(fresh, version=version)
    index_assets([asset.id, fresh.id])
    index_fields([fresh.id])
    still_head = asset.current_version_id != version.id and asset.current_version
    make_head(asset, version=still_head or rest)
    told = {each: described[each] for each in TOLD}
    record_asset(actor, "asset.created", asset=fresh, after=told | {"detached_from": str(asset.id)})
    record_asset(
        actor,
        "asset.updated",
        asset=asset,
        verb="version.detached",
        before=was,
        after=_stack(asset) | {"asset": str(fresh.id)},
    )
    return fresh


def _stack(asset: Asset) -> dict[str, Any]:
    """Return what the record tells of a stack that changes."""
    return {"current_version": str(asset.current_version_id), "version_count": asset.version_count}


def _check_attachable(asset: Asset, other: Asset) -> None:
    if other.id == asset.id:
        raise invalid("asset", "An asset cannot be a version of itself.")
    if other.project_id != asset.project_id:
        raise invalid("asset", "Both assets must be of one project.")
    held = asset.versions.values_list("sha256", flat=True)
    if other.versions.filter(sha256__in=held).exists():
        raise Conflict(
            "Both assets hold a version with the same bytes; put one of them in the trash instead."
        )


def check_no_hold(*assets: Asset) -> None:
    """A stack that is held stays whole, and an asset that is held stays; holds on versions go with them."""
    if Hold.objects.filter(asset__in=assets).exists():
        raise Held("The asset is under a legal hold: its stack stays as it is.")


def _highest(asset: Asset) -> int:
    return asset.versions.aggregate(highest=Max("number"))["highest"] or 0


def hold_instead(other: Asset, asset: Asset) -> None:
    """Let every collection that holds `other` hold the asset; where both lie in one, the asset's place counts."""
    places = CollectionItem.objects.filter(asset=other)
    places.filter(collection__in=CollectionItem.objects.filter(asset=asset).values("collection")).delete()
    places.update(asset=asset)


@transaction.atomic
def clone_version(actor: Actor, *, asset: Asset, source: Version, name: str | None = None) -> Version:
    """Put another version on top of the stack that repeats one of it: the same bytes, facts and files beside them.

    For another round without another file: comments and approvals begin anew, those of the source stay with it.

    Locks and transaction: the caller holds the asset's lock.

    Raises:
        Invalid: the source is not of this asset.
    """
    if source.asset_id != asset.id:
        raise unseen("version")
    copied = {each: getattr(source, each) for each in (*INHERITED, "master_id", "sha256", "size", "type")}
    version = Version.objects.create(
        asset=asset,
        number=_highest(asset) + 1,
        name=name or source.name,
        created_by=actor.id,
        cloned_from=source.id,
        **copied,
    )
    Sidecar.objects.bulk_create(
        Sidecar(
            version=version,
            master_id=each.master_id,
            source_id=each.source_id,
            kind=each.kind,
            name=each.name,
        )
        for each in source.sidecars.order_by("id")
    )
    make_head(asset, version=version)
    index_assets([asset.id])
    record_version(actor, "version.created", asset=asset, version=version)
    return version
