"""One cell of the matrix after the other: ask at a door, and judge the answer by the table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from dam.core import tenancy
from dam.core.db import new_id
from dam.core.errors import CANNOT_BE_SEEN
from tests.cast import Answer
from tests.tenancy.doors import REQUIRED_QUERY, Door
from tests.tenancy.house import PEOPLE, Corner, House

RANK = {"anyone": 0, "viewer": 1, "reviewer": 2, "editor": 3, "admin": 4}
ROLE_RANK = {"viewer": 1, "reviewer": 2, "editor": 3, "owner": 4, "stranger": 4}
MEMBERS = ("owner", "editor", "reviewer", "viewer")
MALFORMED = "not-an-id"


@dataclass(frozen=True)
class Question:
    """What is sent: the ids in path, body and query, each replaceable."""

    door: Door
    ids: Mapping[str, str]
    path: Mapping[str, str] = field(default_factory=dict)
    spots: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        given = {
            "number": "0",
            **{name: self.ids[noun] for name, noun in self.door.path.items()},
            **self.path,
        }
        address = "/" + re.sub(r"<str:(\w+)>", lambda match: given[match[1]], self.door.route)
        query = [f"{name}={value}" for name, value in self.query.items()]
        required = REQUIRED_QUERY.get(self.door.route, "").format_map(self.ids)
        needed = required and required.partition("=")[0] not in self.query
        return "?".join([address, "&".join(query + ([required] if needed else []))]).rstrip("?")

    @property
    def body(self) -> dict[str, Any] | None:
        body = deepcopy(self.door.body(self.ids))
        for spot, value in self.spots.items():
            *parents, last = spot.split(".")
            place: Any = body
            for each in parents:
                place = place[int(each)] if each.isdigit() else place[each]
            place[int(last) if last.isdigit() else last] = value
        return body


# An edge token, and when what it opens closes.
_SIGNED_UNTIL = re.compile(r"(?<=/e/)[^/']+|(?<='expires_at': ')[^']+")


class Matrix:
    """Asks in savepoints that are rolled back, so that every cell finds the same house.

    `is_brief` is for the runs with one fence: fewer people ask, only with ids that exist or could, and the rows are
    not compared again.
    """

    def __init__(self, house: House, *, is_brief: bool = False) -> None:
        self.house, self.is_brief = house, is_brief
        self.before = self._rows()
        self.asked = 0

    @contextmanager
    def _undone(self) -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def ask(self, role: str, question: Question) -> Answer:
        """Ask, and see that nothing of what the role must not know comes back, nor is changed by a refusal."""
        self.asked += 1
        door = question.door
        api = self.house.caller(role, by_session=door.by_session)
        headers = {"X-Share-Access": self.house.proof} if door.least == "link" else {}
        with self._undone():
            answer = api.send(door.method, question.address, question.body, headers=headers)
            where = f"{role}: {door.method} {question.address} {question.body} → {answer}"
            assert answer.status < 500, where
            self._holds_no_secret(role, door, answer, where)
            if answer.status >= 400 and door.method != "GET" and not self.is_brief:
                assert _but_accesses(self._rows(), door) == _but_accesses(self.before, door), where
        return answer

    def home_ids(self, role: str, door: Door) -> dict[str, str]:
        """Return the ids that the role is at home with; behind a link everybody is a guest of the same corner."""
        ids = dict(self.house.own.ids if door.least == "link" else self.house.home(role).ids)
        return ids | {noun: ids.get(f"{noun} of {role}", ids[noun]) for noun in ("token", "own comment")}

    def _holds_no_secret(self, role: str, door: Door, answer: Answer, where: str) -> None:
        corners = [self.house.hidden, self.house.foreign] if door.least == "link" else self.house.unseen(role)
        text = answer.response.content.decode() + str(dict(answer.headers))
        for corner in corners:
            told = [each for each in corner.secrets if each in text]
            assert not told, (corner.name, told, where)

    def _rows(self) -> list[Any]:
        """Return every table of both organisations, counted and summed up."""
        found = []
        for corner in (self.house.own, self.house.foreign):
            with tenancy.scope(corner.organization.id), connection.cursor() as cursor:
                cursor.execute(_snapshot())
                found.append(cursor.fetchall())
        return found


def _but_accesses(rows: list[Any], door: Door) -> list[Any]:
    """Leave out what a link's guests always leave: a line in its log, and a view where the visit begins."""
    left = {"shares_access", "shares_share"} if door.least == "link" else set()
    return [row for each in rows for row in each if row[0] not in left]


