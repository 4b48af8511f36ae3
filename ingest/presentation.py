"""The documents of uploads, as the contract writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dam.core.storage import Part
from ingest.multipart import SignedPart

if TYPE_CHECKING:
    from ingest.models import Upload


def opened(upload: Upload) -> dict[str, Any]:
    """Return what a client needs to begin."""
    return {
        "id": upload.id,
        "state": upload.state,
        "staging_key": upload.staging_key,
        "part_size": upload.part_size,
        "part_count": upload.part_count,
        "expires_at": upload.expires_at,
    }


def upload(row: Upload, received: Iterable[Part]) -> dict[str, Any]:
    """Return an upload with the parts received so far."""
    return opened(row) | {
        "received": [{"number": each.number, "size": each.size, "etag": each.etag} for each in received],
        "project": row.project_id,
        "asset": row.asset_id,
        "name": row.name,
        "folder": row.folder,
        "size": row.size,
        "type": row.content_type,
        "sha256": row.sha256 or None,
        "job": row.job_id,
        "version": row.version_id,
        "created_at": row.created_at,
    }


def signed(parts: Sequence[SignedPart]) -> list[dict[str, Any]]:
    """Return addresses for parts."""
    return [{"number": each.number, "size": each.size, "url": each.url} for each in parts]
