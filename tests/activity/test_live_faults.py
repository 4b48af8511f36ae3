"""Every client sees every event of its feed exactly once and in order, whatever dies meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson
import pytest
import redis
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from dam.stack.servers.service import wait_until_ready
from dam.stack.services import BackendHandle, find_free_base_port, start_backends, start_service
from tests.activity.sockets import ROOT, LiveProcess

PATIENCE_S = 60


@dataclass
class Stores:
    """Postgres and Redis of this test alone: they are going to be killed."""

    handle: BackendHandle
    env: dict[str, str]
    fail_dir: Path

    def restart(self, name: str, how: signal.Signals) -> None:
        [(place, service, process)] = [
            (n, service, process)
            for n, (service, process) in enumerate(self.handle.running)
            if service.name == name
        ]
        os.killpg(process.pid, how)
        process.wait(20)
        fresh = start_service(service)
        self.handle.running[place] = (service, fresh)
        wait_until_ready(service, process=fresh)

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.env["REDIS_URL"])

    def arm(self, point: str) -> Path:
        """Have the next process that reaches the point die of it."""
        path = self.fail_dir / point
        path.touch()
        return path


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    directory = tmp_path_factory.mktemp("live")
    handle = start_backends(directory / "stores", find_free_base_port(), only={"postgres", "redis"})
    fail_dir = directory / "fail"
    fail_dir.mkdir()
    env = os.environ | handle.env | {"DAM_FAILPOINTS": "1", "DAM_FAIL_DIR": str(fail_dir)}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    try:
        subprocess.run(migrate, cwd=ROOT, env=env | {"DAM_DATABASE_ROLE": "migrator"}, check=True)
        yield Stores(handle, env, fail_dir)
    finally:
        handle.stop()


@dataclass
class Writer:
    process: subprocess.Popen[str]
    about: dict[str, str]

    def say(self, word: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def truth(self) -> dict[str, Any]:
        self.say("stop")
        told: dict[str, Any] = read_line(self.process.stdout)
        return told


def read_line(stream: IO[str] | None) -> Any:
    assert stream
    line = stream.readline()
    assert line, "the writer ended"
    return json.loads(line)


@contextlib.contextmanager
def writing(stores: Stores) -> Iterator[Writer]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.activity.writing"],
        cwd=ROOT,
        env=stores.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Writer(process, read_line(process.stdout))
    finally:
        process.kill()
        process.wait()


@dataclass
class Listener:
    """A client that asks for what followed its last event whenever it comes back; leaves by itself if `restless`."""

    url: str
    headers: dict[str, str]
    seed: int
    restless: bool = True
    seen: list[tuple[int, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    visits: int = 0
    upto: int | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    @property
    def last(self) -> int:
        return self.seen[-1][0] if self.seen else 0

    @property
    def is_done(self) -> bool:
        return bool(self.failures) or (self.upto is not None and self.last >= self.upto)

    def _listen(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311  not a secret
        while not self.is_done:
            # A server that is away refuses, resets, or answers nothing.
            with (
                contextlib.suppress(OSError, WebSocketException),
                connect(f"{self.url}?since={self.last}", additional_headers=self.headers) as socket,
            ):
                self.visits += 1
                leaves = self.restless and self.upto is None
                self._hear(socket, chance.randint(1, 60) if leaves else 10**9)
            time.sleep(chance.uniform(0, 0.1))

    def _hear(self, socket: Any, most: int) -> None:
        for _ in range(most):
            if self.is_done:
                return
            with contextlib.suppress(TimeoutError):
                event = orjson.loads(socket.recv(timeout=0.5))
                if event["type"] == "reset" or event["seq"] <= self.last:
                    self.failures.append(f"{event} after {self.last}")
                    return
                self.seen.append((event["seq"], event["data"]["id"]))

    def finish(self, upto: int) -> None:
        self.upto = upto
        assert self.thread
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive(), f"saw up to {self.last} of {upto} in {self.visits} visits"


class Kept:
    """A live process that is started again whenever it dies, as the supervisor does."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env, self.stopping = env, threading.Event()
        self.live = LiveProcess(env=env)
        self.port = self.live.port
        self.thread = threading.Thread(target=self._keep)
        self.thread.start()

    def _keep(self) -> None:
        while not self.stopping.is_set():
            self.live.process.wait()
            if not self.stopping.is_set():
                self.live = LiveProcess(env=self.env, port=self.port)

    def kill(self) -> None:
        os.killpg(self.live.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        self.stopping.set()
        self.live.stop()
        self.thread.join(20)


def wait_until(condition: Any, *, timeout_s: float = 30) -> None:
    give_up = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def progress(listener: Listener, *, by: int = 15) -> None:
    """Wait until events flow again."""
    target = listener.last + by
    wait_until(lambda: listener.last >= target or listener.failures, timeout_s=PATIENCE_S)


def listeners(live: LiveProcess | Kept, about: dict[str, str]) -> tuple[list[Listener], list[Listener]]:
    base, headers = f"ws://127.0.0.1:{live.port}/ws", {"Authorization": about["authorization"]}
    project = f"{base}/projects/{about['project']}/"
    members = [
        Listener(project, headers, 1),
        Listener(project, headers, 2),
        Listener(project, headers, 3, restless=False),
    ]
    guests = [
        Listener(f"{base}/s/{about['share']}/", {}, 4),
        Listener(f"{base}/s/{about['share']}/", {}, 5, restless=False),
    ]
    return members, guests


def check(members: list[Listener], guests: list[Listener], truth: dict[str, Any]) -> None:
    told = [(number, mark) for number, mark in truth["members"]]
    shown = [(number, mark) for number, mark in truth["guests"]]
    marks = Counter(mark for _, mark in told)
    assert {marks[each] for each in truth["committed"]} == {1}, "a committed event got no number, or two"
    assert [number for number, _ in shown] == list(range(1, len(shown) + 1))
    for each, expected in [(each, told) for each in members] + [(each, shown) for each in guests]:
        each.finish(expected[-1][0])
        assert each.failures == []
        assert each.seen == expected


def test_everybody_sees_everything_once_while_processes_and_stores_die(stores: Stores) -> None:
    live = Kept(stores.env)
    try:
        with writing(stores) as writer:
            members, guests = listeners(live, writer.about)
            for each in members + guests:
                each.start()
            wait_until(lambda: all(each.visits for each in members + guests))
            writer.say("go")
            progress(members[2])

            live.kill()
            progress(members[2])
            for point in ("live:published", "relay:delivered"):
                armed = stores.arm(point)
                wait_until(lambda armed=armed: not armed.exists())
                progress(members[2])
            stores.redis().client_kill_filter(_type="pubsub")
            stores.redis().flushall()
            progress(members[2])
            stores.restart("redis", signal.SIGKILL)
            progress(members[2])
            stores.restart("postgres", signal.SIGQUIT)
            progress(members[2])

            check(members, guests, writer.truth())
            assert sum(each.visits for each in members) > 10
    finally:
        live.stop()


def test_a_client_that_never_leaves_misses_nothing_while_redis_is_cut_and_killed(stores: Stores) -> None:
    live = LiveProcess(env=stores.env)
    try:
        with writing(stores) as writer:
            members, guests = listeners(live, writer.about)
            patient = [members[2], guests[1]]
            for each in patient:
                each.start()
            wait_until(lambda: all(each.visits for each in patient))
            writer.say("go")
            progress(patient[0])
            for _ in range(3):
                stores.redis().client_kill_filter(_type="pubsub")
                progress(patient[0], by=5)
            stores.restart("redis", signal.SIGKILL)
            progress(patient[0])

            check([patient[0]], [patient[1]], writer.truth())
            assert [each.visits for each in patient] == [1, 1]
    finally:
        live.stop()
