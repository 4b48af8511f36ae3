"""Reads of the room."""

from exchange.queries.batches import field_keys, records
from exchange.queries.sidecars import sidecar_for

__all__ = ["field_keys", "records", "sidecar_for"]
