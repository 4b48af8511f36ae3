"""`live-fanout`: from posting a comment to its arrival at 500 sockets, on a whole running platform.

The limit is a bare group send of Channels, through the same Redis, to as many sockets of a minimal consumer on the same
server (granian), with the same text. Ours also takes the request, writes comment, record and outbox, numbers the event
after commit, and goes through relay and bus. One event at a time; its time to each socket is taken from the moment
before the request, and before the group send.
"""

import asyncio
import base64
import http.client
import json
import os
import secrets
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings

from bench import live_stand
from bench.ingest_promote import Platform, command, cpu_of, platform_at, promote, wait_until_idle
from bench.report import CannotRun, Row, compare, interleaved, judge
from dam.stack.keys import load_or_make
from dam.stack.layout import CHECKOUT, Layout
from dam.stack.servers.redis import Redis
from dam.stack.services import find_free_base_port
from dam.stack.supervising.state import running_state

SOCKETS = 500
REPEATS, FULL_REPEATS = 7, 15
EVENTS, WARM_UP = 12, 6
AT_MOST = 1.3
BLOCKED_SOCKETS, BLOCKED_AT_MOST_S = 200, 1.0
FILLING_CHARACTERS, FILLING_BYTES = 9_000, 6_000_000
EVENT_CHARACTERS = 700
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Stand:
    """A running platform with a version to comment on, the pid of its live process, and the address of its Redis."""

    platform: Platform
    layout: Layout
    version: str
    live_pid: int
    redis_url: str

    def live_cpu_s(self) -> float:
        """Answer the processor time of the live server and of the worker process below it."""
        listed = Path(f"/proc/{self.live_pid}/task/{self.live_pid}/children").read_text(encoding="ascii")
        return sum(cpu_of(each) for each in (self.live_pid, *map(int, listed.split())))


class Audience:
    """Sockets that read frames and do nothing with them: a client's own work would hide the server's."""

    def __init__(self, port: int, path: str, *, count: int, headers: dict[str, str]) -> None:
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        for _ in range(count):
            link = _shake_hands(port, path, headers)
            self._sockets[link.fileno()] = link
            self._poll.register(link.fileno(), select.EPOLLIN)

    def close(self) -> None:
        for each in self._sockets.values():
            each.close()
        self._poll.close()

    def hear(self, needle: bytes, *, of: Callable[[], object]) -> list[float]:
        """Let something happen and answer the seconds until each socket had the frame that holds `needle`."""
        waiting, heard, tails = set(self._sockets), [], dict.fromkeys(self._sockets, b"")
        happening = threading.Thread(target=of)
        began = time.perf_counter()
        happening.start()
        while waiting:
            ready = self._poll.poll(PATIENCE_S)
            if not ready:
                raise RuntimeError(f"{len(waiting)} of {len(self._sockets)} sockets heard nothing")
            for number, _ in ready:
                said = self._sockets[number].recv(65536)
                if not said:
                    raise RuntimeError("a socket was closed")
                now = time.perf_counter()
                tails[number] += said
                if number in waiting and needle in tails[number]:
                    waiting.discard(number)
                    heard.append(now - began)
        happening.join()
        return heard


