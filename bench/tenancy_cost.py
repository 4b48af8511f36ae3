"""`tenancy-cost`: what row-level security costs the database, on the same rows with the same statements.

The application's role asks both times, over one connection: while the tables' security is on, and while the role that
owns them has switched it off. (Another role without policies would also be spared the look at its privileges, which is
no part of the price.) Both name the organisation in every statement, as text, and are planned once for it, as requests do
(decision 0072). Counted is the processor time of the backend.

A search is the very statement that the product sends (`bench.tenancy_stand`): of a word that many titles hold, whose page the walk through
the newest entries fills, and of a rare one, which the door of search must be asked for. Without row-level security the walk
is the same and nobody needs a door, so the index is asked directly for what it has not found.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from bench import catalogue
from bench.api_stand import Stand, cpu_s, shared_stand
from bench.report import Row, compare, interleaved

#: Many short pairs: what both meet while they follow each other at once, noise of the machine among it, is no difference.
BATCHES, REPEATS = 8, 21
#: A batch lasts so long, in seconds of processor time: shorter ones measure what else has just run on the machine.
BATCH_S, FEWEST, MOST = 0.008, 3, 1000
#: So often a statement is asked before it is measured: the first time it is planned, and the switch is noticed.
WARM = 10
MARKS = {"list": 1.1, "detail": 1.1, "child join": 1.25, "search": 1.5, "search, rare word": 1.5}

TABLES = ("assets_asset", "assets_version", "assets_master", "assets_search", "comments_comment")

_LIST = """SELECT a.id, a.title, a.kind, a.tags, a.fields, a.size, a.created_at, a.updated_at FROM assets_asset a
    WHERE a.organization_id = %(organization)s AND a.trashed_at IS NULL
    ORDER BY a.created_at DESC, a.id DESC LIMIT 100"""
#: What a page of one asset shows: the asset, all of its versions, and their locked bytes.
_DETAIL = """SELECT a.*, v.*, m.* FROM assets_asset a
    JOIN assets_version v ON v.organization_id = %(organization)s AND v.asset_id = a.id
    JOIN assets_master m ON m.organization_id = %(organization)s AND m.id = v.master_id
    WHERE a.organization_id = %(organization)s AND a.id = %(asset)s ORDER BY v.number DESC"""
_CHILDREN = """SELECT a.id, v.number, (SELECT count(*) FROM comments_comment c
        WHERE c.organization_id = %(organization)s AND c.version_id = v.id AND c.deleted_at IS NULL)
    FROM (SELECT id FROM assets_asset a WHERE a.organization_id = %(organization)s AND a.trashed_at IS NULL
        ORDER BY a.created_at DESC, a.id DESC LIMIT 100) a
    JOIN assets_version v ON v.organization_id = %(organization)s AND v.asset_id = a.id"""
_INDEX = """SELECT s.asset_id FROM assets_search s
    JOIN assets_asset a ON a.id = s.asset_id AND a.organization_id = %(organization)s
    WHERE s.organization_id = %(organization)s AND s.words @@ %(words)s::tsquery AND a.trashed_at IS NULL
    ORDER BY s.created_at DESC, s.asset_id DESC LIMIT 101"""
#: How the product asks the door behind its walk, and nobody in its place.
_DOOR, _NOBODY = (
    re.compile(r"assets_found\(([^)]*)\)"),
    r"(SELECT NULL::uuid WHERE false AND num_nulls(\1) = 0)",
)
#: The id that a line of a page begins with.
_ID = re.compile(r'^\{"id":"([0-9a-f-]{36})', re.MULTILINE)
#: A word that a few in ten thousand titles hold; the rare one is looked for in the tenant's oldest title.
WORD = "w123"
_OLDEST = """SELECT a.title FROM assets_asset a WHERE a.organization_id = %(organization)s AND a.trashed_at IS NULL
    ORDER BY a.created_at, a.id LIMIT 1"""

Ask = Callable[[], list[Any]]


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure reads of four kinds on the whale and on the small tenant."""
    with shared_stand(full=full) as stand:
        return [
            row
            for name, number in (("whale", catalogue.WHALE), ("small tenant", catalogue.SMALL))
            for row in _tenant(stand, name, catalogue.organization_id(number))
        ]


def _tenant(stand: Stand, name: str, organization: UUID) -> list[Row]:
    with (
        psycopg.connect(stand.app_url, autocommit=True) as link,
        psycopg.connect(stand.migrator_url, autocommit=True) as owner,
    ):
        link.execute("SELECT set_config('app.organization_id', %s, false)", [str(organization)])
        link.execute("SET plan_cache_mode = force_generic_plan")
        # The work of helpers would not be counted, and a door has none.
        link.execute("SET max_parallel_workers_per_gather = 0")
        fences = Fences(owner)
        rows = []
        for kind, (with_it, without) in _questions(stand, link, organization).items():
            ours = Asking(link, with_it, partial(fences.switch, is_on=True))
            bare = Asking(link, without, partial(fences.switch, is_on=False))
            if ours.found() != bare.found():
                raise RuntimeError(f"{kind}: row-level security changes what a tenant sees of its own")
            pairs = interleaved(ours, bare, repeats=REPEATS)
            rows.append(compare(f"{kind}, {name}, CPU ms of the database", pairs, at_most=MARKS[kind]))
        fences.switch(is_on=True)
    return rows


