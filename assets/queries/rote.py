"""What comes back of a list of assets: its page from the lines that were found, and lists that are known by rote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from assets.queries.orders import CREATED, Order
from assets.queries.shapes import Shape
from assets.queries.statements import page_statement
from dam.core import reads
from dam.core.ahead import Turn, Unforeseen
from dam.core.web.pagination import (
    Instant,
    Page,
    PageRequest,
    Position,
    around,
    page_of,
)
from dam.core.wire import Call, Mould, written

#: How a row begins and what stands before its time, as `assets.queries.statements` writes them.
_BEGINS, _CREATED = b'{"id":"', b'"created_at":"'
_ID_LENGTH = 36
#: What decides where a page begins.
_WHERE = frozenset({"key", "id"})


@dataclass(frozen=True)
class Question:
    """A statement's shape and its values, and notes on how the search was read."""

    shape: Shape
    values: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def page_from(
    asked: Question,
    request: PageRequest,
    rows: list[bytes],
    *,
    position: Position | None,
    count: dict[str, Any] | None = None,
) -> Page:
    """Return the page of the lines that a question has found, finished."""
    page = page_of(
        rows,
        request,
        position=position,
        end_of=lambda each: _end(each, asked.shape.order),
        count=count,
    )
    finish = [
        each.finish(asked.shape.organization)
        for each in reads.additions("asset", asked.shape.additions)
        if each.finish is not None
    ]
    if finish or not asked.shape.order.in_row:
        page = replace(page, rows=[_finished(each, finish) for each in page.rows])
    return page


#: A position of each kind that decides a statement's text; keys and ids are values, and these are nobody's.
ANYWHERE: Mapping[tuple[bool, bool], Position | None] = {
    (False, False): None,
    (True, False): Position("", UUID(int=0), is_backward=False),
    (True, True): Position("", UUID(int=0), is_backward=True),
}


class KnownList:
    """A list that is settled but for where its page begins: by rote, in the words of `dam.core.ahead`."""

    def __init__(self, request: PageRequest, questions: Mapping[tuple[bool, bool], Question]) -> None:
        """Take what is asked for, and the questions of `ANYWHERE`."""
        self._cursors = request.cursors
        ways = {kind: _Way(each, request, ANYWHERE[kind]) for kind, each in questions.items()}
        self._forward, self._backward = ways[True, False], ways[True, True]
        self._beginning = ways[False, False].turn({})

    def at(self, cursor: str | None) -> Turn:
        """Return the page that begins at the cursor.

        Raises:
            Invalid: a cursor that was tampered with or comes from another list.
            Unforeseen: a page of those without a key, which is another statement.
        """
        if cursor is None:
            return self._beginning
        _, key, identity, is_backward = self._cursors.written(cursor)
        if key is None:
            raise Unforeseen
        way = self._backward if is_backward else self._forward
        if way.is_plain:
            # To the database a key is the text that the cursor holds.
            return way.turn({"key": key, "id": identity})
        position = self._cursors.position(cursor)
        return way.turn({"key": position.key, "id": position.id})


class _Way:
    """All pages of a list that begin at its beginning, behind a row, or before one: `position` is any of them."""

    def __init__(self, asked: Question, request: PageRequest, position: Position | None) -> None:
        shape = asked.shape
        self._asked, self._request, self._position = asked, request, position
        self._statement = page_statement(shape)
        self.is_plain = shape.is_plain
        self._mould = Mould(self._statement, asked.values, but=_WHERE) if self.is_plain else None
        added = reads.additions("asset", shape.additions)
        #: Whether a page's lines are its rows as they are, and in their order.
        self._is_whole = (
            shape.order.in_row and not shape.is_backward and all(each.finish is None for each in added)
        )
        self._end = _created_end if shape.order == CREATED else partial(_end, order=shape.order)

    def turn(self, where: Mapping[str, Any]) -> Turn:
        """Return the page that begins at a key and an id; of the beginning there is neither."""
        if self._mould is not None:
            return _Turn(self, self._mould.call(where))
        return _Turn(self, written(self._statement, {**self._asked.values, **where}))

    def body(self, found: bytes | None) -> bytes:
        """Return the answer's body for what the database has found."""
        if found is not None and self._is_whole:
            return self._whole(found)
        page = page_from(self._asked, self._request, reads.apart(found), position=self._position)
        return page.encoded()

    def _whole(self, found: bytes) -> bytes:
        """Return the body of a page whose lines are its rows, which are neither cut out nor joined again."""
        pages: dict[str, str | None] = {"next": None, "previous": None}
        end, breaks = len(found), found.count(b"\n")
        if breaks >= self._request.limit:
            end, breaks = found.rindex(b"\n") - 1, breaks - 1
            last = found[found.rfind(b"\n", 0, end) + 1 : end]
            pages["next"] = self._address(last, is_backward=False)
        if self._position is not None:
            first = found[: found.index(b"\n") - 1 if breaks else end]
            pages["previous"] = self._address(first, is_backward=True)
        return around(memoryview(found)[:end], pages)

    def _address(self, line: bytes, *, is_backward: bool) -> str:
        return self._request.cursors.address(self._end(line), is_backward=is_backward)


class _Turn:
    """One page of a list that is known by rote."""

    __slots__ = ("_way", "call")

    def __init__(self, way: _Way, call: Call) -> None:
        self._way, self.call = way, call

    def body(self, found: bytes | None) -> bytes:
        """Return the answer's body for what the database has found."""
        return self._way.body(found)


def _finished(line: bytes, finish: Sequence[Callable[[bytes], bytes]]) -> bytes:
    body, *beside = line.split(b"\t")
    if not finish:
        return body
    members = [each(text) for each, text in zip(finish, beside, strict=False)]
    return b"%b,%b}" % (body, b",".join(members))


def _created_end(line: bytes) -> tuple[Any, str]:
    """Return a row's time and id, cut out of its text."""
    # Quotes inside of texts are escaped, and there are blanks behind the colons of custom fields.
    since = line.rindex(_CREATED) + len(_CREATED)
    written = line[since : line.index(b'Z"', since)].decode()
    return Instant(f"{written}+00:00"), line[len(_BEGINS) : len(_BEGINS) + _ID_LENGTH].decode()


def _end(line: bytes, order: Order) -> tuple[Any, UUID | str]:
    """Return a row's sort key and id."""
    if order == CREATED:
        return _created_end(line)
    body, *beside = line.split(b"\t")
    row = orjson.loads(body if body.endswith(b"}") else body + b"}")
    value = row[order.column] if order.in_row else orjson.loads(beside[-1] or b"null")
    return value, UUID(row["id"])
