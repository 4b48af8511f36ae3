"""Writes of the room."""

from similarity.services.backfill import backfill, request_backfill
from similarity.services.deciding import dismiss_pair, merge_pair
from similarity.services.looking import look, note_preview, note_version

__all__ = [
    "backfill",
    "dismiss_pair",
    "look",
    "merge_pair",
    "note_preview",
    "note_version",
    "request_backfill",
]
