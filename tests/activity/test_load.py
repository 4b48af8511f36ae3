"""Clients that take nothing, say too much or come too often harm nobody else."""

from __future__ import annotations

import contextlib
import resource
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed

from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from orgs.models import Grant
from orgs.services import Place, create_project, remove_member, set_grant
from tests.activity.sockets import Client, LiveProcess, happen, settle
from tests.cast import Cast

CROWD = 200
ESTABLISHED = "01"
PADDING = "x" * 100_000
# Whoever is sent away with words of theirs still unread may get the end of the connection before the code.
CUT = 1006


def feed(cast: Cast) -> str:
    return f"/ws/projects/{cast.project.id}/"


def memory_mb(live: LiveProcess) -> float:
    """The resident memory of the worker process, the one with the sockets."""
    pids = Path(f"/proc/{live.process.pid}/task/{live.process.pid}/children").read_text().split()
    sizes = [Path(f"/proc/{each}/statm").read_text().split()[1] for each in pids]
    return max(int(each) for each in sizes) * resource.getpagesize() / 1e6


@pytest.fixture
def crowd(committed_cast: Cast, live: LiveProcess) -> Iterator[list[Client]]:
    # Whom the test reads late asks nobody meanwhile whether the server is there.
    options: dict[str, Any] = {"api": committed_cast.editor, "ping_interval": None}
    clients = [live.open(feed(committed_cast), **options) for _ in range(CROWD)]
    yield clients
    for each in clients:
        each.connection.close_socket()


def delivery_s(cast: Cast, clients: list[Client]) -> list[float]:
    """Let one event happen; the seconds until each client had read it, one after the other."""
    began = time.monotonic()
    target = str(happen(cast.org_id, cast.project.id))
    times = []
    for each in clients:
        while each.next()["data"]["id"] != target:
            pass
        times.append(time.monotonic() - began)
    return times


def test_a_crowd_hears_within_a_second_beside_one_that_takes_nothing_and_some_that_shout(
    committed_cast: Cast, live: LiveProcess, crowd: list[Client]
) -> None:
    alone_s = percentile_95([each for _ in range(3) for each in delivery_s(committed_cast, crowd)])
    with tenancy.scope(committed_cast.org_id):
        other = create_project(actor=SYSTEM, name="Elsewhere", client=None)
    stuck = live.open(f"/ws/projects/{other.id}/", api=committed_cast.owner, max_queue=1, ping_interval=None)
    for _ in range(70):
        happen(committed_cast.org_id, other.id, data={"padding": PADDING})
    settle(committed_cast.org_id)
    before = memory_mb(live)
    stop = threading.Event()
    shouting = threading.Thread(target=shout, args=(live, committed_cast, stop))
    shouting.start()

    times = [each for _ in range(10) for each in delivery_s(committed_cast, crowd)]

    stop.set()
    shouting.join()
    assert percentile_95(times) < max(1, 5 * alone_s)
    assert memory_mb(live) - before < 50
    wait_until_given_up(live, stuck)
    assert close_code(stuck) in {1013, CUT}


def percentile_95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def wait_until_given_up(live: LiveProcess, client: Client) -> None:
    """Read nothing until the server has ended the connection from its side."""
    there = f":{client.connection.socket.getsockname()[1]:04X}"
    here = f":{live.port:04X}"
    deadline = time.monotonic() + 60
    while any(
        (local[-5:], remote[-5:], state) == (here, there, ESTABLISHED)
        for _, local, remote, state, *_ in map(str.split, Path("/proc/net/tcp").read_text().splitlines())
    ):
        assert time.monotonic() < deadline, "nobody gives it up"
        time.sleep(0.1)


def shout(live: LiveProcess, cast: Cast, stop: threading.Event) -> None:
    """Come again and again, and say nonsense as fast as it goes, in small frames and in large ones."""
    while not stop.is_set():
        for said in ("{", "x" * 1_000_000):
            client = live.open(feed(cast), api=cast.viewer)
            with contextlib.suppress(ConnectionClosed, OSError):
                for _ in range(1000):
                    client.connection.send(said)
            client.connection.close_socket()
    connection.close()


def close_code(client: Client) -> int:
    """Read to the end; the code that the server closed with."""
    try:
        while True:
            client.next(10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


@pytest.mark.parametrize(
    ("said", "code"), [("{", 1008), (b"\x00", 1008), ('{"type":"ping"}', 1008), ("x" * 5000, 1009)]
)
def test_who_says_too_much_is_sent_away(
    committed_cast: Cast, live: LiveProcess, said: Any, code: int
) -> None:
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    with contextlib.suppress(ConnectionClosed):
        for _ in range(200):
            client.connection.send(said)
    assert close_code(client) in {code, CUT}


def test_a_client_that_asks_whether_anybody_is_there_is_answered(
    committed_cast: Cast, live: LiveProcess
) -> None:
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    client.connection.send('{"type":"ping"}')
    assert client.next() == {"type": "pong"}
    client.connection.send("not json, and no harm")
    assert client.is_silent(0.3)
    client.close()


def test_an_address_that_comes_too_often_is_told_so_and_another_is_let_in(committed_cast: Cast) -> None:
    live = LiveProcess(env={"RATE_LIMIT_SCALE": "1"})
    try:
        flood = {"X-Real-IP": "192.0.2.7"}
        codes = [live.open(feed(committed_cast), headers=flood).close_code() for _ in range(200)]
        assert codes[0] == 4401
        assert codes[-1] == 4429
        other = live.open(feed(committed_cast), api=committed_cast.viewer, headers={"X-Real-IP": "192.0.2.8"})
        settle(committed_cast.org_id)
        happen(committed_cast.org_id, committed_cast.project.id)
        assert other.next()["seq"] == 1
        other.close()
    finally:
        live.stop()


def test_a_lost_right_closes_a_crowd_within_five_seconds_and_nobody_else(
    committed_cast: Cast, live: LiveProcess, crowd: list[Client]
) -> None:
    stays = live.open(feed(committed_cast), api=committed_cast.owner)
    stop = threading.Event()
    shouting = threading.Thread(target=shout, args=(live, committed_cast, stop))
    shouting.start()
    assert committed_cast.editor.user

    lost_at = time.monotonic()
    with tenancy.scope(committed_cast.org_id):
        grant = Grant.objects.get(user=committed_cast.editor.user, project=committed_cast.project)
        remove_member(grant, actor=committed_cast.owner.actor)
    codes = {close_code(each) for each in crowd}
    took_s = time.monotonic() - lost_at

    stop.set()
    shouting.join()
    assert codes == {4404}
    assert took_s < 5
    happen(committed_cast.org_id, committed_cast.project.id)
    assert stays.next()["type"] == "asset.created"
    stays.close()
    with tenancy.scope(committed_cast.org_id):
        set_grant(
            user=committed_cast.editor.user, place=Place(project=committed_cast.project), role=Role.EDITOR
        )
