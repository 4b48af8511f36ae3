"""Share tokens: 32 random bytes as text; only the digest is stored."""

from __future__ import annotations

import hashlib
import secrets
from typing import NewType

ShareToken = NewType("ShareToken", str)


def new_token() -> ShareToken:
    """Return a fresh share token: 43 url-safe characters."""
    return ShareToken(secrets.token_urlsafe(32))


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256 (256 random bits need no slow hash)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
