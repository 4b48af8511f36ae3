"""`api-search`: a page of a hundred finds from the API as the stack serves it, with a real token.

Asked are words, a custom field, both, and other orders, of a large tenant and of a small one. Counted is the processor
time of server and database, in pages a second of it, while four clients ask. The limit is a bare loop in the same
database: plain SQL with its values in it, words by their index and a field by its values, psycopg and orjson. It runs
as the role that owns the tables, whose rows no policy narrows: to the application's role no index may answer `@@`.
It asks neither who calls nor what that person sees, opens no transaction, and speaks no HTTP. What the statements read,
buffers and tables from end to end, `tests/plans` holds to bounds.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
import psycopg

from bench import catalogue
from bench.api_stand import Client, Stand, cpu_s, per_second, shared_stand
from bench.report import Row, compare, interleaved

ROWS, PAGES, REPEATS, CLIENTS = 100, 5, 5, 4
AT_LEAST, CHINESE = 0.6, 2
TENANTS = {"whale": catalogue.WHALE, "small tenant": catalogue.SMALL}
NAMES = (
    "id", "project", "title", "kind", "tags", "fields", "size", "duration", "version_count", "comment_count",
)  # fmt: skip

_COLUMNS = """a.id, a.project_id, a.title, a.kind, a.tags, a.fields, a.size, a.duration, a.version_count, a.comment_count,
    a.current_version_id, a.head_number, a.head_sha256, a.preview_state, a.created_at, a.updated_at,
    a.approval, a.approved, a.changes_requested"""
_PAGE = f"SELECT {_COLUMNS} FROM (%s) a ORDER BY %s"  # noqa: S608  our own words
_WORDS = """SELECT a.*{key} FROM assets_search s JOIN assets_asset a ON a.id = s.asset_id AND a.organization_id = %(org)s
    WHERE s.organization_id = %(org)s AND s.words @@ %(words)s::tsquery AND a.trashed_at IS NULL {more}
    ORDER BY {order} LIMIT {rows}"""
_FIELD = """AND EXISTS (SELECT 1 FROM assets_fieldvalue f WHERE f.organization_id = %(org)s AND f.asset_id = a.id
    AND f.field_id = %(field)s AND f.as_text = %(value)s)"""
_VALUED = """SELECT a.* FROM assets_fieldvalue f JOIN assets_asset a ON a.id = f.asset_id AND a.organization_id = %(org)s
    WHERE f.organization_id = %(org)s AND f.field_id = %(field)s AND f.as_text = %(value)s AND a.trashed_at IS NULL
    ORDER BY f.created_at DESC, f.asset_id DESC LIMIT {rows}"""
_RANK = """ts_rank('{{0.05,0.2,0.5,1}}', c.words, %(words)s::tsquery)
    + ts_rank('{{0.05,0.2,0.5,1}}', c.words, %(exact)s::tsquery)"""
_BEST = f"""SELECT a.*, r.rank FROM (SELECT c.asset_id, {_RANK} AS rank FROM (
        SELECT s.asset_id, s.words FROM assets_search s
        JOIN assets_asset a ON a.id = s.asset_id AND a.organization_id = %(org)s
        WHERE s.organization_id = %(org)s AND s.words @@ %(words)s::tsquery AND a.trashed_at IS NULL
        ORDER BY s.created_at DESC, s.asset_id DESC LIMIT 5000) c
    ORDER BY rank DESC, c.asset_id DESC LIMIT {{rows}}) r JOIN assets_asset a ON a.id = r.asset_id"""  # noqa: S608  as above
_NEWEST = "s.created_at DESC, s.asset_id DESC"


@dataclass(frozen=True)
class Case:
    """A question: in words, as an address asks it, and the SQL of its plan."""

    words: str
    query: str
    rows: str
    order: str = "a.created_at DESC, a.id DESC"


CASES = (
    Case("words", "q=w123", _WORDS.format(key="", more="", order=_NEWEST, rows=ROWS + 1)),
    Case("a custom field", "field.niche=t0", _VALUED.format(rows=ROWS + 1)),
    Case("both", "q=clip&field.niche=t0", _WORDS.format(key="", more=_FIELD, order=_NEWEST, rows=ROWS + 1)),
    Case(
        "words by title", "q=w123&sort=title",
        _WORDS.format(key="", more="", order="a.title, s.asset_id", rows=ROWS + 1), "a.title, a.id",
    ),
    Case(
        "words, the best first", "q=w123&sort=relevance", _BEST.format(rows=ROWS + 1), "a.rank DESC, a.id DESC"
    ),
)  # fmt: skip


class Loop:
    """The limit: the same rows, read and written by one bare connection."""

    def __init__(self, stand: Stand, case: Case, tenant: str) -> None:
        self.link = psycopg.connect(
            stand.migrator_url, autocommit=True, cursor_factory=psycopg.ClientCursor[tuple[Any, ...]]
        )
        number = TENANTS[tenant]
        word = case.query.removeprefix("q=").partition("&")[0]
        self.values: dict[str, Any] = {
            "org": catalogue.organization_id(number),
            "words": f"'{word}':*",
            "exact": f"'{word}'",
            "field": catalogue.field_id(number, "niche"),
            "value": "t0",
        }
        self.statement = _PAGE % (case.rows, case.order)

    def page(self) -> bytes:
        found = self.link.execute(self.statement, self.values).fetchall()
        return orjson.dumps({"results": [_document(each) for each in found[:ROWS]]}, option=orjson.OPT_UTC_Z)


def _document(row: tuple[Any, ...]) -> dict[str, Any]:
    document = dict(zip(NAMES, row, strict=False))
    head = zip(("id", "number", "sha256", "preview_state"), row[10:14], strict=True)
    approval = zip(("state", "approved", "changes_requested"), row[16:19], strict=True)
    beside = {"current_version": dict(head), "approval": dict(approval)}
    return document | beside | {"created_at": row[14], "updated_at": row[15]}


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Ask every question of both tenants."""
    with shared_stand(full=full) as stand:
        judged = [_judged(stand, case, tenant) for case in CASES for tenant in TENANTS]
        return judged + [_in_chinese(stand, tenant) for tenant in TENANTS]


