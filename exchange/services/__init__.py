"""Writes of the room."""

from exchange.services.exporting import export
from exchange.services.handing_over import check_export, export_url, perform_export, sweep_exports
from exchange.services.importing import IMPORT, Order, request_import, run_import
from exchange.services.mirroring.defining import (
    create_mirror,
    delete_mirror,
    edit_mirror,
    rebuild_mirrors,
    request_build,
    sweep_mirrors,
)
from exchange.services.mirroring.syncing import run_mirror
from exchange.services.sidecars import add_sidecar, sidecar_url
from exchange.services.watching import tell_of_ended_import

__all__ = [
    "IMPORT",
    "Order",
    "add_sidecar",
    "check_export",
    "create_mirror",
    "delete_mirror",
    "edit_mirror",
    "export",
    "export_url",
    "perform_export",
    "rebuild_mirrors",
    "request_build",
    "request_import",
    "run_import",
    "run_mirror",
    "sidecar_url",
    "sweep_exports",
    "sweep_mirrors",
    "tell_of_ended_import",
]
