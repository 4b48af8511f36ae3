"""Words of the organisation that mistyped ones may mean."""

from __future__ import annotations

from collections.abc import Collection

from assets.models import LexiconEntry
from assets.search import typos

#: So many rows are looked at for all mistyped words together.
MOST_LOOKED_AT = 2000


def words_near(mistyped: Collection[str]) -> dict[str, list[str]]:
    """Return for each word those of the organisation's lexicon that are one edit away, the likeliest first.

    In scope: the words are those of one organisation and no other. Whether the caller may know them, because they
    stand in something that is seen, is for the caller to ask.
    """
    wanted = {each: set(typos.cuts(each)) for each in mistyped if len(each) >= typos.SHORTEST}
    cuts = set[str]().union(*wanted.values()) if wanted else set()
    rows = LexiconEntry.objects.filter(cut__in=cuts).order_by("cut", "word") if cuts else None
    if rows is None:
        return {}
    known: dict[str, set[str]] = {}
    for cut, word in rows.values_list("cut", "word")[:MOST_LOOKED_AT]:
        known.setdefault(cut, set()).add(word)
    near = {
        each: {word for cut in shared for word in known.get(cut, ()) if typos.is_one_edit(each, word)}
        for each, shared in wanted.items()
    }
    return {
        each: sorted(found, key=lambda word: _unlikeness(each, word)) for each, found in near.items() if found
    }


def _unlikeness(typed: str, meant: str) -> tuple[bool, int, str]:
    """Order by how people mistype: hardly ever the first letter, and seldom by a letter too many."""
    return typed[:1] != meant[:1], abs(len(typed) - len(meant)), meant
