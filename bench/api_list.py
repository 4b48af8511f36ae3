"""`api-list`: a page of a hundred assets from the API as the stack serves it, with a real token.

Counted is the processor time of server and database, in pages a second of it, while four clients ask. The limit is a bare loop over the same
rows in the same database: psycopg, a prepared statement of the same plan, binary values, and orjson.
Left alone, as it is, the server plans some of these pages for every execution and others once; beside a loop whose
pages are all planned once a row is shown, and not judged.
It asks neither who calls nor what that person sees, opens no transaction, and speaks no HTTP.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg.types.json import set_json_loads

from bench import catalogue
from bench.api_stand import DEPTH, Client, Stand, cpu_s, per_second, shared_stand
from bench.report import Row, compare, interleaved

ROWS, PAGES, REPEATS, DEPTH_REPEATS = 100, 20, 5, 21
CLIENTS, SECONDS = 4, 1.0
LIST, PICTURES, DEEPER = 0.8, 0.5, 1.1

_COLUMNS = """a.id, a.project_id, a.title, a.kind, a.tags, a.fields, a.size, a.duration, a.version_count, a.comment_count,
    a.current_version_id, a.head_number, a.head_sha256, a.preview_state, a.created_at, a.updated_at,
    a.approval, a.approved, a.changes_requested"""
_APPROVAL = ("state", "approved", "changes_requested")
_PICTURES = """, (SELECT jsonb_build_array(p.sha256, p.generation, p.published) FROM previews_preview p
    WHERE p.organization_id = a.organization_id AND p.sha256 = a.head_sha256 AND p.is_active)"""
_SOURCE = """FROM assets_asset a WHERE a.organization_id = %(organization)s AND a.trashed_at IS NULL {after}
    ORDER BY a.created_at DESC, a.id DESC LIMIT {rows}"""
#: What the table says of heads and comments, counted anew: a benchmark that finds another answer fails.
_EXACT = """SELECT count(*) FROM assets_asset a JOIN assets_version v ON v.id = a.current_version_id
    WHERE a.organization_id = %(organization)s AND (a.duration, a.head_number, a.head_sha256, a.preview_state, a.comment_count)
        IS DISTINCT FROM (v.duration, v.number, v.sha256, v.preview_state, (SELECT count(*) FROM assets_version x
            JOIN comments_comment c ON c.organization_id = x.organization_id AND c.version_id = x.id AND c.deleted_at IS NULL
            WHERE x.organization_id = a.organization_id AND x.asset_id = a.id))"""


@dataclass(frozen=True)
class Case:
    """A page: whose, how the table names it, its address, and what a bare loop needs to read the same."""

    who: str
    words: str
    path: str
    after: dict[str, Any] = field(default_factory=dict)
    pictures: bool = False
    is_planned_once: bool = False

    @property
    def organization_id(self) -> UUID:
        return catalogue.organization_id(catalogue.SMALL if self.who == "small" else catalogue.WHALE)

    @property
    def mark(self) -> float | None:
        if self.is_planned_once:
            return None
        return PICTURES if self.pictures else LIST


class Loop:
    """The limit: the same rows, read and written by one bare connection."""

    def __init__(self, stand: Stand, case: Case) -> None:
        self.link = psycopg.connect(stand.app_url, autocommit=True)
        set_json_loads(orjson.loads, self.link)
        self.link.execute("SELECT set_config('app.organization_id', %s, false)", [str(case.organization_id)])
        if case.is_planned_once:
            self.link.execute("SET plan_cache_mode = force_generic_plan")
        self.values = {"organization": case.organization_id, **case.after}
        narrowed = "AND (a.created_at, a.id) < (%(key)s::timestamptz, %(id)s)" if case.after else ""
        columns = _COLUMNS + (_PICTURES if case.pictures else "")
        self.statement = f"SELECT {columns} {_SOURCE.format(after=narrowed, rows=ROWS + 1)}"

    def page(self) -> bytes:
        found = self.link.execute(self.statement, self.values, prepare=True, binary=True).fetchall()
        return orjson.dumps({"results": [_document(each) for each in found[:ROWS]]}, option=orjson.OPT_UTC_Z)


def _document(row: tuple[Any, ...]) -> dict[str, Any]:
    names = (
        "id",
        "project",
        "title",
        "kind",
        "tags",
        "fields",
        "size",
        "duration",
        "version_count",
        "comment_count",
    )
    document = dict(zip(names, row, strict=False))
    document["current_version"] = {
        "id": row[10],
        "number": row[11],
        "sha256": row[12],
        "preview_state": row[13],
    }
    document["created_at"], document["updated_at"] = row[14], row[15]
    document["approval"] = dict(zip(_APPROVAL, row[16:19], strict=True))
    if len(row) > 19:
        document["picture"] = row[19]
    return document


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure the whale and the small tenant, the top and the depth, without and with pictures."""
    with shared_stand(full=full) as stand:
        deep, after = _deep_page(stand)
        top = f"/api/assets?limit={ROWS}"
        deeper = f"whale, {int(stand.assets * DEPTH):,} rows deep"
        pictures = f"{top}&include=thumbnail"
        for who in ("whale", "small"):
            _check_kept(stand, Case(who, "", top))
        return [
            _judged(stand, Case("whale", "whale, top", top)),
            _judged(stand, Case("whale", deeper, deep, after)),
            _judged(stand, Case("small", "small tenant, top", top)),
            _judged(stand, Case("whale", "whale, include=thumbnail", pictures, pictures=True)),
            _judged(stand, Case("small", "small tenant, include=thumbnail", pictures, pictures=True)),
            _judged(stand, Case("whale", "whale, top, beside a plan made once", top, is_planned_once=True)),
            _depth(stand, top, deep),
            _rate(stand, top),
        ]


