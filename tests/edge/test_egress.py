"""What the edges sent is counted into the database: each line once, whatever happens while it is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections

from dam.core import tenancy
from dam.stack.supervising import logs
from previews.edge_tokens import NO_SHARE, short_id
from previews.models import Egress
from previews.services import EgressCounter
from tests.cast import Cast
from tests.edge.conftest import MP4, SEGMENT, Published
from tests.edge.running import Edge, wait_for

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.now(UTC).date()


class Log:
    """A log as the edge writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(
        self, organization: UUID | None, *, share: UUID = NO_SHARE, sent: int = 1, at: float | None = None
    ) -> None:
        line = {
            "time": time.time() if at is None else at,
            "org": short_id(organization) if organization else "",
            "share": short_id(share) if organization else "",
            "bytes": sent,
            "origin_bytes": "10, 20 : 30",
            "request": uuid4().hex,
        }
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "egress.log")


def sums(organization: UUID) -> dict[tuple[str, UUID], tuple[int, int, int]]:
    with tenancy.scope(organization):
        rows = Egress.objects.all()
        return {
            (str(each.day), each.share_id): (each.requests, each.bytes, each.origin_bytes) for each in rows
        }


def test_lines_are_summed_by_organization_share_and_day(cast: Cast, log: Log) -> None:
    mine, theirs, share = cast.project.organization_id, cast.foreign.organization_id, uuid4()
    log.write(mine, sent=100)
    log.write(mine, sent=11)
    log.write(mine, share=share, sent=7)
    log.write(theirs, sent=1000)
    log.write(None, sent=5000)
    log.write(mine, sent=3, at=datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC).timestamp())

    assert EgressCounter().count(log.path) == 6

    assert sums(mine) == {
        (str(TODAY), NO_SHARE): (2, 111, 120),
        (str(TODAY), share): (1, 7, 60),
        ("2026-01-31", NO_SHARE): (1, 3, 60),
    }
    assert sums(theirs) == {(str(TODAY), NO_SHARE): (1, 1000, 60)}


def test_line_is_counted_once_however_often_the_log_is_read(cast: Cast, log: Log) -> None:
    mine = cast.project.organization_id
    counter = EgressCounter()
    for count in range(1, 4):
        log.write(mine, sent=10)
        counter.count(log.path)
        EgressCounter().count(log.path)
        assert sums(mine)[str(TODAY), NO_SHARE][:2] == (count, 10 * count)


def test_half_a_line_waits_for_its_other_half(cast: Cast, log: Log) -> None:
    mine = cast.project.organization_id
    counter = EgressCounter()
    log.write(mine, sent=1)
    log.write(mine, sent=2)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-20])
    counter.count(log.path)
    assert sums(mine)[str(TODAY), NO_SHARE][:2] == (1, 1)

    log.path.write_bytes(whole)
    counter.count(log.path)

    assert sums(mine)[str(TODAY), NO_SHARE][:2] == (2, 3)


def test_turned_and_moved_logs_go_on_where_they_were_left(cast: Cast, log: Log, tmp_path: Path) -> None:
    mine = cast.project.organization_id
    counter = EgressCounter()
    for _ in range(3):
        log.write(mine)
        counter.count(log.path)
        log.write(mine)
        logs.turn(log.path)
    log.write(mine)
    counter.count(log.path)
    assert sums(mine)[str(TODAY), NO_SHARE][0] == 7

    elsewhere = tmp_path / "shipped" / "egress.log"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(log.path.read_bytes())
    Log(elsewhere).write(mine)
    EgressCounter().count(elsewhere)

    assert sums(mine)[str(TODAY), NO_SHARE][0] == 8


def test_log_that_is_cut_off_and_filled_again_is_counted_from_its_beginning(cast: Cast, log: Log) -> None:
    mine = cast.project.organization_id
    counter = EgressCounter()
    for _ in range(5):
        log.write(mine)
    counter.count(log.path)

    log.path.write_bytes(b"")
    log.write(mine)
    counter.count(log.path)

    assert sums(mine)[str(TODAY), NO_SHARE][0] == 6


