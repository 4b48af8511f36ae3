"""What people may write on an asset, and what parts of packages say of one another: pure checks."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from dam.core.names import check_seen, is_seen

#: Parts of a package that name other files, as `meta.package.type` has them.
LISTING_PACKAGES = frozenset(
    f"{family}-{part}" for family in ("imf", "dcp") for part in ("asset-map", "packing-list", "composition")
)
MAX_TITLE, MAX_TAG, MAX_TAGS = 300, 100, 100


def has_controls(text: str) -> bool:
    """Tell whether the text holds control characters, line breaks or halves of surrogate pairs."""
    return any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in text)


def clean_title(text: str) -> str:
    """Return the title trimmed and in composed form.

    Raises:
        ValueError: it is empty, longer than `MAX_TITLE` characters, has control characters, or nothing of it shows.
    """
    title = unicodedata.normalize("NFC", text).strip()
    if not title:
        raise ValueError("Give a title.")
    if len(title) > MAX_TITLE:
        raise ValueError(f"A title has at most {MAX_TITLE} characters.")
    if has_controls(title):
        raise ValueError("A title has no control characters.")
    check_seen(title)
    return title


def title_of(name: str) -> str:
    """Return the title that a file gets from its name: the name without its extension."""
    visible = "".join(each for each in name if not has_controls(each))
    stem = PurePosixPath(visible).stem
    title = unicodedata.normalize("NFC", stem).strip()[:MAX_TITLE].strip()
    return title if is_seen(title) else "Untitled"


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Return the tags trimmed, in composed form and order, each once.

    Raises:
        ValueError: there are more than `MAX_TAGS`, or one is empty, too long, has control characters, or
            shows nothing.
    """
    found = list(dict.fromkeys(unicodedata.normalize("NFC", each).strip() for each in tags))
    if len(found) > MAX_TAGS:
        raise ValueError(f"An asset has at most {MAX_TAGS} tags.")
    for each in found:
        if not each or len(each) > MAX_TAG or has_controls(each):
            raise ValueError(f"A tag has 1 to {MAX_TAG} characters and no control characters.")
        check_seen(each)
    return found


def names_file(package: Mapping[str, Any], *, name: str, size: int, identities: Collection[str]) -> bool:
    """Tell whether a list of a package means this file: by the identity in its header, else by name and size."""
    for entry in package.get("assets") or []:
        if entry.get("id") in identities:
            return True
        if entry.get("name") == name and entry.get("size") in (None, size):
            return True
    return False
