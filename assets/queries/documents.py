"""The documents of the contract: asset rows, assets, versions, collections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assets.models import FACTS, Asset, Collection, Sidecar, Version
from assets.queries.lists import collection_assets, heads, versions_of
from dam.core.access import Actor
from dam.core.registry import extensions

THUMBNAIL = ("thumbnail", "storyboard")


_OF_VERSIONS = (
    "number",
    "sha256",
    "size",
    "name",
    "type",
    "kind",
    *FACTS,
    "preview_state",
    "cloned_from",
)


def asset_rows(actor: Actor, assets: Sequence[Asset], *, include: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return a page of asset rows, with what upper rooms add; a constant number of queries.

    Members' assets must carry `current_version` (`select_related`); guests see the version that their share
    shows, and no `fields`.
    """
    ids = [each.id for each in assets]
    names = ["comment_count", *(THUMBNAIL if "thumbnail" in include else ())]
    added = extensions("asset", actor, ids, names=names)
    shown = heads(actor, ids) if actor.share is not None else {}
    rows = []
    for each in assets:
        version = shown.get(each.id) if actor.share is not None else each.current_version
        row = _row(each, version) | added[each.id]
        row["comment_count"] = row.get("comment_count") or 0
        if actor.share is not None:
            row |= {"kind": version.kind, "size": version.size} if version else {}
            row["version_count"] = 1
            del row["fields"]
        rows.append(row)
    return rows


def asset_document(actor: Actor, asset: Asset, *, include: Sequence[str] = ()) -> dict[str, Any]:
    """Return one asset: its row with `versions`, newest first, and `shares`."""
    versions = list(versions_of([asset.id]).order_by("-number"))
    for each in versions:
        if each.id == asset.current_version_id:
            asset.current_version = each  # so that the row does not ask for it once more
    row = asset_rows(actor, [asset], include=include)[0]
    added = extensions("asset", actor, [asset.id], names=["shares"])[asset.id]
    row["versions"] = [version_document(each) for each in versions]
    row["shares"] = added.get("shares") or []
    return row


def _row(asset: Asset, version: Version | None) -> dict[str, Any]:
    return {
        "id": asset.id,
        "project": asset.project_id,
        "title": asset.title,
        "kind": asset.kind,
        "tags": asset.tags,
        "fields": asset.fields,
        "size": asset.size,
        "duration": version.duration if version else None,
        "version_count": asset.version_count,
        "comment_count": 0,
        "approval": approval_document(version),
        "current_version": None
        if version is None
        else {
            "id": version.id,
            "number": version.number,
            "sha256": version.sha256,
            "preview_state": version.preview_state,
        },
        "created_at": asset.created_at,
        "updated_at": asset.updated_at,
    }


def approval_document(version: Version | None) -> dict[str, Any]:
    """Return what stands of the decisions on a version; on none, nothing is decided."""
    if version is None:
        return {"state": "none", "approved": 0, "changes_requested": 0}
    return {
        "state": version.approval,
        "approved": version.approved,
        "changes_requested": version.changes_requested,
    }


def version_document(version: Version) -> dict[str, Any]:
    """Return one version; it must carry its master (`select_related`)."""
    return {
        "id": version.id,
        "asset": version.asset_id,
        **{name: getattr(version, name) for name in _OF_VERSIONS},
        "approval": approval_document(version),
        "held": version.master.held_at is not None,
        "locked_until": version.master.locked_until,
        "created_at": version.created_at,
    }


def sidecar_document(sidecar: Sidecar) -> dict[str, Any]:
    """Return one sidecar; it must carry its master (`select_related`)."""
    return {
        "id": sidecar.id,
        "kind": sidecar.kind,
        "name": sidecar.name,
        "sha256": sidecar.master.sha256,
        "size": sidecar.master.size,
        "source_version": sidecar.source_id,
        "created_at": sidecar.created_at,
    }


def collection_document(collection: Collection) -> dict[str, Any]:
    """Return one collection; a list's rows carry their `asset_count`, a single one is counted here."""
    asset_count = getattr(collection, "asset_count", None)
    return {
        "id": collection.id,
        "project": collection.project_id,
        "name": collection.name,
        "kind": collection.kind,
        "query": collection.query,
        "parent": collection.parent_id,
        "asset_count": collection_assets(collection.id).count() if asset_count is None else asset_count,
        "created_at": collection.created_at,
        "updated_at": collection.updated_at,
    }