def test_unreadable_lines_cost_nobody_and_stop_nothing(cast: Cast, log: Log) -> None:
    mine = cast.project.organization_id
    log.write(mine)
    with log.path.open("ab") as stream:
        stream.write(b'{"time":1,"org":"x"\n\xff\xfe\n{"time":"never","org":"A","share":""}\n[]\n')
    log.write(uuid4())  # an organisation that is gone
    log.write(mine)

    EgressCounter().count(log.path)

    assert sums(mine)[str(TODAY), NO_SHARE][0] == 2


def test_two_counters_at_once_count_each_line_once(committed_cast: Cast, log: Log) -> None:
    mine = committed_cast.project.organization_id
    for _ in range(500):
        log.write(mine, sent=3)

    def count(_: int) -> None:
        EgressCounter().count(log.path)
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(8)))

    assert sums(mine)[str(TODAY), NO_SHARE][:2] == (500, 1500)


def test_counter_that_is_killed_between_sum_and_place_counts_nothing_twice(
    committed_cast: Cast, log: Log
) -> None:
    mine = committed_cast.project.organization_id
    for _ in range(20):
        log.write(mine)
    command = [sys.executable, "manage.py", "edge", "count-egress", str(log.path)]
    armed = {"DAM_FAILPOINTS": "1", "DAM_FAIL_AT": "egress:summed"}

    killed = subprocess.run(command, cwd=ROOT, env=os.environ | armed, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert sums(mine) == {}
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert told == "20 lines counted.\n"
    assert sums(mine)[str(TODAY), NO_SHARE][0] == 20


def test_thousand_requests_are_billed_to_the_byte(
    nginx: Edge, publish: Callable[..., Published], committed_cast: Cast
) -> None:
    """Probe 68: what the clients received is what is counted, errors and parts of files included."""
    mine, share = committed_cast.project.organization_id, uuid4()
    shown = publish(nginx, organization=mine, share=share)
    asked: list[dict[str, Any]] = [
        {"rest": "master.m3u8"},
        {"rest": "v0/00000.m4s"},
        {"rest": "v0/00000.m4s", "headers": {"Range": "bytes=100-4099"}},
        {"rest": "missing.m3u8"},
        {"rest": "master.m3u8", "method": "HEAD"},
        {"rest": "master.m3u8", "expires_s": int(time.time()) - 60},
        {"rest": "proxy.mp4", "kind": "mp4", "headers": {"Range": "bytes=2500000-2501999"}},
        {"rest": "v0/00000.m4s", "headers": {"Range": "bytes=0-9,20-29"}},
    ]

    def ask(number: int) -> int:
        return len(shown.get(**asked[number % len(asked)]).body)

    with ThreadPoolExecutor(8) as pool:
        received = sum(pool.map(ask, range(1000)))
    nginx.accounts(digest=shown.grant.digest, least=1000)

    counter = EgressCounter()
    assert wait_for(
        lambda: bool(counter.count(nginx.config.run_dir / "egress.log") or sums(mine)), timeout_s=5
    )

    assert sums(mine)[str(TODAY), share][:2] == (1000, received)
    assert sums(mine)[str(TODAY), share][2] >= len(SEGMENT) + len(MP4)


def test_admins_read_what_was_sent(cast: Cast, log: Log) -> None:
    mine, share = cast.project.organization_id, uuid4()
    log.write(mine, sent=100, at=datetime(2026, 1, 31, tzinfo=UTC).timestamp())
    log.write(mine, share=share, sent=7)
    log.write(cast.foreign.organization_id, sent=1000)
    EgressCounter().count(log.path)
    address = f"/api/orgs/{mine}/egress"

    everything = cast.owner.get(address)
    of_january = cast.owner.get(f"{address}?from=2026-01-01&to=2026-01-31")

    assert everything["total"] == {"requests": 2, "bytes": 107, "origin_bytes": 120}
    assert {(each["day"], each["share"], each["bytes"]) for each in everything["results"]} == {
        ("2026-01-31", None, 100),
        (str(TODAY), str(share), 7),
    }
    assert of_january["total"]["bytes"] == 100
    assert cast.owner.get(f"{address}?from=2026-02-01&to=2026-01-01").status == 400
    assert cast.owner.get(f"{address}?from=yesterday").status == 400
    assert [
        getattr(cast, role).get(address).status for role in ("editor", "viewer", "stranger", "nobody")
    ] == [
        403,
        403,
        404,
        401,
    ]
