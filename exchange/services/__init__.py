"""Writes of the room."""

from exchange.services.exporting import export
from exchange.services.importing import IMPORT, Order, request_import, run_import
from exchange.services.sidecars import add_sidecar, sidecar_url

__all__ = ["IMPORT", "Order", "add_sidecar", "export", "request_import", "run_import", "sidecar_url"]
