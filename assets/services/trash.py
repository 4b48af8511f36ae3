"""The trash: an asset rests there with everything that belongs to it, and comes out as it went in."""

from __future__ import annotations

from django.utils import timezone

from assets.errors import Held
from assets.models import Asset
from assets.queries.holds import held_assets
from assets.services.editing import record_asset
from dam.core.access import Actor


def trash_asset(actor: Actor, *, asset: Asset) -> None:
    """Move an asset to the trash; its masters stay where they are. The caller holds the asset's lock.

    Raises:
        Held: it, its project or one of its versions is under a legal hold.
    """
    check_not_held(asset)
    asset.trashed_at, asset.trashed_by = timezone.now(), actor.id
    asset.save(update_fields=["trashed_at", "trashed_by", "updated_at"])
    record_asset(
        actor,
        "asset.deleted",
        asset=asset,
        before={"trashed_at": None},
        after={"trashed_at": asset.trashed_at},
    )


def restore_asset(actor: Actor, *, asset: Asset) -> Asset:
    """Take an asset out of the trash; one that is not there stays as it is. The caller holds its lock."""
    if asset.trashed_at is not None:
        before = {"trashed_at": asset.trashed_at}
        asset.trashed_at = asset.trashed_by = None
        asset.save(update_fields=["trashed_at", "trashed_by", "updated_at"])
        record_asset(
            actor,
            "asset.updated",
            asset=asset,
            verb="asset.restored",
            before=before,
            after={"trashed_at": None},
        )
    return asset


def check_not_held(asset: Asset) -> None:
    """Refuse what a legal hold forbids.

    Raises:
        Held: the asset, its project or one of its versions is under one.
    """
    if held_assets([asset.id]):
        raise Held("The asset, its project or one of its versions is under a legal hold.")
