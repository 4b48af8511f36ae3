"""What people do to an asset: describe it, choose its head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activity import services as activity
from assets.models import Asset, Version
from assets.services.catalogue import make_head
from assets.services.field_values import merged_fields
from assets.services.indexing import index_asset, index_fields
from dam.core.access import Actor
from dam.core.errors import Conflict

EDITABLE = ("title", "tags", "fields")


def edit_asset(actor: Actor, *, asset: Asset, changes: Mapping[str, Any]) -> Asset:
    """Write `title`, `tags` or `fields`; what stays the same is no change and no event.

    Of `fields` those are set that are named, null clears one.

    Locks and transaction: the caller holds the asset's lock.

    Raises:
        Invalid: a field that is not defined in the project, or a value that it does not take.
    """
    before = {each: getattr(asset, each) for each in EDITABLE}
    after = before | {name: value for name, value in changes.items() if name in EDITABLE}
    after["fields"] = merged_fields(asset.project_id, asset.fields, changes.get("fields", {}))
    changed = [each for each in EDITABLE if before[each] != after[each]]
    if not changed:
        return asset
    for each in changed:
        setattr(asset, each, after[each])
    asset.save(update_fields=[*changed, "updated_at"])
    index_asset(asset)
    if "fields" in changed:
        index_fields([asset.id])
    record_asset(
        actor,
        "asset.updated",
        asset=asset,
        before={each: before[each] for each in changed},
        after={each: after[each] for each in changed},
    )
    return asset


def promote_version(actor: Actor, *, asset: Asset, version: Version) -> Asset:
    """Make a version the head of its stack. The caller holds the asset's lock.

    Raises:
        Conflict: the version has left this stack meanwhile.
    """
    if version.asset_id != asset.id:
        raise Conflict("This version has moved to another asset.")
    if asset.current_version_id != version.id:
        before = asset.current_version_id
        make_head(asset, version=version)
        record_asset(
            actor,
            "asset.updated",
            asset=asset,
            verb="version.promoted",
            before={"current_version": str(before)},
            after={"current_version": str(version.id)},
        )
    return asset


def record_asset(
    actor: Actor,
    event: str,
    *,
    asset: Asset,
    verb: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one line of the record about an asset, and the live event that tells of it.

    `verb` is the line's own word where the event's is too coarse. In scope, in the transaction of the change.
    """
    activity.record(
        actor,
        verb=verb or event,
        event=event,
        project_id=asset.project_id,
        asset_id=asset.id,
        target_kind="asset",
        target_id=asset.id,
        data=asset_news(asset),
        before=before,
        after=after,
    )


def asset_news(asset: Asset) -> dict[str, Any]:
    """Return what a live event about an asset carries."""
    return {
        "id": str(asset.id),
        "asset": str(asset.id),
        "project": str(asset.project_id),
        "title": asset.title,
    }
