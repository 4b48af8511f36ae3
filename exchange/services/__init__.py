"""Writes of the room."""

from exchange.services.exporting import export

__all__ = ["export"]
