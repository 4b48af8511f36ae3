"""Two assets that hold the same bytes become one."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from assets.models import Asset, CollectionItem
from assets.services.catalogue import make_head
from assets.services.editing import record_asset
from assets.services.indexing import index_assets
from assets.services.stacks import DESCRIBED, check_no_hold, hold_instead
from assets.services.trash import trash_asset
from dam.core.access import Actor
from dam.core.errors import Conflict


@transaction.atomic
def absorb_asset(actor: Actor, *, asset: Asset, other: Asset) -> Asset:
    """Put on top of the asset's stack what only `other` holds; `other` goes to the trash with the bytes both hold.

    Collections and links that held `other` hold the asset instead, and what they had frozen of it is frozen of the
    asset. What was said about bytes that both hold stays with the copy in the trash, and comes back with it.

    Locks and transaction: the caller holds the locks of both assets.

    Raises:
        Conflict: they are one asset, or of two projects.
        Held: one of the two is under a legal hold of its own, or what is left of `other` is held.
    """
    if asset.id == other.id or asset.project_id != other.project_id:
        raise Conflict("Only two assets of one project become one.")
    check_no_hold(asset, other)
    described = {each: getattr(other, each) for each in DESCRIBED}
    number = asset.versions.aggregate(highest=Max("number"))["highest"] or 0
    held = dict(asset.versions.values_list("sha256", "id"))
    twins: dict[UUID, UUID] = {}
    for version in other.versions.order_by("number"):
        if version.sha256 in held:
            twins[version.id] = held[version.sha256]
            continue
        number += 1
        version.asset, version.number = asset, number
        version.described = version.described or described
        version.save(update_fields=["asset", "number", "described", "updated_at"])
    hold_instead(other, asset)
    for mine, theirs in twins.items():
        CollectionItem.objects.filter(asset=asset, version_id=mine).update(version_id=theirs)
    _leave(actor, other)
    make_head(asset, version=asset.versions.get(id__in=[asset.current_version_id]))
    index_assets([asset.id, other.id])
    after = {"version_count": asset.version_count, "from": str(other.id), "title": other.title}
    before = {"version_count": len(held)}
    record_asset(actor, "asset.updated", asset=asset, verb="asset.merged", before=before, after=after)
    return asset


def _leave(actor: Actor, other: Asset) -> None:
    """Let what is left of an asset stand for it, in the trash."""
    rest = other.versions.order_by("-number").first()
    if rest is None:
        raise Conflict("The other asset has moved meanwhile.")
    make_head(other, version=rest)
    trash_asset(actor, asset=other)
