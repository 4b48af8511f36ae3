"""Writes of the room."""

from ingest.services.janitor import sweep, sweep_strays
from ingest.services.ledger import keep_ledger, write_lines
from ingest.services.promotion import PROMOTE, promote, return_upload
from ingest.services.purging import purge, sweep_released
from ingest.services.requests import Mapping, request_promotion
from ingest.services.uploads import NewUpload, abort_upload, complete_upload, open_upload, sign_parts
from ingest.services.verification import Report, verify

__all__ = [
    "PROMOTE",
    "Mapping",
    "NewUpload",
    "Report",
    "abort_upload",
    "complete_upload",
    "keep_ledger",
    "open_upload",
    "promote",
    "purge",
    "request_promotion",
    "return_upload",
    "sign_parts",
    "sweep",
    "sweep_released",
    "sweep_strays",
    "verify",
    "write_lines",
]
