"""`exchange`: a catalogue of 100,000 assets out as a table, in again by file names and digests, and mirrored as links.

Limits of the same run: PostgreSQL's own COPY of the same facts; the bare SQL of the same changes; bare files written and
synced one by one. Memory of whoever does the work is told after a tenth of the rows and after all of them.
"""

import csv
import http.client
import io
import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import catalogue
from bench.api_stand import Stand, children_of, running_stand
from bench.bulk_scene import ORGANIZATION, SHARE, Api, Json, Worker
from bench.report import Row, compare, interleaved, judge
from dam.stack.servers.service import LOOPBACK

QUICK, FULL = 5_000, 100_000
REPEATS, AT_ONCE = 5, 1000
PEAK_AT_MOST_MB, FIRST_BYTE_WITHIN_S = 300, 1.0
PROJECT = str(catalogue.project_id(catalogue.WHALE, 1))
ROOT = "bench"

COPY = """
    COPY (
        SELECT asset.id, asset.title, asset.kind, asset.tags, asset.project_id, project.name, asset.folder, version.name,
            version.type, version.sha256, asset.size, version.duration, version.width, version.height,
            version.frame_rate, version.frame_count, version.start_timecode, version.codec, version.captured_at,
            version.id, version.number, asset.version_count, asset.created_at, asset.updated_at, asset.fields
        FROM assets_asset asset
        JOIN orgs_project project ON project.id = asset.project_id
        JOIN assets_version version ON version.id = asset.current_version_id
        WHERE asset.organization_id = '{}' ORDER BY asset.created_at DESC, asset.id DESC
    ) TO STDOUT (FORMAT csv, HEADER)
""".format(ORGANIZATION)  # noqa: S608, UP032  our own id
BARE = """
    WITH held AS (
        SELECT asset.id, asset.fields, asset.project_id FROM assets_version version
        JOIN assets_asset asset ON asset.id = version.asset_id AND asset.organization_id = version.organization_id
        WHERE version.organization_id = %(org)s AND version.name = ANY (%(names)s) ORDER BY asset.id FOR UPDATE OF asset
    ), written AS (
        UPDATE assets_asset asset SET updated_at = now(),
            fields = asset.fields || jsonb_build_object('niche', %(value)s::text) FROM held
        WHERE asset.organization_id = %(org)s AND asset.id = held.id RETURNING asset.id, asset.fields
    ), found AS (
        UPDATE assets_search entry SET words = entry.words || (quote_literal(%(value)s::text) || ':91C')::tsvector
        FROM held WHERE entry.organization_id = %(org)s AND entry.asset_id = held.id
    ), valued AS (
        UPDATE assets_fieldvalue value SET as_text = %(value)s FROM held WHERE value.organization_id = %(org)s
            AND value.asset_id = held.id AND value.field_id = %(field)s
    )
    INSERT INTO activity_event (id, organization_id, verb, actor_kind, actor_name, target_kind, target_id, project_id,
        asset_id, type, data, before, after, ip, user_agent, request_id, created_at)
    SELECT uuidv7(), %(org)s, 'asset.updated', 'user', '', 'asset', held.id, held.project_id, held.id, '', '{}',
        jsonb_build_object('fields', held.fields), jsonb_build_object('fields', written.fields), '', '', '', now()
    FROM held JOIN written USING (id)
"""


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Export, import by every key, build a mirror and keep it in step."""
    size = FULL if full else QUICK
    with tempfile.TemporaryDirectory(prefix="dam-bench-mirror-") as root:
        os.environ["MIRROR_ROOTS"] = f"{ROOT}={root}"
        with running_stand(assets=round(size / SHARE), stores=("postgres", "redis", "s3")) as stand:
            return _measured(stand, Path(root))


def _measured(stand: Stand, root: Path) -> list[Row]:
    with Scene.of(stand) as scene:
        rows = _exported(scene)
        rows += _imported(scene)
        rows += _mirrored(scene, root)
        peak = judge(
            "worker's memory", [(scene.worker.peak_mb, PEAK_AT_MOST_MB)], at_most=PEAK_AT_MOST_MB, unit="MB"
        )
    return [*rows, peak]


@dataclass
class Scene:
    """The stand with a worker; the whale's assets, each with a file name of its own."""

    stand: Stand
    worker: Worker
    database: psycopg.Connection
    api: Api
    files: list[tuple[str, str]]

    @classmethod
    @contextmanager
    def of(cls, stand: Stand) -> Iterator["Scene"]:
        """Name the files apart, and keep a worker."""
        with psycopg.connect(stand.migrator_url, autocommit=True) as database:
            database.execute(
                "UPDATE assets_version SET name = 'clip-' || left(sha256, 20) || '.mov' WHERE organization_id = %s",
                [ORGANIZATION],
            )
            database.execute("VACUUM ANALYZE assets_version")
            files = database.execute(
                "SELECT version.name, version.sha256 FROM assets_asset asset JOIN assets_version version"
                " ON version.id = asset.current_version_id WHERE asset.organization_id = %s ORDER BY md5(version.name)",
                [ORGANIZATION],
            ).fetchall()
            worker = Worker(stand)
            try:
                yield cls(stand, worker, database, Api(stand.port), files)
            finally:
                worker.end()

    def do(self, job: str) -> tuple[Json, float]:
        """Have a job done, and answer its result and seconds.

        Raises:
            RuntimeError: it did not end well.
        """
        self.worker.hand(job)
        seconds = self.worker.answer()["seconds"]
        told = self.api.call("GET", f"/api/jobs/{job}")
        if told["state"] != "succeeded":
            raise RuntimeError(f"{told['kind']}: {told['state']} {told['error']}")
        return told["result"], seconds


