"""`bulk`: work over a whole search of 100,000 assets: its speed, what others wait for meanwhile, memory, stopping, undo.

The limit of its speed is the bare SQL of the same changes: rows, values of a field, what search finds, the record and
what an undo needs, in one statement for a thousand assets. Meanwhile somebody else edits assets of the same search over
the API, eight times a second. Everything is checked: a job that leaves an asset out, or changes one twice, fails.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg

from bench import catalogue
from bench.api_stand import running_stand
from bench.bulk_scene import ORGANIZATION, SHARE, SLICES, Api, Scene, Worker, one
from bench.report import Row, compare, interleaved, judge

QUICK, FULL = 5_000, 100_000
AT_ONCE = 1000
AT_LEAST, WAIT_AT_MOST_S, PEAK_AT_MOST_MB, STOPS_WITHIN_S = 0.25, 1.0, 300, 5
LIVE_A_SECOND = 25
PATIENCE_S = 3600
#: Somebody edits as often: more than 600 changes a minute are anybody's fault, and refused.
EDITS_EVERY_S = 0.125
EDIT: Mapping[str, Any] = {"tag": ["bench"], "set": {"niche": "boats"}}

# The same rows as the product's, of a thousand assets, by one statement; the words are put together by the database.
BARE = """
    WITH held AS (
        SELECT id, tags, fields, updated_at, project_id FROM assets_asset
        WHERE organization_id = %(org)s AND id = ANY (%(ids)s) ORDER BY id FOR UPDATE
    ), written AS (
        UPDATE assets_asset asset SET tags = asset.tags || 'bare'::text, updated_at = now(),
            fields = asset.fields || '{"niche": "barges"}' FROM held
        WHERE asset.organization_id = %(org)s AND asset.id = held.id RETURNING asset.id, asset.tags, asset.fields
    ), found AS (
        UPDATE assets_search entry SET words = entry.words || 'bare:90B t=bare barges:91C'::tsvector FROM held
        WHERE entry.organization_id = %(org)s AND entry.asset_id = held.id
    ), valued AS (
        UPDATE assets_fieldvalue value SET as_text = 'barges' FROM held WHERE value.organization_id = %(org)s
            AND value.asset_id = held.id AND value.field_id = %(field)s
    ), kept AS (
        INSERT INTO bulk_change (organization_id, operation_id, asset_id, before, "left", was, stamp)
        SELECT %(org)s, %(operation)s, id, jsonb_build_object('tags', tags, 'fields', fields), '{}', updated_at, now()
        FROM held
    )
    INSERT INTO activity_event (id, organization_id, verb, actor_kind, actor_name, target_kind, target_id, project_id,
        asset_id, type, data, before, after, ip, user_agent, request_id, operation_id, created_at)
    SELECT uuidv7(), %(org)s, 'asset.updated', 'user', '', 'asset', held.id, held.project_id, held.id, '', '{}',
        jsonb_build_object('tags', held.tags, 'fields', held.fields),
        jsonb_build_object('tags', written.tags, 'fields', written.fields), '', '', '', %(operation)s, now()
    FROM held JOIN written USING (id)
"""


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure a slice both ways in turn, then the whole search by each action, stopped, killed and undone."""
    size = FULL if full else QUICK
    with running_stand(assets=round(size / SHARE)) as stand, Scene.of(stand) as scene:
        speed = _speed(scene)
        bare = speed.limit
        small_mb = scene.worker.peak_mb
        rows = [speed, *_whole(scene, bare)]
        rows += _others(scene)
        rows += [_stopped(scene), _killed(scene)]
        rows += _undone(scene, bare)
        peak = judge(
            "worker's memory", [(scene.worker.peak_mb, small_mb)], at_most=PEAK_AT_MOST_MB, unit="MB"
        )
    return [*rows, replace(peak, measure=f"{peak.measure}; limit: after the first actions")]


# --- speed ------------------------------------------------------------------------------------------


def _speed(scene: Scene) -> Row:
    """Edit a tag and a field, of five slices by a job and of the other five by the database alone.

    Before that search learns everything that the assets say: both sides then write entries of the same size.
    """
    slices = iter(range(SLICES))
    scene.do({"tag": ["warm"]})
    pairs = interleaved(
        lambda: scene.do(EDIT, scene.slice(next(slices)))[1], lambda: _bare(scene, next(slices))
    )
    return compare(
        "assets a second: one more tag and another value; limit: bare SQL", pairs, at_least=AT_LEAST
    )


