"""From titles, tags and what people type into the search box to the words that the database compares.

A word is a run of letters, digits and marks, in compatibility form and without case: `IMG_0042.mov` holds `img`,
`0042` and `mov`. A tag is one word of its own, `t=…`, which nothing that people type can turn into.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MAX_WORDS = 16
#: Shorter words are found whole only: behind the first two letters of anything lies half a catalogue.
PREFIX_FROM = 3


def words(text: str) -> list[str]:
    """Return the words of a text, in order."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in folded).split()


def vector(title: str, tags: Sequence[str]) -> str:
    """Return what an asset is found by, as a `tsvector`: the title's words with their places, and the tags."""
    placed = [f"{_quoted(word)}:{place}" for place, word in enumerate(words(title), 1)]
    return " ".join([*placed, *(_quoted(_tag(each)) for each in tags)])


def query(text: str, *, tag: str | None = None) -> str | None:
    """Return a search as a `tsquery`: every word, or its beginning, and the tag; None where nothing can match.

    At most `MAX_WORDS` words count, later ones are dropped.
    """
    typed = words(text)[:MAX_WORDS]
    if text.strip() and not typed:
        return None
    wanted = [f"{_quoted(each)}{':*' if len(each) >= PREFIX_FROM else ''}" for each in typed]
    return " & ".join([*wanted, *([_quoted(_tag(tag))] if tag is not None else [])])


def _tag(tag: str) -> str:
    return f"t={tag}"


def _quoted(word: str) -> str:
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
