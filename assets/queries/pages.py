"""The hot list of assets, for members: one statement a page, in which Postgres writes the rows as JSON.

`assets.queries.documents` says what a row is; a test holds both to the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from assets import search
from assets.conditions import Asked, Comparison, Condition, typed
from assets.queries.compared import AskedShape, values_of
from assets.queries.filters import AssetFilter, asked_of, said_asked, tags_asked, with_named
from assets.queries.lists import projects_of_client
from assets.queries.orders import CREATED, EVERYWHERE, ORDERS, RELEVANCE, Order, order_of
from assets.queries.rote import ANYWHERE, KnownList, Question, page_from
from assets.queries.shapes import Shape, counted
from assets.queries.statements import count_statement, exactly, page_statement, rows_statement, sorted_by
from dam.core import ahead, reads
from dam.core.access import Actor
from dam.core.tenancy import current_organization
from dam.core.web.pagination import (
    CAPPED_COUNT,
    MOST_PLACES,
    Page,
    PageRequest,
    Position,
    capped,
    position_of,
)

#: Beyond it asking project by project would read the same rows again and again.
MOST_SKIPPED = 500
#: What asks for the trash in the language of search, where it decides which of two lists is meant.
TRASHED = typed(Condition("is", "eq", ("trashed",)))


def page_as_typed(
    actor: Actor,
    wanted: AssetFilter,
    request: PageRequest,
    *,
    include: Sequence[str] = (),
) -> tuple[Page, tuple[str, ...]]:
    """Return a page of the assets that a member sees and that match, and notes on how its search was read.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search, or an order that there is not.
    """
    position = position_of(request)
    asked = question(actor, wanted, request, position=position, include=include)
    if asked is None:
        none = {"value": 0, "exact": True} if request.count else None
        return Page([], next=None, previous=None, count=none), search.parse(wanted.q or "").notes
    rows = reads.lines(page_statement(asked.shape), asked.values, is_plain=asked.shape.is_plain)
    page = page_from(asked, request, rows, position=position, count=_count(asked, request.count))
    if ahead.current() is not None and not wanted.q and request.offset is None and request.count is None:
        page = replace(page, rote=_by_rote(actor, wanted, request, include))
    return page, asked.notes


def _by_rote(
    actor: Actor, wanted: AssetFilter, request: PageRequest, include: Sequence[str]
) -> KnownList | None:
    """Return how any page of the list is read, None where nothing can match."""
    asked = {
        kind: question(actor, wanted, request, position=each, include=include)
        for kind, each in ANYWHERE.items()
    }
    known = {kind: each for kind, each in asked.items() if each is not None}
    return KnownList(replace(request, cursor=None), known) if len(known) == len(ANYWHERE) else None


def question(
    actor: Actor,
    wanted: AssetFilter,
    request: PageRequest,
    *,
    position: Position | None = None,
    include: Sequence[str] = (),
) -> Question | None:
    """Return what to ask the database, None where nothing can match; an order that there is not is `Invalid`."""
    wanted = with_named(actor, wanted)
    order = _order(actor, wanted, request)
    asking = _asking(actor, wanted)
    if asking is None:
        return None
    if order.is_relevance and not asking.ranked:
        order = CREATED
    seen = _places(actor, wanted)
    is_backward = position is not None and position.is_backward
    skip = request.offset or 0
    shape = Shape(
        organization=current_organization(),
        order=order,
        falls=(request.is_descending or request.key == RELEVANCE.column) != is_backward,
        limit=request.limit + 1,
        skips=bool(skip),
        after="" if position is None else "null" if position.key is None else "key",
        is_backward=is_backward,
        is_found=bool(asking.words),
        is_trashed=asking.is_trashed,
        places=_manner(seen, order, skip=skip, is_trashed=asking.is_trashed),
        filters=_apart(wanted),
        additions=("comment_count", *include),
        asked=tuple(AskedShape.of(each) for each in asking.asked),
    )
    return Question(
        shape,
        _values(wanted, shape, position, seen=seen, asking=asking)
        | {"skip": skip, "reach": skip + shape.limit},
        asking.notes,
    )


def _apart(wanted: AssetFilter) -> frozenset[str]:
    names = ("kind", "created_after", "collection")
    return frozenset(name for name in names if getattr(wanted, name) is not None)


def _order(actor: Actor, wanted: AssetFilter, request: PageRequest) -> Order:
    """Return the order that was asked for, without a look at the database where it is one of every list."""
    order = ORDERS.get(request.key)
    if order is not None and not order.is_placed:
        return order
    return order_of(actor, request.key, project_id=wanted.project, collection_id=wanted.collection)


@dataclass(frozen=True)
class _Asking:
    """All that a filter and those besides it ask: words and tags for search, conditions, and whether of the trash."""

    words: str
    ranked: str
    asked: tuple[Asked, ...]
    is_trashed: bool
    notes: tuple[str, ...]


def _asking(actor: Actor, wanted: AssetFilter) -> _Asking | None:
    """Return what is asked of words, tags and columns; None where nothing can match."""
    words: list[str] = []
    asked: list[Asked] = []
    read = [_read(actor, each) for each in wanted.everything]
    for each, (query, conditions) in zip(wanted.everything, read, strict=True):
        groups, others = tags_asked((*each.asked, *conditions))
        said, rest = said_asked(others)
        groups += [(each.tag,)] if each.tag is not None else []
        found = _wanted(query.terms, groups, fixes=dict(each.fixes))
        if found is None or said is None:
            return None
        words += [*found, *said]
        asked += rest
    for inner in wanted.everything[1:]:
        asked += _besides(inner)
    kept = [each for each in asked if each != TRASHED]
    own = read[0][0]
    return _Asking(
        words=" & ".join(words),
        ranked=search.ranked(own.terms, fixes=dict(wanted.fixes)),
        asked=tuple(kept),
        is_trashed=wanted.trashed or len(kept) < len(asked),
        notes=own.notes,
    )


def _read(actor: Actor, wanted: AssetFilter) -> tuple[search.Query, tuple[Asked, ...]]:
    """Return a search and its conditions typed; what is no condition here counts by its words."""
    parsed = search.parse(wanted.q or "")
    if not parsed.conditions:
        return parsed, ()
    typed = asked_of(actor, parsed.conditions, project_id=wanted.project)
    words = [term for each in typed.faults for term in search.as_words(each)]
    notes = [search.note_on(each, fault) for each, fault in typed.faults.items()]
    notes += typed.notes
    return replace(parsed, terms=(*parsed.terms, *words), notes=(*parsed.notes, *notes)), typed.asked


def _wanted(
    terms: Sequence[search.Term],
    groups: Sequence[tuple[str, ...]],
    *,
    fixes: Mapping[str, Sequence[str]],
) -> list[str] | None:
    """Return what the database compares with words: the terms, and of each group of tags any."""
    found = [
        search.match(terms, fixes=fixes),
        *(search.match((), tags=(tag,)) for group in groups for tag in group),
    ]
    if any(each is None for each in found):
        return None
    wanted = iter([each.wanted for each in found if each is not None])
    first = next(wanted)
    any_of = [f"({' | '.join(next(wanted) for _ in group)})" for group in groups]
    return [each for each in (first, *any_of) if each]


def _besides(inner: AssetFilter) -> list[Asked]:
    """Return as conditions what a filter has apart from its conditions."""
    apart = (
        ("kind", "in", (inner.kind,)),
        ("collection", "in", (inner.collection,)),
        ("created_at", "gt", inner.created_after),
    )
    return [
        Asked(((Comparison(column, way, value),),))
        for column, way, value in apart
        if value not in {None, (None,)}
    ]


def _values(
    wanted: AssetFilter,
    shape: Shape,
    position: Position | None,
    *,
    seen: list[UUID] | None,
    asking: _Asking,
) -> dict[str, Any]:
    key = position.key if position is not None else None
    values = {
        "places": seen,
        "place": seen[0] if seen and len(seen) == 1 else None,
        "kind": wanted.kind,
        "created_after": wanted.created_after,
        "collection": wanted.collection,
        "key": key,
        "id": position.id if position is not None else None,
        **values_of(asking.asked),
    }
    return values | _told_to_the_door(shape, key, asking) if shape.is_found else values


def _told_to_the_door(shape: Shape, key: Any, asking: _Asking) -> dict[str, Any]:
    """Return what the door of search takes besides: it is told as data what elsewhere is the statement's text."""
    sort = sorted_by(shape.order, is_backward=shape.is_backward, ranked=asking.ranked)
    return {
        "trashed": shape.is_trashed,
        "words": asking.words,
        "sort": sort if isinstance(sort, str) else orjson.dumps(sort).decode(),
        "falls": shape.falls,
        "most": shape.limit,
        "key": None if key is None else key.isoformat() if isinstance(key, datetime) else str(key),
        "conditions": orjson.dumps(asking.asked).decode(),
        "ranked": asking.ranked,
        "exact": exactly(asking.ranked),
    }


