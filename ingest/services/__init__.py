"""Writes of the room."""

from ingest.services.janitor import sweep, sweep_strays
from ingest.services.promotion import PROMOTE, promote, return_upload
from ingest.services.requests import Mapping, request_promotion
from ingest.services.uploads import NewUpload, abort_upload, complete_upload, open_upload, sign_parts

__all__ = [
    "PROMOTE",
    "Mapping",
    "NewUpload",
    "abort_upload",
    "complete_upload",
    "open_upload",
    "promote",
    "request_promotion",
    "return_upload",
    "sign_parts",
    "sweep",
    "sweep_strays",
]
