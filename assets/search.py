"""Reading what people type into the search box: plain words, to be found in titles."""

from __future__ import annotations

import unicodedata

MAX_WORDS = 16


def words(text: str) -> list[str]:
    """Return the words of a search, in their composed form; at most `MAX_WORDS`, later ones are dropped."""
    return unicodedata.normalize("NFC", text).split()[:MAX_WORDS]
