"""The list of assets as people search it: what they mistyped, what could not be read, and where the words stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any
from uuid import UUID

import orjson

from assets import search
from assets.queries import pages
from assets.queries.filters import AssetFilter
from assets.queries.lexicon import words_near
from assets.queries.said import said_by
from dam.core.access import Actor
from dam.core.web.pagination import Page, PageRequest

HIGHLIGHTS = "highlights"
#: Of so many words near a mistyped one it is asked whether they are there; so many of them are searched for.
MOST_NEAR, MOST_FIXES = 10, 5
#: So many fragments of one asset are shown, and so many characters of a page's texts looked through.
MOST_FRAGMENTS, MOST_LOOKED_THROUGH = 6, 3_000_000
_SOURCES = (("tags", "tag"), ("names", "name"), ("comments", "comment"), ("sidecars", "sidecar"))


def asset_page(
    actor: Actor,
    wanted: AssetFilter,
    request: PageRequest,
    *,
    include: Sequence[str] = (),
) -> Page:
    """Return a page of the assets that a member sees and that match, as JSON in bytes; a constant number of reads.

    Where a word of the search stands nowhere that the actor sees, words near it count too, and the page says which;
    a caller who says what is meant is taken at their word.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search, or an order that there is not.
    """
    named = [each for each in include if each != HIGHLIGHTS]
    page, notes = pages.page_as_typed(actor, wanted, request, include=named)
    told: dict[str, Any] = {"notes": list(notes)} if notes else {}
    if wanted.q and not wanted.fixes and not page.rows:
        fixes = fixes_of(actor, wanted)
        if fixes:
            wanted = replace(wanted, fixes=tuple(fixes.items()))
            page, _ = pages.page_as_typed(actor, wanted, request, include=named)
            told["corrected"] = fixes
    if HIGHLIGHTS in include:
        page = replace(page, rows=_highlighted(page.rows, wanted), rote=None)
    return replace(page, more={"search": told}, rote=None) if told else page


# --- mistyped words -----------------------------------------------------------------------------------


def as_meant(actor: Actor, wanted: AssetFilter) -> AssetFilter:
    """Return a filter that finds what a list of `wanted` shows: mistyped words count as meant where nothing is found.

    One count more where there are words; what they may mean is asked for only where nothing is found.
    """
    if not wanted.q or wanted.fixes or _is_found(actor, wanted):
        return wanted
    return replace(wanted, fixes=tuple(fixes_of(actor, wanted).items()))


def fixes_of(actor: Actor, wanted: AssetFilter) -> dict[str, tuple[str, ...]]:
    """Return what mistyped words of a search may mean: words that stand in something that the actor sees.

    Only words that are found nowhere there are taken for mistyped.
    """
    terms = search.parse(wanted.q or "").terms
    typed = dict.fromkeys(each.text for each in search.typed_words(terms) if search.is_learnt(each))
    within = AssetFilter(project=wanted.project, client=wanted.client, trashed=wanted.trashed)
    missing = [each for each in typed if not _is_found(actor, replace(within, q=each))]
    fixes: dict[str, tuple[str, ...]] = {}
    for each, near in words_near(missing).items() if missing else ():
        # Quoted, so that a word is looked for and not what begins with it.
        there = (word for word in near[:MOST_NEAR] if _is_found(actor, replace(within, q=f'"{word}"')))
        meant = tuple(there)[:MOST_FIXES]
        if meant:
            fixes[each] = meant
    return fixes


def _is_found(actor: Actor, wanted: AssetFilter) -> bool:
    asked = pages.question(actor, wanted, PageRequest("", {}, "-created_at"))
    return asked is not None and pages.count_of(asked, most=1) > 0


# --- highlights ---------------------------------------------------------------------------------------


def _highlighted(rows: Sequence[bytes], wanted: AssetFilter) -> list[bytes]:
    """Return rows with the pieces of their texts in which the words of the search stand."""
    finder = search.Finder(search.parse(wanted.q or "").terms, fixes=dict(wanted.fixes))
    ids = [UUID(orjson.loads(each)["id"]) for each in rows]
    said = {} if finder.is_idle else said_by(ids)
    looking = _Looking(finder)
    return [
        b'%b,"highlights":%b}' % (row[:-1], orjson.dumps(looking.pieces(said.get(asset_id))))
        for row, asset_id in zip(rows, ids, strict=True)
    ]


class _Looking:
    """Looks through texts until there are enough finds, or enough is looked through for one page."""

    def __init__(self, finder: search.Finder) -> None:
        self._finder = finder
        self._left = MOST_LOOKED_THROUGH

    def pieces(self, said: search.Said | None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for source, text in _texts(said) if said is not None else ():
            if len(found) == MOST_FRAGMENTS or self._left < len(text):
                break
            self._left -= len(text)
            piece = self._finder.fragment(text)
            if piece is not None:
                found.append({"in": source, "text": piece.text, "ranges": piece.ranges})
        return found


def _texts(said: search.Said) -> chain[tuple[str, str]]:
    fields: Mapping[str, Any] = said.fields
    return chain(
        [("title", said.title)],
        ((f"field.{key}", text) for key, value in fields.items() for text in search.field_texts(value)),
        ((name, text) for source, name in _SOURCES for text in said.texts_in(source)),
    )