# --- out --------------------------------------------------------------------------------------------


def _exported(scene: Scene) -> list[Row]:
    """Fetch the whole as a table; the first bytes come at once, whatever follows."""
    server = children_of(scene.stand.server or 0)
    _fetched(scene, "limit to one project", f"&project={PROJECT}")
    before = max((_peak_mb(each) for each in server), default=0.0)
    firsts: list[float] = []

    def ours() -> float:
        first, seconds = _fetched(scene, "csv")
        firsts.append(first)
        return len(scene.files) / seconds

    def bare() -> float:
        began = time.monotonic()
        with (
            psycopg.connect(scene.stand.migrator_url) as database,
            database.cursor().copy(COPY.encode()) as copy,
        ):
            for _ in copy:
                pass
        return len(scene.files) / (time.monotonic() - began)

    pairs = interleaved(ours, bare)
    after = max((_peak_mb(each) for each in server), default=0.0)
    return [
        compare(f"rows a second out of {len(scene.files):,} as CSV; limit: COPY", pairs),
        judge(
            "first byte of an export",
            [(each, FIRST_BYTE_WITHIN_S) for each in firsts],
            at_most=FIRST_BYTE_WITHIN_S,
            unit="s",
        ),
        judge(
            "server's memory; limit: before",
            [(after, before or after)],
            at_most=PEAK_AT_MOST_MB,
            unit="MB",
        ),
    ]


def _fetched(scene: Scene, name: str, more: str = "") -> tuple[float, float]:
    """Fetch an export to its end; answer the seconds until its first byte and its last one."""
    link = http.client.HTTPConnection(LOOPBACK, scene.stand.port, timeout=600)
    began = time.monotonic()
    link.request(
        "GET",
        f"/api/assets/export?format=csv&org={ORGANIZATION}{more}",
        headers={"Authorization": f"Bearer {scene.api.token}"},
    )
    answer = link.getresponse()
    answer.read(1)
    first = time.monotonic() - began
    lines = 0
    while piece := answer.read(262_144):
        lines += piece.count(b"\n")
    link.close()
    if answer.status != 200 or (not more and lines != len(scene.files) + 1):
        raise RuntimeError(f"{name}: {answer.status}, {lines} lines")
    return first, time.monotonic() - began


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(each for each in lines if each.startswith("VmHWM:")).split()[1]) / 1024


# --- in ---------------------------------------------------------------------------------------------


