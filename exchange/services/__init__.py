"""Writes of the room."""

from exchange.services.exporting import export
from exchange.services.importing import IMPORT, Order, request_import, run_import

__all__ = ["IMPORT", "Order", "export", "request_import", "run_import"]
