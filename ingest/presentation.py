"""The documents of uploads, as the contract writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dam.core.cells import guarded
from dam.core.storage import Part
from ingest.multipart import SignedPart

if TYPE_CHECKING:
    from ingest.models import Upload
    from ingest.queries import LedgerDay

_LEDGER = ("masters", "master_bytes", "preview_bytes", "cost", "remainder", "price", "currency")


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


def ledger_table(lines: Iterable[LedgerDay], *, group: str) -> Iterator[bytes]:
    """Yield the ledger as a table with a heading; what belongs to no project or client has empty cells there."""
    places = {"organization": (), "client": ("client",), "project": ("project", "client")}[group]
    yield _row(["day", *(f"{each}_{what}" for each in places for what in ("id", "name")), *_LEDGER])
    for each in lines:
        told = each.document(group)
        named = [told[place] or {"id": "", "name": ""} for place in places]
        cells = [cell for one in named for cell in (one["id"], guarded(one["name"] or ""))]
        yield _row([told["day"], *cells, *(told[name] for name in _LEDGER)])


def _row(cells: Sequence[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
