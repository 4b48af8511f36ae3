"""API tokens: 32 random bytes behind a prefix that scanners recognise; only the digest is stored."""

from __future__ import annotations

import hashlib
import secrets

PREFIX = "dam_"


def new_token() -> str:
    """Return a fresh API token: `dam_` and 43 characters."""
    return PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256 (256 random bits need no slow hash)."""
    return hashlib.sha256(token.encode()).digest()