def _deep_page(stand: Stand) -> tuple[str, dict[str, Any]]:
    """Answer the address of a page far down, and where it begins."""
    client = Client(stand.port, token=catalogue.TOKENS["whale"])
    page = orjson.loads(client.get(f"/api/assets?limit={ROWS}&offset={int(stand.assets * DEPTH) - ROWS}"))
    client.close()
    last = page["results"][-1]
    return "/api/" + page["next"].split("/api/", 1)[1], {"key": last["created_at"], "id": UUID(last["id"])}


def _judged(stand: Stand, case: Case) -> Row:
    loop = Loop(stand, case)
    clients = _clients(stand, case.who)
    _check(clients[0].get(case.path), loop.page())
    ours, bare = _ours(stand, clients, case.path), _bare(stand, loop)
    ours(), bare()
    pairs = interleaved(ours, bare, repeats=REPEATS)
    for each in clients:
        each.close()
    loop.link.close()
    return compare(f"{case.words}, pages per CPU second", pairs, at_least=case.mark)


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


def _clients(stand: Stand, who: str) -> list[Client]:
    return [Client(stand.port, token=catalogue.TOKENS[who]) for _ in range(CLIENTS)]


def _bare(stand: Stand, loop: Loop) -> Callable[[], float]:
    return lambda: per_second(
        loop.page, times=PAGES, spent=lambda: time.process_time() + cpu_s(loop.link.info.backend_pid)
    )


def _check(ours: bytes, bare: bytes) -> None:
    """Hold both to the same rows.

    Raises:
        RuntimeError: they differ.
    """
    mine, theirs = orjson.loads(ours)["results"], orjson.loads(bare)["results"]
    names = ("id", "title", "tags", "fields", "size", "duration", "comment_count", "current_version")
    if [[each[name] for name in names] for each in mine] != [
        [each[name] for name in names] for each in theirs
    ]:
        raise RuntimeError("the page and the bare loop answer different rows")


def _check_kept(stand: Stand, case: Case) -> None:
    """Hold what the table says of heads and comments to the heads and comments themselves.

    Raises:
        RuntimeError: they differ.
    """
    loop = Loop(stand, case)
    found = loop.link.execute(_EXACT, loop.values).fetchone()
    loop.link.close()
    if found != (0,):
        raise RuntimeError(f"assets that say something else than their heads and comments: {found}")


def _depth(stand: Stand, top: str, deep: str) -> Row:
    clients = _clients(stand, "whale")
    down, up = _ours(stand, clients, deep), _ours(stand, clients, top)
    down(), up()
    # Both are the product's: what tells them apart is small, and more pairs tell it from noise.
    pairs = interleaved(lambda: 1000 / down(), lambda: 1000 / up(), repeats=DEPTH_REPEATS)
    for each in clients:
        each.close()
    return compare("deep page beside the top, CPU ms", pairs, at_most=DEEPER)


def _rate(stand: Stand, path: str) -> Row:
    """Show pages a second of the clock, four at a time; clients and servers share the machine, so nothing is judged."""
    clients = _clients(stand, "whale")
    loops = [Loop(stand, Case("whale", "", path)) for _ in range(CLIENTS)]
    pairs = interleaved(
        lambda: _together([lambda each=each: each.get(path) for each in clients]),  # type: ignore[misc]
        lambda: _together([each.page for each in loops]),
    )
    return compare(f"whale, top, pages a second, {CLIENTS} at a time", pairs)


def _together(calls: list[Callable[[], object]]) -> float:
    until = time.monotonic() + SECONDS

    def many(call: Callable[[], object]) -> int:
        done = 0
        while time.monotonic() < until:
            call()
            done += 1
        return done

    with ThreadPoolExecutor(len(calls)) as pool:
        return sum(pool.map(many, calls)) / SECONDS