def _bare(scene: Scene, number: int) -> float:
    """Change one slice as the role of the application, behind the same policies; answer assets a second."""
    low = scene.bounds[number - 1] if number else "-infinity"
    ids = [
        found
        for (found,) in scene.database.execute(
            "SELECT id FROM assets_asset WHERE organization_id = %s AND created_at > %s AND created_at <= %s ORDER BY id",
            [ORGANIZATION, low, scene.bounds[number]],
        )
    ]
    given = {
        "org": ORGANIZATION,
        "operation": _operation(scene),
        "field": catalogue.field_id(catalogue.WHALE, "niche"),
    }
    began = time.monotonic()
    with psycopg.connect(scene.stand.app_url, autocommit=True) as database:
        for start in range(0, len(ids), AT_ONCE):
            with database.transaction():
                database.execute("SELECT set_config('app.organization_id', %s, true)", [str(ORGANIZATION)])
                database.execute(BARE, given | {"ids": ids[start : start + AT_ONCE]})
    return len(ids) / (time.monotonic() - began)


def _operation(scene: Scene) -> str:
    """Answer an operation of the product's own, whose changes the bare rows may be."""
    found = one(
        scene.database, "SELECT id FROM bulk_operation WHERE organization_id = %s ORDER BY id DESC LIMIT 1"
    )
    scene.database.execute("DELETE FROM bulk_change WHERE operation_id = %s", [found])
    return str(found)


# --- the whole search -------------------------------------------------------------------------------


def _whole(scene: Scene, bare: float) -> list[Row]:
    """Do everything else once to all: into another project, a collection, the trash, and back; beside the bare edit."""
    project = str(catalogue.project_id(catalogue.WHALE, 1))
    made = scene.api.call("POST", "/api/collections", {"project": project, "name": f"All {uuid4().hex[:6]}"})
    rows = []
    for name, action in (
        ("moved", {"move": project}),
        ("collected", {"collect": made["id"]}),
        ("trashed", {"trash": True}),
        ("restored", {"restore": True}),
    ):
        query = {"trashed": True} if name == "restored" else {}
        result, rate = scene.do(action, query)
        if result["matched"] != scene.total:
            raise RuntimeError(f"{name}: {result['matched']} of {scene.total}")
        rows.append(compare(f"assets a second, all {scene.total:,} {name}; limit: bare edit", [(rate, bare)]))
    return rows


# --- others meanwhile -------------------------------------------------------------------------------


def _others(scene: Scene) -> list[Row]:
    """Let somebody edit assets of the search while a job edits them all; and count what sockets are told."""
    alone = _waits(scene, lambda: time.sleep(3))
    before = _told(scene)
    seconds = [0.0]

    def work() -> None:
        began = time.monotonic()
        scene.do({"tag": ["all"], "set": {"niche": "all"}})
        seconds[0] = time.monotonic() - began

    met = _waits(scene, work)
    told = _told(scene) - before - len(met)
    slowest = max(met)
    live = judge(
        "live events a second while it runs",
        [(told / seconds[0], LIVE_A_SECOND)],
        at_most=LIVE_A_SECOND,
        unit="a second",
    )
    return [
        judge(
            f"another's edit meanwhile, p99 of {len(met)}; limit: alone",
            [(_p99(met), _p99(alone))],
            at_most=WAIT_AT_MOST_S,
            unit="s",
        ),
        judge(
            "another's edit meanwhile, slowest; limit: alone",
            [(slowest, max(alone))],
            at_most=WAIT_AT_MOST_S,
            unit="s",
        ),
        live,
    ]


