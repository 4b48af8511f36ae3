"""Reads of the room."""

from ingest.queries.consistency import all_organizations, organization_named
from ingest.queries.load import load
from ingest.queries.uploads import (
    Parts,
    is_open,
    last_manifest,
    parts_in_store,
    received_parts,
    upload_for,
    upload_in_body,
)

__all__ = [
    "Parts",
    "all_organizations",
    "is_open",
    "last_manifest",
    "load",
    "organization_named",
    "parts_in_store",
    "received_parts",
    "upload_for",
    "upload_in_body",
]