@cache
def _snapshot() -> sql.Composed:
    ours = [each for each in apps.get_models() if each._meta.app_label in {"core", *settings.ROOMS}]
    one = sql.SQL(
        "SELECT {name}, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t"
    )
    return sql.SQL(" UNION ALL ").join(
        one.format(name=sql.Literal(each), table=sql.Identifier(each))
        for each in sorted({each._meta.db_table for each in ours})
    )


# --- the four kinds of cells ------------------------------------------------------------------------


def check_roles(matrix: Matrix, door: Door) -> None:
    """Everybody asks with what is at home with them; strangers and guests also with what is not."""
    own = matrix.house.own.ids
    if not door.by_session:
        matrix.ask("one", Question(door, matrix.home_ids("one", door)))
    for role in (*PEOPLE, "guest", "nobody"):
        answer = matrix.ask(role, Question(door, matrix.home_ids(role, door)))
        assert answer.status in _expected(door, role), (role, door.name, answer)
        _counts_what_it_shows(matrix, door, role, answer)
    if door.least == "link":
        return
    answer = matrix.ask("stranger", Question(door, own))
    if door.path:
        assert answer.status == 404, answer
    elif door.ids and not set(door.ids) <= door.silent:
        assert answer.status == 400, answer
        assert set(answer.errors) <= set(door.ids), answer


def _expected(door: Door, role: str) -> tuple[int, ...]:
    if door.least == "link":
        return door.passes
    if role in {"guest", "nobody"}:
        return (401,)
    return door.passes if ROLE_RANK[role] >= RANK[door.least] else (403,)


def _counts_what_it_shows(matrix: Matrix, door: Door, role: str, answer: Answer) -> None:
    """A list's exact count is that of the rows it shows: it counts nobody else's."""
    if door.method != "GET" or answer.status != 200 or "results" not in (answer.json or {}):
        return
    counted = matrix.ask(
        role, Question(door, matrix.home_ids(role, door), query={"count": "exact", "limit": "500"})
    )
    invited = sum(bool(each.get("invited")) for each in counted["results"])
    assert counted["count"]["value"] == len(counted["results"]) - invited, (role, door.name, counted)


def check_paths(matrix: Matrix, door: Door) -> None:
    """Each id in the path: foreign, hidden and malformed ones read like one that does not exist."""
    for role in _askers(matrix, door):
        for name, noun in door.path.items():
            if door.least == "link" and name == "token" and len(door.path) == 1:
                others = []  # another's link opens what that link opens
            else:
                others = _unseen_ids(matrix, door, role, noun)
            home = matrix.home_ids(role, door)
            absent = matrix.ask(role, Question(door, home, path={name: _absent(noun)}))
            # Whose role may not even look for members is told so; the place is theirs to see.
            blind = name == "member" and not _may(door, role)
            assert absent.status == (403 if blind else 404) or role == "one", (role, name, absent)
            for each in others if matrix.is_brief else [*others, MALFORMED]:
                answer = matrix.ask(role, Question(door, home, path={name: each}))
                assert _plain(answer) == _plain(absent), (role, name, each, answer)


