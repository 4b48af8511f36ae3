"""Reads of the room."""

from exchange.queries.batches import field_keys, records
from exchange.queries.mirrors import mirror_document, mirror_for, mirrors, preview_places
from exchange.queries.sidecars import sidecar_for

__all__ = [
    "field_keys",
    "mirror_document",
    "mirror_for",
    "mirrors",
    "preview_places",
    "records",
    "sidecar_for",
]
