"""Keyset lists: signed opaque cursors, row comparison, no totals unless asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.core.signing import BadSignature, Signer
from django.db.models import F, Model, QuerySet, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from dam.core.errors import invalid

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
CAPPED_COUNT = 10_000
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True)
class PageRequest:
    """What a list was asked for. `sort` like `-created_at`; `url` the list's address without its query."""

    url: str
    params: Mapping[str, str]
    sort: str
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    offset: int | None = None
    count: str | None = None


@dataclass(frozen=True)
class Page:
    """Rows in order, with the addresses of the pages beside them."""

    rows: list[Any]
    next: str | None
    previous: str | None
    count: dict[str, Any] | None

    def envelope(self, results: Sequence[Any]) -> dict[str, Any]:
        """Return the list document of the contract around the rendered rows."""
        document: dict[str, Any] = {"results": results, "next": self.next, "previous": self.previous}
        return document | ({"count": self.count} if self.count is not None else {})


@dataclass(frozen=True)
class _Cursor:
    key: Any
    id: UUID
    backward: bool


def paginate(queryset: QuerySet[_Row], request: PageRequest) -> Page:
    """Return one page of a queryset that carries its filters but no order.

    Shapes: at most `limit` rows, ordered by the sort key and then the id, so that equal keys never repeat a page.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search.
    """
    cursor = _decode(request) if request.cursor else None
    backward = bool(cursor and cursor.backward)
    ordered = _ordered(queryset, request.sort, backward=backward)
    if cursor:
        ordered = _after(ordered, request.sort, cursor)
    start = request.offset or 0
    found = list(ordered[start : start + request.limit + 1])
    more, found = len(found) > request.limit, found[: request.limit]
    if backward:
        found.reverse()
    has_previous = more if backward else bool(cursor or start)
    has_next = True if backward else more
    return Page(
        rows=found,
        next=_link(request, found[-1], backward=False) if found and has_next else None,
        previous=_link(request, found[0], backward=True) if found and has_previous else None,
        count=_count(queryset, request.count),
    )


def _signer() -> Signer:
    return Signer(salt="dam.cursor")


def _split(sort: str) -> tuple[str, bool]:
    return sort.lstrip("-"), sort.startswith("-")


def _ordered(queryset: QuerySet[_Row], sort: str, *, backward: bool) -> QuerySet[_Row]:
    name, descending = _split(sort)
    sign = "-" if descending != backward else ""
    return queryset.order_by(f"{sign}{name}", f"{sign}id")


def _after(queryset: QuerySet[_Row], sort: str, cursor: _Cursor) -> QuerySet[_Row]:
    """Narrow by row comparison, which an index walks; the OR form reads everything before it."""
    name, descending = _split(sort)
    lookup = TupleLessThan if descending != cursor.backward else TupleGreaterThan
    return queryset.filter(lookup(Tuple(F(name), F("id")), (Value(cursor.key), Value(cursor.id))))


def _fingerprint(request: PageRequest) -> str:
    filters = {
        key: value
        for key, value in request.params.items()
        if key not in {"cursor", "limit", "count", "offset"}
    }
    text = orjson.dumps([request.url, request.sort, sorted(filters.items())])
    return hashlib.sha256(text).hexdigest()[:16]


def _link(request: PageRequest, row: Model, *, backward: bool) -> str:
    name, _ = _split(request.sort)
    key = getattr(row, name)
    kind = "t" if isinstance(key, datetime) else "v"
    value = key.isoformat() if isinstance(key, datetime) else key
    text = orjson.dumps([_fingerprint(request), kind, value, str(row.pk), int(backward)]).decode()
    params = {each: value for each, value in request.params.items() if each not in {"cursor", "offset"}}
    return f"{request.url}?{urlencode(params | {'cursor': _signer().sign_object(text)})}"


def _decode(request: PageRequest) -> _Cursor:
    try:
        fingerprint, kind, value, identity, backward = orjson.loads(
            _signer().unsign_object(str(request.cursor))
        )
    except (BadSignature, ValueError, TypeError):
        raise invalid("cursor", "Not a cursor of this list.") from None
    if fingerprint != _fingerprint(request):
        raise invalid("cursor", "This cursor belongs to another search; begin without it.")
    key = datetime.fromisoformat(value) if kind == "t" else value
    return _Cursor(key=key, id=UUID(identity), backward=bool(backward))


def _count(queryset: QuerySet[_Row], mode: str | None) -> dict[str, Any] | None:
    if mode is None:
        return None
    if mode == "exact":
        return {"value": queryset.count(), "exact": True}
    seen = queryset.order_by()[: CAPPED_COUNT + 1].count()
    return {"value": min(seen, CAPPED_COUNT), "exact": seen <= CAPPED_COUNT}