def _judged(stand: Stand, case: Case, tenant: str) -> Row:
    loop = Loop(stand, case, tenant)
    token = catalogue.TOKENS["whale" if tenant == "whale" else "small"]
    clients = [Client(stand.port, token=token) for _ in range(CLIENTS)]
    path = f"/api/assets?limit={ROWS}&{case.query}"
    _check(clients[0].get(path), loop.page(), path)
    ours, bare = _ours(stand, clients, path), _bare(loop)
    ours(), bare()
    pairs = interleaved(ours, bare, repeats=REPEATS)
    for each in clients:
        each.close()
    loop.link.close()
    return compare(f"{case.words}, {tenant}, pages per CPU second", pairs, at_least=AT_LEAST)


def _in_chinese(stand: Stand, tenant: str) -> Row:
    """Ask for two characters, and for the Latin word that stands in the same titles."""
    token = catalogue.TOKENS["whale" if tenant == "whale" else "small"]
    clients = [Client(stand.port, token=token) for _ in range(CLIENTS)]
    paths = [f"/api/assets?limit={ROWS}&q={quote(each)}" for each in (catalogue.CHINESE, catalogue.LATIN)]
    pages = [[each["id"] for each in orjson.loads(clients[0].get(path))["results"]] for path in paths]
    if not pages[0] or pages[0] != pages[1]:
        raise RuntimeError("the same titles are not found by what they say twice")
    ours, latin = (_ours(stand, clients, path) for path in paths)
    pairs = interleaved(lambda: 1000 / ours(), lambda: 1000 / latin(), repeats=REPEATS)
    for each in clients:
        each.close()
    return compare(f"two Chinese characters beside a Latin word, {tenant}, CPU ms", pairs, at_most=CHINESE)


def _ours(stand: Stand, clients: list[Client], path: str) -> Callable[[], float]:
    """Several clients ask at once, as they do: a server that is woken for every page alone pays for the waking."""

    def ask(client: Client) -> None:
        for _ in range(PAGES):
            client.get(path)

    def everyone() -> None:
        with ThreadPoolExecutor(len(clients)) as pool:
            list(pool.map(ask, clients))

    def pages_per_second() -> float:
        calls = per_second(everyone, times=1, spent=lambda: stand.server_s() + stand.database_s())
        return calls * PAGES * len(clients)

    return pages_per_second


def _bare(loop: Loop) -> Callable[[], float]:
    return lambda: per_second(
        loop.page, times=PAGES, spent=lambda: time.process_time() + cpu_s(loop.link.info.backend_pid)
    )


def _check(ours: bytes, bare: bytes, path: str) -> None:
    """Hold both to the same rows.

    Raises:
        RuntimeError: they differ, or there is nothing to compare.
    """
    mine, theirs = orjson.loads(ours)["results"], orjson.loads(bare)["results"]
    names = ("id", "title", "tags", "fields", "size", "duration", "comment_count", "current_version")
    if [[each[name] for name in names] for each in mine] != [
        [each[name] for name in names] for each in theirs
    ]:
        raise RuntimeError(f"{path}: the page and the bare loop answer different rows")
    if not mine:
        raise RuntimeError(f"{path} finds nothing")
