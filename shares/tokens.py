"""What opens a link: its token, 32 random bytes as text, and its password; only digests are stored."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from typing import NewType

from django.contrib.auth.hashers import check_password, make_password

ShareToken = NewType("ShareToken", str)


def new_token() -> ShareToken:
    """Return a fresh share token: 43 url-safe characters."""
    return ShareToken(secrets.token_urlsafe(32))


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256 (256 random bits need no slow hash)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def password_hash(password: str | None) -> str:
    """Return what is stored of a password, empty for none; which of Unicode's spellings it came in is forgotten.

    Source: RFC 8265 section 4.2.2 (NFC).
    """
    return make_password(unicodedata.normalize("NFC", password)) if password else ""


def is_password(password: str, stored: str) -> bool:
    """Tell whether a password is the stored one; links of earlier releases hold theirs as it was typed."""
    spellings = dict.fromkeys((unicodedata.normalize("NFC", password), password))
    return any(check_password(each, stored) for each in spellings)