def _shake_hands(port: int, path: str, headers: dict[str, str]) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
    } | headers
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    link.sendall(f"GET {path} HTTP/1.1\r\n{text}\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += link.recv(1)
    if b" 101 " not in answer.split(b"\r\n", 1)[0]:
        raise CannotRun(f"a socket was refused: {answer[:200]!r}")
    return link


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure both ways in turn; raise RuntimeError where a socket misses an event."""
    with running_stand() as stand:
        post = poster(stand)
        return [*beside_channels(stand, post, full=full), with_one_blocked(stand, post)]


def beside_channels(stand: Stand, post: Callable[[str], object], *, full: bool) -> list[Row]:
    """Compare with each layer that Channels has on Redis; the faster one is the limit."""
    rows = []
    with our_audience(stand, count=SOCKETS) as ours:
        for name in live_stand.LAYERS if full else (live_stand.FASTEST,):
            with bare_audience(stand, name) as bare:
                send = sender(stand, name)
                for _ in range(WARM_UP):
                    one(ours, post)
                    one(bare, send)
                spent: list[float] = []
                pairs = interleaved(
                    lambda spent=spent: p95(ours, post, stand=stand, spent=spent),  # type: ignore[misc]
                    lambda bare=bare, send=send: p95(bare, send),  # type: ignore[misc]
                    repeats=FULL_REPEATS if full else REPEATS,
                )
            measure = f"comment posted → {SOCKETS} sockets, p95, ms, to a group send (layer {name})"
            rows.append(compare(measure, pairs, at_most=AT_MOST if name == live_stand.FASTEST else None))
    rows.append(compare("CPU of the live process, ms an event", [(each, each) for each in spent]))
    return rows


def with_one_blocked(stand: Stand, post: Callable[[str], object]) -> Row:
    """Measure the p95 to the others while one of 200 sockets has taken nothing for megabytes."""
    with our_audience(stand, count=1) as blocked, our_audience(stand, count=BLOCKED_SOCKETS - 1) as others:
        filling = "x" * FILLING_CHARACTERS
        for _ in range(FILLING_BYTES // FILLING_CHARACTERS):
            one(others, lambda mark: post(mark + filling))
        pairs = [(p95(others, post) / 1000, 1.0) for _ in range(REPEATS)]
        blocked.close()
    return judge(f"p95 of {BLOCKED_SOCKETS} sockets, one blocked", pairs, at_most=BLOCKED_AT_MOST_S, unit="s")


def one(audience: Audience, send: Callable[[str], object]) -> list[float]:
    """Send one event and answer its milliseconds to each socket."""
    mark = secrets.token_hex(8)
    return [each * 1000 for each in audience.hear(mark.encode(), of=lambda: send(mark))]


def p95(
    audience: Audience,
    send: Callable[[str], object],
    *,
    stand: Stand | None = None,
    spent: list[float] | None = None,
) -> float:
    """Answer the 95th percentile over events and sockets, in milliseconds; note the live process's CPU an event."""
    before = stand.live_cpu_s() if stand else 0.0
    times: list[float] = []
    for _ in range(EVENTS):
        times += one(audience, send)
    if stand and spent is not None:
        spent.append((stand.live_cpu_s() - before) * 1000 / EVENTS)
    return statistics.quantiles(times, n=20)[-1]


# --- ours -----------------------------------------------------------------------------------------


@contextmanager
def running_stand() -> Iterator[Stand]:
    """Start a platform of its own without limits, bring in a version, and stop it in the end."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        data_dir, port = Path(directory) / "data", find_free_base_port()
        os.environ["RATE_LIMIT_SCALE"] = "0"
        try:
            command("up", "--detach", "--data-dir", str(data_dir), "--port", str(port))
            yield stand_at(data_dir, port=port)
        finally:
            command("down", "--data-dir", str(data_dir))


def stand_at(data_dir: Path, *, port: int) -> Stand:
    platform, layout = platform_at(data_dir, port=port), Layout.of(data_dir, base_port=port)
    promote(platform, size=1024**2)
    wait_until_idle(platform)
    asset, *_ = platform.ask("GET", f"/assets?project={platform.project}")["results"]
    state = running_state(layout.run)
    pids = {each.name: each.process.pid for each in (state.services if state else ()) if each.process}
    url = Redis(layout, keys=load_or_make(layout.secrets_file)).environment()["REDIS_URL"]
    return Stand(
        platform=platform,
        layout=layout,
        version=asset["current_version"]["id"],
        live_pid=pids["live"],
        redis_url=url,
    )


@contextmanager
def our_audience(stand: Stand, *, count: int) -> Iterator[Audience]:
    audience = Audience(
        stand.layout.ports.live,
        f"/ws/projects/{stand.platform.project}/",
        count=count,
        headers={"Authorization": f"Bearer {stand.platform.token}"},
    )
    try:
        yield audience
    finally:
        audience.close()


def poster(stand: Stand) -> Callable[[str], object]:
    """Answer what posts a comment with a given text, over a kept connection."""
    address = urlsplit(stand.platform.api_url)
    link = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=PATIENCE_S)
    headers = {"Authorization": f"Bearer {stand.platform.token}", "Content-Type": "application/json"}

    def post(text: str) -> None:
        body = json.dumps({"body": text})
        link.request("POST", f"/api/versions/{stand.version}/comments", body, headers)
        answer = link.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"the comment was refused: {said[:300]!r}")

    return post


# --- the limit ------------------------------------------------------------------------------------


@contextmanager
def bare_audience(stand: Stand, layer: str) -> Iterator[Audience]:
    """Serve the bare consumer and let as many sockets listen."""
    port = stand.layout.ports.front + 30 + list(live_stand.LAYERS).index(layer)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.live_stand", layer, str(port)],
        cwd=CHECKOUT,
        env=os.environ | {"REDIS_URL": stand.redis_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port, process)
        audience = Audience(port, "/", count=SOCKETS, headers={})
        yield audience
        audience.close()
    finally:
        process.terminate()
        process.wait(15)


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise CannotRun("the bare consumer does not start")


def sender(stand: Stand, layer: str) -> Callable[[str], object]:
    """Answer what sends a text of a comment event's length to the group, on a loop that is kept."""
    config = live_stand.layers(layer, redis_url=stand.redis_url)
    if not settings.configured:
        settings.configure(CHANNEL_LAYERS=config)
        django.setup()
    found = live_stand.layer_of(config)
    filling, loop = "x" * EVENT_CHARACTERS, asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    def send(text: str) -> None:
        sending = found.group_send(live_stand.GROUP, live_stand.news(text + filling))
        asyncio.run_coroutine_threadsafe(sending, loop).result()

    return send
