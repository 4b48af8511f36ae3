"""What lists compare of an asset's head stands on the asset itself, and follows the head."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from assets.models import Asset, Version
from dam.core.tenancy import current_organization

#: Column of the asset to what its head says. A frame rate is a fraction as text; anything else is no rate.
FOLLOWED = {
    "name": "head.name",
    "codec": "lower(head.codec)",
    "fps": (
        "CASE WHEN head.frame_rate ~ '^[0-9]{1,9}(/[1-9][0-9]{0,8})?$' THEN "
        "split_part(head.frame_rate, '/', 1)::float8 "
        "/ coalesce(nullif(split_part(head.frame_rate, '/', 2), ''), '1')::float8 END"
    ),
    "duration": "head.duration",
    "width": "head.width",
    "height": "head.height",
    "lines": "least(head.width, head.height)",
    "captured_at": "head.captured_at",
    "preview_state": "head.preview_state",
    "head_sha256": "head.sha256",
    "head_number": "head.number",
    "approval": "head.approval",
    "approved": "head.approved",
    "changes_requested": "head.changes_requested",
}
_COLUMNS, _SAID = ", ".join(FOLLOWED), ", ".join(FOLLOWED.values())
FOLLOW = f"""
    UPDATE assets_asset asset SET ({_COLUMNS}) = ROW ({_SAID})
    FROM assets_version head
    WHERE head.organization_id = asset.organization_id AND head.id = asset.current_version_id
      AND asset.organization_id = %(organization)s AND asset.id = ANY (%(assets)s::uuid[])
      AND ({", ".join(f"asset.{each}" for each in FOLLOWED)}) IS DISTINCT FROM ({_SAID})
"""  # noqa: S608  columns of ours alone; whose they are is bound


def follow_heads(asset_ids: Sequence[UUID]) -> None:
    """Let assets say again what their heads say; one statement, which writes only what differs.

    Locks and transaction: in scope, in the transaction of the change; the caller holds the assets' locks.
    """
    if not asset_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"organization": current_organization(), "assets": list(asset_ids)})


def lock_assets_of(sha256: str) -> list[UUID]:
    """Lock the assets that hold a digest, before its versions are written, and return their ids.

    Locks and transaction: in a transaction, in the order of ids; who locks a version holds its asset's lock already.
    """
    holding = Version.objects.filter(sha256=sha256).values_list("asset_id", flat=True)
    wanted = sorted(set(holding))
    rows = Asset.objects.select_for_update(of=("self",), no_key=True).filter(id__in=wanted).order_by("id")
    return list(rows.values_list("id", flat=True))


def set_approval(version: Version, *, state: str, approved: int, changes_requested: int) -> None:
    """Note what stands of the decisions on a version, as the room of comments counts them.

    Locks and transaction: in scope, in the transaction of the decision; the caller holds the asset's lock.
    """
    version.approval, version.approved, version.changes_requested = state, approved, changes_requested
    version.save(update_fields=["approval", "approved", "changes_requested", "updated_at"])
    follow_heads([version.asset_id])