def _p99(waits: list[float]) -> float:
    return sorted(waits)[len(waits) * 99 // 100]


def _told(scene: Scene) -> int:
    return int(
        one(scene.database, "SELECT count(*) FROM activity_event WHERE organization_id = %s AND type <> ''")
    )


def _waits(scene: Scene, act: Callable[[], object]) -> list[float]:
    """Answer how long each edit of somebody else took, one after the other, for as long as something happens."""
    ids = [
        str(each)
        for (each,) in scene.database.execute(
            "SELECT id FROM assets_asset WHERE organization_id = %s ORDER BY md5(id::text) LIMIT 2000",
            [ORGANIZATION],
        )
    ]
    took: list[float] = []
    ended = threading.Event()
    faults: list[Exception] = []

    def edit() -> None:
        api, number = Api(scene.stand.port), 0
        while not ended.is_set():
            began = time.monotonic()
            try:
                api.call(
                    "PATCH", f"/api/assets/{ids[number % len(ids)]}", {"title": f"Another {uuid4().hex}"}
                )
            except RuntimeError as error:
                faults.append(error)
                return
            took.append(time.monotonic() - began)
            number += 1
            ended.wait(max(0.0, EDITS_EVERY_S - took[-1]))

    other = threading.Thread(target=edit)
    other.start()
    try:
        act()
    finally:
        ended.set()
        other.join()
    if faults:
        raise faults[0]
    return took


# --- stopped and killed -----------------------------------------------------------------------------


def _until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > give_up:
            raise RuntimeError("a job does not come along")
        time.sleep(0.02)


def _begun(scene: Scene, action: Mapping[str, Any], worker: Worker) -> str:
    """Begin work over everything, and wait until some of it is done."""
    job = scene.ask(action)
    worker.hand(job)
    _until(lambda: _done(scene, job) > 0)
    return job


def _done(scene: Scene, job: str) -> int:
    return int(one(scene.database, "SELECT done FROM bulk_operation WHERE id = %s", job))


def _stopped(scene: Scene) -> Row:
    """Cancel a job in the middle; measure until its worker is free again."""
    job = _begun(scene, {"tag": ["stopped"]}, scene.worker)
    began = time.monotonic()
    scene.api.call("POST", f"/api/jobs/{job}/cancel")
    scene.worker.answer()
    took = time.monotonic() - began
    if scene.job(job)["state"] != "cancelled" or _done(scene, job) >= scene.total:
        raise RuntimeError("the job was not stopped in the middle")
    return judge("cancelled → its worker is free", [(took, STOPS_WITHIN_S)], at_most=STOPS_WITHIN_S, unit="s")


def _killed(scene: Scene) -> Row:
    """Kill a worker in the middle; the next one goes on, and every asset is changed and recorded once."""
    victim = Worker(scene.stand)
    try:
        job = _begun(scene, {"tag": ["killed"]}, victim)
    finally:
        victim.end()
    at = _done(scene, job)
    scene.database.execute(
        "UPDATE jobs_job SET lease_until = now() - interval '1 second' WHERE id = %s", [job]
    )
    scene.worker.hand(job)
    scene.worker.answer()
    lines, assets = scene.database.execute(
        "SELECT count(*), count(DISTINCT asset_id) FROM activity_event WHERE operation_id = %s AND verb = 'asset.updated'",
        [job],
    ).fetchone() or (0, 0)
    if not (0 < at < scene.total) or (lines, assets, _done(scene, job)) != (scene.total,) * 3:
        raise RuntimeError(f"killed at {at}: {lines} lines about {assets} of {scene.total} assets")
    return compare("killed and gone on: lines in the record for each asset", [(lines / assets, 1.0)])


# --- undone -----------------------------------------------------------------------------------------


def _undone(scene: Scene, bare: float) -> list[Row]:
    """Take an edit of everything back, in which every hundredth asset was edited since: those stay, and are told."""
    job = scene.do({"tag": ["undo"], "set": {"niche": "undo"}})[0]["job"]
    ids = [
        each
        for (each,) in scene.database.execute(
            "SELECT id FROM assets_asset WHERE organization_id = %s ORDER BY md5(id::text) LIMIT %s",
            [ORGANIZATION, min(scene.total // 100, 400)],
        )
    ]
    for each in ids:
        scene.api.call("PATCH", f"/api/assets/{each}", {"title": "Edited since"})
    undo = scene.api.call("POST", f"/api/jobs/{job}/undo")["id"]
    scene.worker.hand(undo)
    seconds = scene.worker.answer()["seconds"]
    result = scene.job(undo)["result"]
    left = int(
        one(
            scene.database,
            "SELECT count(*) FROM assets_asset WHERE organization_id = %s AND tags @> '{undo}'",
        )
    )
    if set(result["skipped"]) != {str(each) for each in ids} or left != len(ids) != 0:
        raise RuntimeError(f"undone: {len(result['skipped'])} skipped of {len(ids)}, {left} left")
    rate = scene.total / seconds
    return [
        compare(f"assets a second, undone but {len(ids)} edited since; limit: bare edit", [(rate, bare)]),
    ]
