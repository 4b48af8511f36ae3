"""What a column means, however its heading is spelt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from exchange.export.tables import COLUMNS

FIELD = "field."
#: What an asset is known by, the surest first.
KEYS = ("id", "sha256", "name")
PLAIN = ("title", "tags")
_ALIASES: Mapping[str, str] = {
    "asset": "id",
    "asset_id": "id",
    "uuid": "id",
    "digest": "sha256",
    "sha_256": "sha256",
    "checksum": "sha256",
    "hash": "sha256",
    "file": "name",
    "filename": "name",
    "file_name": "name",
    "original_name": "name",
    "original_filename": "name",
    "original_file_name": "name",
    "tag": "tags",
    "keyword": "tags",
    "keywords": "tags",
}
#: What an export writes and nobody sets: read over, so that an exported table can come back as it is.
_TOLD = frozenset(COLUMNS) - {*KEYS, *PLAIN} | {"current_version", "approval"}


@dataclass(frozen=True)
class FieldName:
    """A custom field as columns may call it."""

    key: str
    name: str


def spelt(heading: str) -> str:
    """Return a heading in the one spelling: case, spaces, dashes and dots say nothing."""
    plain = unicodedata.normalize("NFKC", heading).casefold().strip("\ufeff \t'\"")
    return re.sub(r"[\s\-._/]+", "_", plain).strip("_")


class Columns:
    """What columns mean to one organisation: its fields by key or name, and the catalogue's own words."""

    def __init__(self, fields: Collection[FieldName]) -> None:
        """Learn the organisation's fields."""
        self._keys = {each.key for each in fields}
        self._names = _by_name(fields)
        self._known: dict[str, str | None] = {}

    def meaning(self, heading: str) -> str | None:
        """Return `id`, `sha256`, `name`, `title`, `tags` or `field.KEY`; empty: only told, None: not known."""
        if heading not in self._known:
            self._known[heading] = self._meaning(spelt(heading))
        return self._known[heading]

    def _meaning(self, word: str) -> str | None:
        for prefix in ("field_", "fields_"):
            key = word.removeprefix(prefix)
            if key != word and key in self._keys:
                return FIELD + key
        if word in {*KEYS, *PLAIN}:
            return word
        if word in self._keys:
            return FIELD + word
        if word in _TOLD:
            return ""
        named = self._names.get(word)
        return _ALIASES.get(word) or (FIELD + named if named else None)


def _by_name(fields: Collection[FieldName]) -> dict[str, str]:
    """Return keys by what people call the fields, where that says one field alone."""
    words = [spelt(each.name) for each in fields]
    return {
        word: each.key for word, each in zip(words, fields, strict=True) if word and words.count(word) == 1
    }
