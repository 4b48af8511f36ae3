"""Collections as documents: those filled by hand with what they hold, smart ones with what their queries find now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from assets.models import Collection
from assets.queries.documents import collection_document as _document
from assets.queries.fields import visible_fields
from assets.queries.filters import smart_filter
from assets.queries.pages import matching_ids, question
from assets.queries.rote import Question
from assets.queries.shapes import counted
from assets.queries.statements import count_statement
from dam.core import reads
from dam.core.access import Actor
from dam.core.errors import Invalid
from dam.core.web.pagination import CAPPED_COUNT, PageRequest

#: In a list, what smart collections find is counted so far; a single one is counted further.
MOST_LISTED = 1000
#: Once a list's counts have taken so long, the rest of them is left out; seconds.
LISTED_FOR_S = 0.3
#: The database evaluates a subquery when it comes to it, so one behind a case that is not met costs nothing.
_BEGAN = "WITH began AS MATERIALIZED (SELECT clock_timestamp() + make_interval(secs => %(patience)s) AS over)"
_IN_TIME = "clock_timestamp() < began.over"
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def collection_document(collection: Collection, *, actor: Actor) -> dict[str, Any]:
    """Return one collection; what a smart one finds is counted up to the cap of counts."""
    return collection_documents(actor, [collection], most=CAPPED_COUNT)[0]


def collection_documents(
    actor: Actor, rows: Sequence[Collection], *, most: int = MOST_LISTED
) -> list[dict[str, Any]]:
    """Return collections in order; all smart ones are counted in one statement.

    `asset_count` of a smart one is exact where `asset_count_exact` says so; else there are more, or, where it is 0,
    nobody has counted: large organisations would wait long for a list of many. One whose query can no longer be asked
    finds nothing, and `fault` says why.
    """
    smart = [each for each in rows if each.kind == Collection.CollectionKind.SMART]
    asked: dict[Any, Question | None] = {}
    faults: dict[Any, str] = {}
    known = {each.key: each for each in visible_fields(actor)} if smart else {}
    for each in smart:
        try:
            wanted = smart_filter(actor, each, known=known)
            asked[each.id] = question(actor, wanted, PageRequest("", {}, "-created_at"))
        except Invalid as error:
            faults[each.id] = error.detail
    counts = _counts({key: each for key, each in asked.items() if each is not None}, most=most)
    return [
        _told(each, counts.get(each.id, 0), most=most, fault=faults.get(each.id))
        if each.kind == Collection.CollectionKind.SMART
        else _document(each) | {"asset_count_exact": True}
        for each in rows
    ]


def smart_ids(actor: Actor, collection: Collection, *, most: int = CAPPED_COUNT) -> list[UUID]:
    """Return what a smart collection finds for the actor now, at most so many.

    Raises:
        Invalid: its query can no longer be asked (`collection`).
    """
    wanted, found = smart_filter(actor, collection), list[UUID]()
    while batch := matching_ids(actor, wanted, after=found[-1] if found else None):
        found += batch
        if len(found) >= most:
            break
    return found[:most]


def _told(collection: Collection, found: int | None, *, most: int, fault: str | None) -> dict[str, Any]:
    collection.asset_count = min(found or 0, most)  # type: ignore[attr-defined]  # as lists annotate it
    document = _document(collection) | {"asset_count_exact": found is not None and found <= most}
    return document | ({"fault": fault} if fault else {})


def _counts(asked: dict[Any, Question], *, most: int) -> dict[Any, int | None]:
    """Count what questions find, each no further than one more than `most`, in one statement.

    The first is counted whatever it takes; one whose turn comes too late is None.
    """
    if not asked:
        return {}
    values: dict[str, Any] = {"patience": LISTED_FOR_S}
    parts = []
    for number, each in enumerate(asked.values()):
        shape = counted(each.shape, most=most + 1)
        given = {**each.values, "key": None, "id": None, "skip": 0, "most": most + 1, "sort": "created_at"}
        values |= {f"q{number}_{name}": value for name, value in given.items()}
        part = _PLACEHOLDER.sub(rf"%(q{number}_\1)s", count_statement(shape))
        parts.append(f"CASE WHEN {_IN_TIME} THEN ({part}) END" if number else f"({part})")
    statement = f"{_BEGAN} SELECT {', '.join(parts)} FROM began"  # noqa: S608  statements of ours; what was asked is bound
    found = reads.row(statement, values, is_plain=False)
    return dict(zip(asked, found, strict=True))
