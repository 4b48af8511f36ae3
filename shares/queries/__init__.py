"""Reads of the room: shares for members, visits for guests, revocations for the edge."""

from shares.queries.documents import access_document, guest_document, public_document, share_document
from shares.queries.links import (
    REVOCATIONS_KEPT,
    accesses_of,
    collection_to_share,
    revoked_since,
    share_for,
    shares_managed_by,
    shares_of_assets,
    unused,
)
from shares.queries.visits import (
    Visit,
    guest_actor,
    has_unlocked,
    holding_of,
    organization_of_token,
    pass_of,
    places_shown,
    share_topic,
    shares_holding,
    visit_of,
)

__all__ = [
    "REVOCATIONS_KEPT",
    "Visit",
    "access_document",
    "accesses_of",
    "collection_to_share",
    "guest_actor",
    "guest_document",
    "has_unlocked",
    "holding_of",
    "organization_of_token",
    "pass_of",
    "places_shown",
    "public_document",
    "revoked_since",
    "share_document",
    "share_for",
    "share_topic",
    "shares_holding",
    "shares_managed_by",
    "shares_of_assets",
    "unused",
    "visit_of",
]
