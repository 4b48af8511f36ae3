"""Writes of the room: asking for work over many assets, doing it, and taking it back."""

from bulk.services.requests import (
    KIND,
    UNDO_KIND,
    Selection,
    judge,
    request_bulk,
    request_retag,
    request_undo,
)
from bulk.services.running import perform, perform_undo, tell_in_the_end

__all__ = [
    "KIND",
    "UNDO_KIND",
    "Selection",
    "judge",
    "perform",
    "perform_undo",
    "request_bulk",
    "request_retag",
    "request_undo",
    "tell_in_the_end",
]
