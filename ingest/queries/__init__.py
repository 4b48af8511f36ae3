"""Reads of the room."""

from ingest.queries.ledger import LedgerDay, LedgerRange, ledger_lines, ledger_page
from ingest.queries.load import load
from ingest.queries.transfers import Period, transfers
from ingest.queries.uploads import (
    Parts,
    gone_of,
    is_open,
    last_manifest,
    parts_in_store,
    received_parts,
    upload_for,
    upload_in_body,
)

__all__ = [
    "LedgerDay",
    "LedgerRange",
    "Parts",
    "Period",
    "gone_of",
    "is_open",
    "last_manifest",
    "ledger_lines",
    "ledger_page",
    "load",
    "parts_in_store",
    "received_parts",
    "transfers",
    "upload_for",
    "upload_in_body",
]