def _imported(scene: Scene) -> list[Row]:
    """Bring a value in by name, a fifth of the rows at a time beside the bare SQL; then all by digest, tried and done."""
    part = max(1, len(scene.files) // (2 * REPEATS))
    parts = iter([scene.files[start : start + part] for start in range(0, part * 2 * REPEATS, part)])
    pairs = interleaved(lambda: _brought(scene, next(parts), "name"), lambda: _bare(scene, next(parts)))
    rows = [compare("rows a second in, by name; limit: bare SQL", pairs)]
    for is_dry in (True, False):
        rate = _brought(scene, scene.files, "sha256", is_dry=is_dry)
        words = "tried" if is_dry else "done"
        rows.append(
            compare(
                f"rows a second in, all {len(scene.files):,} by digest, {words}; limit: bare SQL",
                [(rate, rows[0].limit)],
            )
        )
    return rows


def _brought(scene: Scene, files: Sequence[tuple[str, str]], key: str, *, is_dry: bool = False) -> float:
    """Import a table; answer rows a second.

    Raises:
        RuntimeError: a row failed, or changed nothing.
    """
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([key, "field.niche"])
    table.writerows([(name if key == "name" else digest), f"{key}ed"] for name, digest in files)
    body = text.getvalue().encode()
    opened = scene.api.call(
        "POST",
        "/api/presign",
        {"project": PROJECT, "name": "rows.csv", "size": len(body), "type": "text/csv"},
    )
    upload, size = opened["upload"]["id"], opened["upload"]["part_size"]
    ledger = []
    for each in opened["parts"]:
        first = (each["number"] - 1) * size
        request = urllib.request.Request(each["url"], data=body[first : first + each["size"]], method="PUT")  # noqa: S310  the store's own address
        request.add_unredirected_header("Content-Type", "")
        with urllib.request.urlopen(request) as answer:  # noqa: S310  likewise
            ledger.append({"number": each["number"], "etag": answer.headers["ETag"]})
    scene.api.call("POST", f"/api/uploads/{upload}/complete", {"parts": ledger})
    asked: dict[str, Any] = {"upload": upload, "format": "csv", "match": key, "dry_run": is_dry}
    result, seconds = scene.do(scene.api.call("POST", "/api/assets/import", asked)["id"])
    if (result["changed"], result["failed"]) != (len(files), 0):
        raise RuntimeError(f"{result['changed']} changed, {result['failed']} failed: {result['errors'][:2]}")
    return len(files) / seconds


def _bare(scene: Scene, files: Sequence[tuple[str, str]]) -> float:
    names = [name for name, _ in files]
    given = {"org": ORGANIZATION, "field": catalogue.field_id(catalogue.WHALE, "niche"), "value": "bare"}
    began = time.monotonic()
    with psycopg.connect(scene.stand.app_url, autocommit=True) as database:
        for start in range(0, len(names), AT_ONCE):
            with database.transaction():
                database.execute("SELECT set_config('app.organization_id', %s, true)", [str(ORGANIZATION)])
                database.execute(BARE, given | {"names": names[start : start + AT_ONCE]})
    return len(names) / (time.monotonic() - began)


# --- mirrored ---------------------------------------------------------------------------------------


def _mirrored(scene: Scene, root: Path) -> list[Row]:
    """Build a tree of links afresh, build it again, and let it follow a change of where a hundredth belongs."""
    total = len(scene.files)
    bare = _plain_files(root, min(total, 5_000))
    given = {
        "org": str(ORGANIZATION),
        "name": "Bench",
        "root": ROOT,
        "template": "{niche}/{created_month}/{name}",
    }
    mirror = scene.api.call("POST", "/api/mirrors", given)
    rows = []
    for words in ("built", "built again"):
        job = (
            mirror["job"]
            if words == "built"
            else scene.api.call("POST", f"/api/mirrors/{mirror['id']}/rebuild")["id"]
        )
        result, seconds = scene.do(job)
        if result["put"] != total:
            raise RuntimeError(f"{words}: {result}")
        rows.append(
            compare(f"links a second, all {total:,} {words}; limit: bare files", [(total / seconds, bare)])
        )
    few = scene.files[: max(100, total // 100)]
    _brought(scene, few, "name")
    scene.worker.sweep()
    followed, seconds = scene.do(scene.api.call("GET", f"/api/mirrors/{mirror['id']}")["job"])
    if (followed["put"], followed["removed"]) != (len(few), len(few)):
        raise RuntimeError(f"followed: {followed}")
    return [
        *rows,
        compare(
            f"links a second, {len(few):,} moved after a change; limit: bare files",
            [(len(few) / seconds, bare)],
        ),
    ]


def _plain_files(root: Path, count: int) -> float:
    """Write as many small files, synced one by one; answer how many a second."""
    began = time.monotonic()
    for number in range(count):
        folder = root / "plain" / str(number % 20)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{number}.url").open("wb") as file:
            file.write(json.dumps({"URL": f"http://127.0.0.1/a/{number}"}).encode())
            file.flush()
            os.fsync(file.fileno())
    return count / (time.monotonic() - began)
