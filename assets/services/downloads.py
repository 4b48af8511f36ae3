"""Handing out masters, by short-lived addresses of the store."""

from __future__ import annotations

from activity import services as activity
from assets.models import Version
from dam.core import storage
from dam.core.access import Actor

READER = "reader"
EXPIRES_S = 300


def download_url(actor: Actor, *, version: Version) -> str:
    """Return an address of the master's locked bytes, valid for five minutes, and record who asked for it.

    The version must carry asset and master, and the actor must be allowed to download it.
    """
    activity.record(
        actor,
        verb="version.downloaded",
        project_id=version.asset.project_id,
        asset_id=version.asset_id,
        version_id=version.id,
        share_id=actor.share.share_id if actor.share else None,
        target_kind="version",
        target_id=version.id,
    )
    master = version.master
    return storage.presign_get(
        READER,
        "masters",
        master.key,
        version_id=master.storage_version,
        filename=version.name,
        expires_s=EXPIRES_S,
    )
