"""`tenancy-cost`: what row-level security costs the database, on the same rows with the same statements.

With it the application's role asks; without it the role that owns the tables, whose policy is `true` and leaves
nothing to check. Both name the organisation in every statement. Counted is the processor time of the backend.
Search goes through its door with row-level security and asks the index directly without.
"""

from typing import Any

import psycopg

from bench import catalogue
from bench.api_stand import Stand, cpu_s, running_stand
from bench.report import Row, compare, interleaved

TIMES, BATCHES, REPEATS = 60, 5, 7
MARKS = {"list": 1.1, "detail": 1.1, "child join": 1.25, "search": 1.5}

_LIST = """SELECT a.id, a.title, a.kind, a.tags, a.fields, a.size, a.created_at, a.updated_at FROM assets_asset a
    WHERE a.organization_id = %(organization)s AND a.trashed_at IS NULL
    ORDER BY a.created_at DESC, a.id DESC LIMIT 100"""
_DETAIL = """SELECT a.*, v.* FROM assets_asset a
    JOIN assets_version v ON v.organization_id = %(organization)s AND v.id = a.current_version_id
    WHERE a.organization_id = %(organization)s AND a.id = %(asset)s"""
_CHILDREN = """SELECT a.id, v.number, (SELECT count(*) FROM comments_comment c
        WHERE c.organization_id = %(organization)s AND c.version_id = v.id AND c.deleted_at IS NULL)
    FROM (SELECT id FROM assets_asset a WHERE a.organization_id = %(organization)s AND a.trashed_at IS NULL
        ORDER BY a.created_at DESC, a.id DESC LIMIT 100) a
    JOIN assets_version v ON v.organization_id = %(organization)s AND v.asset_id = a.id"""
_DOOR = """SELECT a.id, a.title, a.created_at FROM assets_found(%(words)s, 'created_at', true, NULL, NULL, 100, 0,
        NULL, NULL, NULL, NULL, false, '[]') AS found(id)
    JOIN assets_asset a ON a.id = found.id AND a.organization_id = %(organization)s
    ORDER BY a.created_at DESC, a.id DESC"""
_DIRECT = """SELECT a.id, a.title, a.created_at FROM assets_search s
    JOIN assets_asset a ON a.id = s.asset_id AND a.organization_id = %(organization)s
    WHERE s.organization_id = %(organization)s AND s.words @@ %(words)s::tsquery AND a.trashed_at IS NULL
    ORDER BY s.created_at DESC, s.asset_id DESC LIMIT 100"""


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure four kinds of reads on the whale and on the small tenant."""
    with running_stand(full=full, serves=False) as stand:
        return [
            row
            for name, number in (("whale", catalogue.WHALE), ("small tenant", catalogue.SMALL))
            for row in _tenant(stand, name, number)
        ]


def _tenant(stand: Stand, name: str, number: int) -> list[Row]:
    values: dict[str, Any] = {"organization": catalogue.organization_id(number), "words": "'w123':*"}
    with (
        psycopg.connect(stand.app_url, autocommit=True) as fenced,
        psycopg.connect(stand.migrator_url, autocommit=True) as plain,
    ):
        for each in (fenced, plain):
            each.execute("SELECT set_config('app.organization_id', %s, false)", [str(values["organization"])])
        values["asset"] = plain.execute(_LIST, values).fetchall()[7][0]
        statements = {
            "list": (_LIST, _LIST),
            "detail": (_DETAIL, _DETAIL),
            "child join": (_CHILDREN, _CHILDREN),
            "search": (_DOOR, _DIRECT),
        }
        rows = []
        for kind, (with_it, without) in statements.items():
            ours, bare = Asking(fenced, with_it, values), Asking(plain, without, values)
            if ours.rows() != bare.rows():
                raise RuntimeError(f"{kind}: row-level security changes what a tenant sees of its own")
            pairs = interleaved(ours, bare, repeats=REPEATS)
            rows.append(compare(f"{kind}, {name}, CPU ms of the database", pairs, at_most=MARKS[kind]))
    return rows


class Asking:
    """Asks again and again; answers the milliseconds of processor time of the backend for one time."""

    def __init__(self, link: psycopg.Connection, statement: str, values: dict[str, Any]) -> None:
        self.link, self.statement, self.values = link, statement, values

    def rows(self) -> list[Any]:
        # A search is planned for its words, as its door does; everything else is planned once.
        is_search = "words" in self.statement
        return self.link.execute(self.statement, self.values, prepare=not is_search).fetchall()

    def __call__(self) -> float:
        """Answer the best of a few batches: what else runs on the machine only ever adds."""
        self.rows()
        return min(self._batch() for _ in range(BATCHES))

    def _batch(self) -> float:
        backend = self.link.info.backend_pid
        before = cpu_s(backend)
        for _ in range(TIMES):
            self.rows()
        return (cpu_s(backend) - before) * 1000 / TIMES
