"""Keyset lists: signed opaque cursors, row comparison, no totals unless asked for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import F, Model, QuerySet, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from dam.core.ahead import Rote
from dam.core.errors import invalid
from dam.core.reads import BREAK

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
CAPPED_COUNT = 10_000
#: Up to this many projects are asked one by one, each along its own index; more of them in one walk through all.
MOST_PLACES = 32
_MAC_BYTES = 16
_PLACE = frozenset({"cursor", "limit", "count", "offset"})
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

    @property
    def key(self) -> str:
        """The column that the list is sorted by."""
        return self.sort.lstrip("-")

    @property
    def is_descending(self) -> bool:
        """Whether the greatest key comes first."""
        return self.sort.startswith("-")

    @cached_property
    def cursors(self) -> Cursors:
        """The cursors of this list, wherever its page begins."""
        return Cursors(self)


@dataclass(frozen=True)
class Position:
    """Where a page begins: after this key and id, in the list's order or, `is_backward`, against it."""

    key: Any
    id: UUID
    is_backward: bool


class Instant(str):
    """A point in time as `datetime.isoformat` writes it, for a cursor."""

    __slots__ = ()


_IN_TIME = (datetime, Instant)


@dataclass(frozen=True)
class Page:
    """Rows in order, with the addresses of the pages beside them, and what else there is to tell of them."""

    rows: list[Any]
    next: str | None
    previous: str | None
    count: dict[str, Any] | None
    more: Mapping[str, Any] = field(default_factory=dict)
    #: How any page of the same list is read and written, where nothing else goes into it.
    rote: Rote | None = None

    def envelope(self, results: Sequence[Any]) -> dict[str, Any]:
        """Return the list document of the contract around the rendered rows."""
        document: dict[str, Any] = {"results": results, "next": self.next, "previous": self.previous}
        return document | ({"count": self.count} if self.count is not None else {}) | dict(self.more)

    def encoded(self) -> bytes:
        """Return the list document around rows that are JSON already."""
        rest: dict[str, Any] = {"next": self.next, "previous": self.previous}
        if self.count is not None:
            rest["count"] = self.count
        return around(BREAK.join(self.rows), rest | dict(self.more))


def around(rows: bytes | memoryview, rest: Mapping[str, Any]) -> bytes:
    """Return the list document around its rows, as JSON with commas between them, and what is told besides."""
    return b"".join((b'{"results":[', rows, b"],", orjson.dumps(rest)[1:]))


def paginate(rows: QuerySet[_Row] | Sequence[QuerySet[_Row]], request: PageRequest) -> Page:
    """Return one page of a queryset that carries its filters but no order, or of several that share no row.

    Shapes: at most `limit` rows, ordered by the sort key and then the id, so that equal keys never repeat a page. One
    statement, and one more for a count; of several querysets each is walked no further than the page reaches.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search.
    """
    position = position_of(request)
    parts = [rows] if isinstance(rows, QuerySet) else list(rows)
    return page_of(
        list(first_rows(parts, request, position)) if parts else [],
        request,
        position=position,
        end_of=lambda each: (getattr(each, request.key), each.pk),
        count=_count(parts, request.count),
    )


def in_places(rows: QuerySet[_Row], places: Collection[UUID]) -> list[QuerySet[_Row]]:
    """Return the rows of some projects in parts for `paginate`, each of which an index of its project answers.

    One walk through the organisation would read all of it where these projects hold little; of many projects it does not.
    """
    if len(places) > MOST_PLACES:
        return [rows.filter(project_id__in=places)]
    return [rows.filter(project_id=each) for each in sorted(places)]


def first_rows(
    parts: Sequence[QuerySet[_Row]], request: PageRequest, position: Position | None = None
) -> QuerySet[_Row]:
    """Return what reads a page of one or more querysets in its order, and one row more."""
    start = request.offset or 0
    end = start + request.limit + 1
    first, *rest = [_ordered(each, request, position) for each in parts]
    if rest:
        order = first.query.order_by
        first = first[:end].union(*(each[:end] for each in rest), all=True).order_by(*order)
    return first[start:end]


def page_of(
    found: list[Any],
    request: PageRequest,
    *,
    position: Position | None,
    end_of: Callable[[Any], tuple[Any, UUID | str]],
    count: dict[str, Any] | None = None,
) -> Page:
    """Return the page of what was read: one row more than asked for where there are more, in reading order.

    `end_of` tells the sort key and the id of a row; it is asked about the first and the last of the page.
    """
    is_backward = position is not None and position.is_backward
    has_more, rows = len(found) > request.limit, found[: request.limit]
    if is_backward:
        rows.reverse()
    before, behind = beside(request, position=position, has_more=has_more)
    return Page(
        rows=rows,
        next=request.cursors.address(end_of(rows[-1]), is_backward=False) if rows and behind else None,
        previous=request.cursors.address(end_of(rows[0]), is_backward=True) if rows and before else None,
        count=count,
    )


def beside(request: PageRequest, *, position: Position | None, has_more: bool) -> tuple[bool, bool]:
    """Return whether there are pages before and behind one that has rows; `has_more` is told in reading order."""
    if position is not None and position.is_backward:
        return has_more, True
    return bool(position or request.offset), has_more