def _places(actor: Actor, wanted: AssetFilter) -> list[UUID] | None:
    """Return the projects to look into, None for all of the organisation.

    Only projects of this organisation: a list that names foreign ones makes the planner walk every asset.
    """
    seen = None if actor.kind == "system" else actor.visible_projects(current_organization())
    narrower = [frozenset({each.project}) for each in wanted.everything if each.project is not None]
    clients = [each.client for each in wanted.everything if each.client is not None]
    for each in (*narrower, *(frozenset(projects_of_client(client)) for client in clients)):
        seen = each if seen is None else seen & each
    return None if seen is None else sorted(seen)


def _manner(seen: list[UUID] | None, order: Order, *, skip: int, is_trashed: bool) -> str:
    if seen is None:
        return "all"
    if len(seen) == 1:
        return "one"
    is_near = len(seen) <= MOST_PLACES and skip <= MOST_SKIPPED
    has_index = order == CREATED if is_trashed else order.column in EVERYWHERE
    return "each" if is_near and has_index else "any"


def matching_ids(
    actor: Actor, wanted: AssetFilter, *, after: UUID | None = None, most: int = 1000
) -> list[UUID]:
    """Return the next ids of all that a list of this filter shows, in the order of ids; none once it has shown all.

    Shapes: at most `most` of them, behind the id `after`: the last one of the batch before, None for the first. What
    is entered or taken away meanwhile makes no id come twice.
    """
    request = PageRequest("", {}, "id", limit=max(1, most - 1))
    position = None if after is None else Position(after, after, is_backward=False)
    asked = question(actor, wanted, request, position=position)
    if asked is None:
        return []
    statement = f"SELECT array_agg(asset.id ORDER BY asset.id) FROM ({rows_statement(asked.shape)}) asset"  # noqa: S608  the shape makes the words, its values are bound
    (found,) = reads.row(statement, asked.values, is_plain=False)
    return list(found or [])


# --- counts ---------------------------------------------------------------------------------------------


def _count(asked: Question, mode: str | None) -> dict[str, Any] | None:
    if mode is None:
        return None
    most = CAPPED_COUNT + 1 if mode == "capped" else 2**31 - 1
    value = count_of(asked, most=most)
    return capped(value) if mode == "capped" else {"value": value, "exact": True}


def count_of(asked: Question, *, most: int) -> int:
    """Return how many assets a question finds, counted no further than `most`."""
    shape = counted(asked.shape, most=most)
    values = {**asked.values, "key": None, "id": None, "skip": 0, "most": most, "sort": shape.order.column}
    (value,) = reads.row(count_statement(shape), values, is_plain=False)
    return int(value)
