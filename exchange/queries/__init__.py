"""Reads of the room."""

from exchange.queries.batches import field_keys, records

__all__ = ["field_keys", "records"]