def _questions(stand: Stand, link: psycopg.Connection, organization: UUID) -> dict[str, tuple[Ask, Ask]]:
    """Answer what is asked with row-level security and without, by kind."""
    values: dict[str, Any] = {"organization": organization}
    values["asset"] = _plainly(link, _LIST, values)()[7][0]
    ((title,),) = _plainly(link, _OLDEST, values)()
    # Words of the seed are the rarer the higher their numbers are.
    numbers = [int(each[1:]) for each in title.split() if re.fullmatch(r"w\d+", each)]
    statements = {"list": _LIST, "detail": _DETAIL, "child join": _CHILDREN}
    return {kind: (_plainly(link, each, values),) * 2 for kind, each in statements.items()} | {
        "search": _search(stand, link, organization, WORD),
        "search, rare word": _search(stand, link, organization, f"w{max(numbers)}"),
    }


def _plainly(link: psycopg.Connection, statement: str, values: dict[str, Any]) -> Ask:
    """Answer how a statement is asked that is planned once."""
    named = statement.replace("%(organization)s", f"'{values['organization']}'::uuid")
    return lambda: link.execute(named, values, prepare=True).fetchall()


def _search(stand: Stand, link: psycopg.Connection, organization: UUID, word: str) -> tuple[Ask, Ask]:
    """Answer how the product searches, and how it would where the index of words were open to it."""
    sent = _sent(stand, organization, word)
    values = {"organization": organization, "words": f"'{word}':*"}
    index = _INDEX.replace("%(organization)s", f"'{organization}'::uuid")
    product, walk, cursor = psycopg.RawCursor(link), psycopg.RawCursor(link), psycopg.ClientCursor(link)
    without_door = _DOOR.sub(_NOBODY, sent["statement"])
    if without_door == sent["statement"]:
        raise RuntimeError("the product's search asks no door")

    def ours() -> list[Any]:
        return product.execute(sent["statement"], sent["values"], prepare=True).fetchall()

    def walked() -> list[Any]:
        return walk.execute(without_door, sent["values"], prepare=True).fetchall()

    def bare() -> list[Any]:
        return walked() + cursor.execute(index, values).fetchall()

    return ours, walked if _seen(walked()) == _seen(ours()) else bare


def _sent(stand: Stand, organization: UUID, words: str) -> dict[str, Any]:
    """Answer what the product sends for a search."""
    command = [sys.executable, "-m", "bench.tenancy_stand"]
    environment = os.environ | stand.environment
    told = subprocess.run(
        command,
        input=f"{organization} {words}\n",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    sent: dict[str, Any] = json.loads(told.stdout)
    return sent


def _seen(rows: list[Any]) -> frozenset[str]:
    """Answer what rows show, to be compared: the ids of a page's lines, ids as they are, or all of a row."""
    seen: set[str] = set()
    for row in rows:
        if len(row) > 1:
            seen.add(repr(row))
        elif row[0] is not None:
            seen.update(_ID.findall(str(row[0])) or [str(row[0])])
    return frozenset(seen)


class Fences:
    """Row-level security of the tables, in a database that nobody else uses."""

    def __init__(self, owner: psycopg.Connection) -> None:
        self.owner = owner

    def switch(self, *, is_on: bool) -> None:
        state = sql.SQL("ENABLE" if is_on else "DISABLE")
        alter = sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY")
        self.owner.execute(sql.SQL(";").join([alter.format(sql.Identifier(each), state) for each in TABLES]))


class Asking:
    """Asks again and again; answers the milliseconds of processor time of the backend for one time."""

    def __init__(self, link: psycopg.Connection, ask: Ask, prepare: Callable[[], None]) -> None:
        self.link, self.ask, self.prepare = link, ask, prepare

    def found(self) -> frozenset[str]:
        """Answer what is seen, with the fences as they are meant to be."""
        self.prepare()
        return _seen(self.ask())

    def __call__(self) -> float:
        """Answer the best of a few batches: what else runs on the machine only ever adds."""
        self.prepare()
        for _ in range(WARM):
            self.ask()
        times = min(max(int(BATCH_S * 1000 / self._batch(FEWEST)), FEWEST), MOST)
        return min(self._batch(times) for _ in range(BATCHES))

    def _batch(self, times: int) -> float:
        backend = self.link.info.backend_pid
        before = cpu_s(backend)
        for _ in range(times):
            self.ask()
        return (cpu_s(backend) - before) * 1000 / times
