"""Writes of the room: what happened, its numbers, and what the sockets are told."""

from activity.services.feed import number_events, publish_numbered
from activity.services.forgetting import forget_old
from activity.services.recording import (
    Line,
    announce,
    is_told_singly,
    record,
    record_many,
    tell_to_fetch_anew,
)
from activity.services.share_feed import keep_listening, listen_as_guest

__all__ = [
    "Line",
    "announce",
    "forget_old",
    "is_told_singly",
    "keep_listening",
    "listen_as_guest",
    "number_events",
    "publish_numbered",
    "record",
    "record_many",
    "tell_to_fetch_anew",
]
