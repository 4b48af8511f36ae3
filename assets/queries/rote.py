"""What comes back of a list of assets: its page from the lines that were found, and lists that are known by rote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from assets.queries.orders import CREATED, Order
from assets.queries.statements import Shape, page_statement
from dam.core import reads
from dam.core.ahead import Turn, Unforeseen
from dam.core.web.pagination import (
    Instant,
    Page,
    PageRequest,
    Position,
    around,
    beside,
    link,
    page_of,
    position_of,
)
from dam.core.wire import call, written

#: How a row begins and what stands before its time, as `assets.queries.statements` writes them.
_BEGINS, _CREATED = b'{"id":"', b'"created_at":"'
_ID_LENGTH = 36


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
        self._request, self._questions = request, questions
        self._beginning = _Turn(questions[False, False], request, None)

    def at(self, cursor: str | None) -> Turn:
        """Return the page that begins at the cursor.

        Raises:
            Invalid: a cursor that was tampered with or comes from another list.
            Unforeseen: a page of those without a key, which is another statement.
        """
        if cursor is None:
            return self._beginning
        request = replace(self._request, cursor=cursor)
        position = position_of(request)
        if position is None or position.key is None:
            raise Unforeseen
        return _Turn(self._questions[True, position.is_backward], request, position)


class _Turn:
    """One page of a list that is known by rote."""

    def __init__(self, asked: Question, request: PageRequest, position: Position | None) -> None:
        self._asked, self._request, self._position = asked, request, position
        where = {} if position is None else {"key": position.key, "id": position.id}
        send = call if asked.shape.is_plain else written
        self.call = send(page_statement(asked.shape), {**asked.values, **where})
        self._is_whole = _is_whole(asked.shape)

    def body(self, found: bytes | None) -> bytes:
        """Return the answer's body for what the database has found."""
        if found is not None and self._is_whole:
            return _whole(self._asked, self._request, found, position=self._position)
        rows = found.split(b"\n") if found is not None else []
        page = page_from(self._asked, self._request, rows, position=self._position)
        return page.encoded()


def _is_whole(shape: Shape) -> bool:
    """Tell whether a page's lines are its rows as they are, and in their order."""
    added = reads.additions("asset", shape.additions)
    return shape.order.in_row and not shape.is_backward and all(each.finish is None for each in added)


def _whole(asked: Question, request: PageRequest, found: bytes, *, position: Position | None) -> bytes:
    """Return the body of a page whose lines are its rows, without cutting a hundred rows out and joining them again."""
    has_more = found.count(b"\n") >= request.limit
    end = found.rindex(b"\n") if has_more else len(found)
    before, behind = beside(request, position=position, has_more=has_more)
    pages: dict[str, str | None] = {"next": None, "previous": None}
    if behind:
        last = found[found.rfind(b"\n", 0, end) + 1 : end]
        pages["next"] = link(request, _end(last, asked.shape.order), is_backward=False)
    if before:
        first = found.partition(b"\n")[0]
        pages["previous"] = link(request, _end(first, asked.shape.order), is_backward=True)
    return around(memoryview(found.replace(b"\n", b","))[:end], pages)


def _finished(line: bytes, finish: Sequence[Callable[[bytes], bytes]]) -> bytes:
    body, *beside = line.split(b"\t")
    if not finish:
        return body
    members = [each(text) for each, text in zip(finish, beside, strict=False)]
    return b"%b,%b}" % (body, b",".join(members))


def _end(line: bytes, order: Order) -> tuple[Any, UUID | str]:
    """Return a row's sort key and id; of most lists both are cut out of its text."""
    if order == CREATED:
        # Quotes inside of texts are escaped, and there are blanks behind the colons of custom fields.
        since = line.rindex(_CREATED) + len(_CREATED)
        written = line[since : line.index(b'Z"', since)].decode()
        return Instant(f"{written}+00:00"), line[len(_BEGINS) : len(_BEGINS) + _ID_LENGTH].decode()
    body, *beside = line.split(b"\t")
    row = orjson.loads(body if body.endswith(b"}") else body + b"}")
    value = row[order.column] if order.in_row else orjson.loads(beside[-1] or b"null")
    return value, UUID(row["id"])