def position_of(request: PageRequest) -> Position | None:
    """Return where the page begins, None at the list's own beginning.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search.
    """
    return request.cursors.position(request.cursor) if request.cursor else None


class Cursors:
    """The cursors of one list, and the addresses of its pages: what all of them say alike is put together once."""

    __slots__ = ("_address", "_fingerprint")

    def __init__(self, request: PageRequest) -> None:
        """Take a list; where its page begins does not matter."""
        params = request.params.items()
        filters = sorted(item for item in params if item[0] not in _PLACE)
        self._fingerprint = _digest(request.url, request.sort, tuple(filters))
        kept = tuple(item for item in params if item[0] not in {"cursor", "offset"})
        self._address = f"{request.url}?{_encoded(kept)}cursor="

    def written(self, cursor: str) -> tuple[str, Any, str, bool]:
        """Return what a cursor holds, as `address` wrote it: kind and value of the key, the id, whether backward.

        Raises:
            Invalid: a cursor that was tampered with or comes from another search.
        """
        try:
            fingerprint, kind, value, identity, is_backward = orjson.loads(_unsigned(cursor))
        except (ValueError, TypeError):
            raise invalid("cursor", "Not a cursor of this list.") from None
        if fingerprint != self._fingerprint:
            raise invalid("cursor", "This cursor belongs to another search; begin without it.")
        return kind, value, identity, is_backward == 1

    def position(self, cursor: str) -> Position:
        """Return where the page of a cursor begins.

        Raises:
            Invalid: a cursor that was tampered with or comes from another search.
        """
        kind, value, identity, is_backward = self.written(cursor)
        try:
            key = datetime.fromisoformat(value) if kind == "t" else value
            return Position(key, UUID(identity), is_backward)
        except (ValueError, TypeError):
            raise invalid("cursor", "Not a cursor of this list.") from None

    def address(self, end: tuple[Any, UUID | str], *, is_backward: bool) -> str:
        """Return the address of the page that begins at a row's sort key and id."""
        key, identity = end
        kind = "t" if isinstance(key, _IN_TIME) else "v"
        value = key.isoformat() if isinstance(key, datetime) else key
        text = orjson.dumps([self._fingerprint, kind, value, str(identity), int(is_backward)])
        # A cursor is base64url, which needs no quoting.
        return self._address + _signed(text)


def capped(seen: int) -> dict[str, Any]:
    """Return the count of a list of which at most `CAPPED_COUNT` + 1 rows were looked at."""
    return {"value": min(seen, CAPPED_COUNT), "exact": seen <= CAPPED_COUNT}


def _ordered(queryset: QuerySet[_Row], request: PageRequest, position: Position | None) -> QuerySet[_Row]:
    """Order, and narrow by row comparison, which an index walks; the OR form reads everything before it."""
    falls = request.is_descending != (position is not None and position.is_backward)
    if position is not None:
        lookup = TupleLessThan if falls else TupleGreaterThan
        start = (Value(position.key), Value(position.id))
        queryset = queryset.filter(lookup(Tuple(F(request.key), F("id")), start))
    sign = "-" if falls else ""
    return queryset.order_by(f"{sign}{request.key}", f"{sign}id")


@lru_cache(maxsize=512)
def _digest(url: str, sort: str, filters: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(orjson.dumps([url, sort, filters])).hexdigest()[:16]


@lru_cache(maxsize=512)
def _encoded(params: tuple[tuple[str, str], ...]) -> str:
    return f"{urlencode(params)}&" if params else ""


@lru_cache(maxsize=1)
def _signing(secret: str) -> hashlib.blake2b:
    key = hashlib.sha256(b"dam.cursor\0" + secret.encode()).digest()
    return hashlib.blake2b(key=key, digest_size=_MAC_BYTES)


def _mac(text: bytes) -> bytes:
    # Every page is signed; OpenSSL looks an HMAC's digest up anew each time, which costs more than the digest.
    signing = _signing(settings.SECRET_KEY).copy()
    signing.update(text)
    return signing.digest()


def _signed(text: bytes) -> str:
    return base64.urlsafe_b64encode(_mac(text) + text).rstrip(b"=").decode()


def _unsigned(cursor: str) -> bytes:
    """Return what a cursor holds.

    Raises:
        ValueError: nobody here signed it.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except binascii.Error as error:
        raise ValueError from error
    mac, text = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(text)):
        raise ValueError("not signed here")
    return text


def _count(parts: Sequence[QuerySet[_Row]], mode: str | None) -> dict[str, Any] | None:
    if mode is None:
        return None
    most = None if mode == "exact" else CAPPED_COUNT + 1
    seen = _counted([each.order_by()[:most] for each in parts], most)
    return {"value": seen, "exact": True} if most is None else capped(seen)


def _counted(parts: Sequence[QuerySet[_Row]], most: int | None) -> int:
    if len(parts) < 2:
        return sum(each.count() for each in parts)
    first, *rest = [each.values("pk") for each in parts]
    return first.union(*rest, all=True)[:most].count()
