"""`tenancy-cost`: what row-level security costs the database, on the same rows with the same statements.

The application's role asks both times, over one connection: while the tables' security is on, and while the role that
owns them has switched it off. (Another role without policies would also be spared the look at its privileges, which is
no part of the price.) Both name the organisation in every statement, as text, and are planned once for it, as requests do
(decision 0072). Counted is the processor time of the backend.
Search goes through its door with row-level security and asks the index directly without.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

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
MARKS = {"list": 1.1, "detail": 1.1, "child join": 1.25, "search": 1.5}

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
_DOOR = """SELECT a.id, a.title, a.created_at FROM assets_found(%(words)s, 'created_at', true, NULL, NULL, 100, 0,
        NULL, NULL, NULL, NULL, false, '[]') AS found(id)
    CROSS JOIN LATERAL (SELECT a.id, a.title, a.created_at FROM assets_asset a
        WHERE a.id = found.id AND a.organization_id = %(organization)s LIMIT 1) a
    ORDER BY a.created_at DESC, a.id DESC"""
_DIRECT = """SELECT a.id, a.title, a.created_at FROM assets_search s
    JOIN assets_asset a ON a.id = s.asset_id AND a.organization_id = %(organization)s
    WHERE s.organization_id = %(organization)s AND s.words @@ %(words)s::tsquery AND a.trashed_at IS NULL
    ORDER BY s.created_at DESC, s.asset_id DESC LIMIT 100"""


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure four kinds of reads on the whale and on the small tenant."""
    with shared_stand(full=full) as stand:
        return [
            row
            for name, number in (("whale", catalogue.WHALE), ("small tenant", catalogue.SMALL))
            for row in _tenant(stand, name, number)
        ]


def _tenant(stand: Stand, name: str, number: int) -> list[Row]:
    values: dict[str, Any] = {"organization": catalogue.organization_id(number), "words": "'w123':*"}
    with (
        psycopg.connect(stand.app_url, autocommit=True) as link,
        psycopg.connect(stand.migrator_url, autocommit=True) as owner,
    ):
        link.execute("SELECT set_config('app.organization_id', %s, false)", [str(values["organization"])])
        link.execute("SET plan_cache_mode = force_generic_plan")
        # The work of helpers would not be counted, and a door has none.
        link.execute("SET max_parallel_workers_per_gather = 0")
        values["asset"] = link.execute(_LIST, values).fetchall()[7][0]
        fences = Fences(owner)
        statements = {
            "list": (_LIST, _LIST),
            "detail": (_DETAIL, _DETAIL),
            "child join": (_CHILDREN, _CHILDREN),
            "search": (_DOOR, _DIRECT),
        }
        rows = []
        for kind, (with_it, without) in statements.items():
            ours = Asking(link, with_it, values, partial(fences.switch, is_on=True))
            bare = Asking(link, without, values, partial(fences.switch, is_on=False))
            if ours.found() != bare.found():
                raise RuntimeError(f"{kind}: row-level security changes what a tenant sees of its own")
            pairs = interleaved(ours, bare, repeats=REPEATS)
            rows.append(compare(f"{kind}, {name}, CPU ms of the database", pairs, at_most=MARKS[kind]))
        fences.switch(is_on=True)
    return rows


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

    def __init__(
        self, link: psycopg.Connection, statement: str, values: dict[str, Any], prepare: Callable[[], None]
    ) -> None:
        self.link, self.values, self.prepare = link, values, prepare
        self.statement = statement.replace("%(organization)s", f"'{values['organization']}'::uuid")

    def found(self) -> list[Any]:
        """Answer the rows, with the fences as they are meant to be."""
        self.prepare()
        return self.rows()

    def rows(self) -> list[Any]:
        # A search is planned for its words, as its door does; everything else is planned once.
        is_search = "words" in self.statement
        return self.link.execute(self.statement, self.values, prepare=not is_search).fetchall()

    def __call__(self) -> float:
        """Answer the best of a few batches: what else runs on the machine only ever adds."""
        self.prepare()
        for _ in range(WARM):
            self.rows()
        times = min(max(int(BATCH_S * 1000 / self._batch(FEWEST)), FEWEST), MOST)
        return min(self._batch(times) for _ in range(BATCHES))

    def _batch(self, times: int) -> float:
        backend = self.link.info.backend_pid
        before = cpu_s(backend)
        for _ in range(times):
            self.rows()
        return (cpu_s(backend) - before) * 1000 / times
