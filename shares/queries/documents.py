"""The documents of the room, as the contract writes them."""

from __future__ import annotations

from typing import Any

from orgs.models import Guest
from shares import marks
from shares.models import Share, ShareAccess


def share_document(share: Share) -> dict[str, Any]:
    """Return a share for members; never its token, never its password."""
    return {
        "id": share.id,
        "project": share.project_id,
        "collection": share.collection_id,
        "name": share.name,
        "versions": share.versions,
        "has_password": bool(share.password),
        "expires_at": share.expires_at,
        "max_views": share.max_views,
        "view_count": share.view_count,
        "allow_download": share.allow_download,
        "allow_comments": share.allow_comments,
        "watermark": marks.document(share.watermark),
        "revoked_at": share.revoked_at,
        "created_at": share.created_at,
    }


def guest_document(guest: Guest | None) -> dict[str, Any] | None:
    """Return what a guest is told about the guest."""
    return {"id": guest.id, "name": guest.name} if guest is not None else None


def public_document(share: Share, guest: Guest | None) -> dict[str, Any]:
    """Return a share for guests: nothing of who made it."""
    return {
        "id": share.id,
        "name": share.name,
        "expires_at": share.expires_at,
        "allow_download": share.allow_download,
        "allow_comments": share.allow_comments,
        "watermark": marks.document(share.watermark),
        "guest": guest_document(guest),
    }


def access_document(access: ShareAccess) -> dict[str, Any]:
    """Return one line of a share's log; it must carry its guest (`select_related`)."""
    guest = access.guest
    return {
        "id": access.id,
        "at": access.created_at,
        "ip": access.ip,
        "user_agent": access.user_agent,
        "action": access.action,
        "asset": access.asset_id,
        "version": access.version_id,
        "guest": {"id": guest.id, "name": guest.name, "email": guest.email} if guest is not None else None,
    }