def check_bodies(matrix: Matrix, door: Door) -> None:
    """Each id in the body, nested ones too: what cannot be seen is the field's error, in the same words as absence."""
    for role in _askers(matrix, door):
        may = _may(door, role)
        home = matrix.home_ids(role, door)
        for spot, noun in door.ids.items():
            absent = matrix.ask(role, Question(door, home, spots={spot: _absent(noun)}))
            if spot in door.silent:
                assert absent.status in (door.passes if may else (403, *door.passes)), (role, spot, absent)
            elif may:
                assert absent.status == 400, (role, spot, absent)
                assert absent.errors == {spot: [CANNOT_BE_SEEN]}, (role, spot, absent)
            else:
                assert absent.status in {400, 403}, (role, spot, absent)
            for each in _unseen_ids(matrix, door, role, noun):
                answer = matrix.ask(role, Question(door, home, spots={spot: each}))
                assert _without_times(answer) == _without_times(absent), (role, spot, each, answer)
            if may and not noun.startswith("staging key") and not matrix.is_brief:
                malformed = matrix.ask(role, Question(door, home, spots={spot: MALFORMED}))
                assert (malformed.status, list(malformed.errors)) == (400, [spot]), (role, spot, malformed)


def check_queries(matrix: Matrix, door: Door) -> None:
    """Each id in the query: own ones narrow, what cannot be seen is not found, a malformed one is an error."""
    least = door.narrowed or door.least
    if not door.query:
        return
    for role in ("owner", "viewer", "stranger") if matrix.is_brief else (*MEMBERS, "stranger", "one"):
        home = matrix.home_ids(role, door)
        may = role != "one" and ROLE_RANK[role] >= RANK[least]
        for name, noun in door.query.items():
            own = matrix.ask(role, Question(door, home, query={name: home[noun]}))
            if role != "one":
                is_told = may or (name == "org" and door.least != "admin")
                assert own.status == (200 if is_told else 403), (role, name, own)
            absent = matrix.ask(role, Question(door, home, query={name: _absent(noun)}))
            assert absent.status == (200 if name in door.silent else 404), (role, name, absent)
            for each in _unseen_ids(matrix, door, role, noun):
                answer = matrix.ask(role, Question(door, home, query={name: each}))
                assert _plain(answer) == _plain(absent), (role, name, each, answer)
            if matrix.is_brief:
                continue
            malformed = matrix.ask(role, Question(door, home, query={name: MALFORMED}))
            assert (malformed.status, list(malformed.errors)) == (400, [name]), (role, name, malformed)


def _askers(matrix: Matrix, door: Door) -> tuple[str, ...]:
    if door.least == "link":
        return ("guest",)
    if matrix.is_brief:
        return ("owner", "viewer", "stranger")
    return (*MEMBERS, "stranger") if door.by_session else (*MEMBERS, "stranger", "one")


def _may(door: Door, role: str) -> bool:
    """Tell whether the role gets through the door; of a token of one project the table says nothing."""
    return door.least == "link" or (role != "one" and ROLE_RANK[role] >= RANK[door.least])


def _unseen_ids(matrix: Matrix, door: Door, role: str, noun: str) -> list[str]:
    """Return the ids of the noun in the corners that the role cannot see."""
    house = matrix.house
    corners: list[Corner] = [house.hidden, house.foreign] if door.least == "link" else house.unseen(role)
    if noun in {"org", "person", "token", "member of org"}:
        # Organisation-wide nouns have no hidden corner of their own.
        corners = [each for each in corners if each is not house.hidden]
    ids = [each.ids[noun] for each in corners]
    if door.least == "link" and noun == "version":
        ids.append(house.own.ids["older version"])
    return ids


def _absent(noun: str) -> str:
    if noun == "digest":
        return "0" * 64
    if noun == "link" or noun.startswith("staging key"):
        return "w" * 43
    return str(new_id())


def _plain(answer: Answer) -> tuple[int, Any]:
    """Return what an answer says, without the number that is every request's own."""
    document = dict(answer.json) if isinstance(answer.json, dict) else answer.json
    if isinstance(document, dict):
        document.pop("request_id", None)
        for name in ("next", "previous"):
            document.pop(name, None)
    return answer.status, document


def _without_times(answer: Answer) -> tuple[int, Any]:
    """Return an answer without what passes with time: edge addresses, signed until a moment, among it."""
    status, document = _plain(answer)
    if isinstance(document, dict):
        document = {
            name: value for name, value in document.items() if name not in {"id", "updated_at", "created_at"}
        }
    return status, _SIGNED_UNTIL.sub("", repr(document))
