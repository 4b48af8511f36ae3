"""A database full of assets and the API's own server process before it: what lists are measured on."""

import signal
import socket
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench import catalogue
from bench.report import CannotRun
from dam.stack.config import Outside, StackConfig
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.servers.application import Api
from dam.stack.servers.database import run_manage
from dam.stack.servers.service import LOOPBACK, http_status
from dam.stack.services import find_free_base_port, start_backends, start_service
from dam.stack.supervising import processes

QUICK_ASSETS, FULL_ASSETS = 100_000, 1_000_000
#: 390,000 rows into the whale's 400,000, and as far in proportion.
DEPTH = 0.39
START_TIMEOUT_S = 60
BATCHES = 4


@dataclass(frozen=True)
class Stand:
    """Running stores with a full catalogue; `server` is the API's process, where it was asked for.

    `environment` is what another process of the platform needs to work on them.
    """

    app_url: str
    migrator_url: str
    postmaster: int
    port: int
    server: int | None
    assets: int
    environment: dict[str, str] = field(default_factory=dict)

    def database_s(self) -> float:
        """Answer the processor time that the database's processes have used."""
        return sum(cpu_s(each) for each in children_of(self.postmaster))

    def server_s(self) -> float:
        """Answer the processor time that the API's processes have used."""
        if self.server is None:
            return 0.0
        return cpu_s(self.server) + sum(cpu_s(each) for each in children_of(self.server))


_shared: dict[int, Stand] = {}
_open = ExitStack()


@contextmanager
def one_command() -> Iterator[None]:
    """Let the benchmarks of one command share what takes minutes to fill; it is stopped in the end."""
    try:
        yield
    finally:
        _shared.clear()
        _open.close()


@contextmanager
def shared_stand(*, full: bool) -> Iterator[Stand]:
    """Lend the command's one stand of this size, to benchmarks that leave it as it was."""
    assets = FULL_ASSETS if full else QUICK_ASSETS
    if assets not in _shared:
        _shared[assets] = _open.enter_context(running_stand(assets=assets))
    yield _shared[assets]


@contextmanager
def running_stand(
    *, assets: int, serves: bool = True, stores: Collection[str] = ("postgres", "redis")
) -> Iterator[Stand]:
    """Start the stores, fill them with `assets`, and start the API as the stack does; stop everything in the end.

    With none the database is left empty.

    Raises:
        CannotRun: when something does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory, ExitStack() as undo:
        port = find_free_base_port()
        layout = Layout.of(Path(directory) / "data", base_port=port)
        layout.make_directories()
        keys = load_or_make(layout.secrets_file)
        handle = start_backends(layout.data_dir, port, only=stores)
        undo.callback(handle.stop)
        config = StackConfig(layout, keys, Outside(postgres=False, redis=False, s3=False, edge=False))
        run_manage(config, "migrate", "--noinput", role="migrator")
        if assets:
            with psycopg.connect(handle.env["DATABASE_MIGRATOR_URL"]) as connection:
                catalogue.fill(connection, catalogue.Sizes.of(assets))
        service = Api(config)
        server = undo.enter_context(_serving(service)) if serves else None
        yield Stand(
            app_url=handle.env["DATABASE_URL"],
            migrator_url=handle.env["DATABASE_MIGRATOR_URL"],
            postmaster=next(process.pid for each, process in handle.running if each.name == "postgres"),
            port=service.port,
            server=server,
            assets=assets,
            environment=config.process_environment(),
        )


@contextmanager
def _serving(service: Api) -> Iterator[int]:
    process = start_service(service)
    try:
        give_up = time.monotonic() + START_TIMEOUT_S
        while http_status(f"http://{service.address}/healthz") != 200:
            if process.poll() is not None or time.monotonic() > give_up:
                told = service.layout.log_of(service.name).read_text(encoding="utf-8")[-1500:]
                raise CannotRun(f"the API does not start: {told}")
            time.sleep(0.2)
        yield process.pid
    finally:
        processes.signal_group(process.pid, signal.SIGKILL)
        process.wait()


# --- processor time ---------------------------------------------------------------------------------


def cpu_s(pid: int) -> float:
    """Answer the processor time of one process and its threads, to the nanosecond; 0 once it is gone."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return total / 1e9
    return total / 1e9


def children_of(pid: int) -> list[int]:
    """Answer the processes that one has started."""
    listed = [
        path.read_text(encoding="ascii").split() for path in Path(f"/proc/{pid}/task").glob("*/children")
    ]
    return [int(each) for children in listed for each in children]


# --- clients ----------------------------------------------------------------------------------------


class Client:
    """A client that keeps its connection and reads answers of a known length: as little as can be."""

    def __init__(self, port: int, *, token: str) -> None:
        self.head = f"Host: {LOOPBACK}:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
        self.socket = socket.create_connection((LOOPBACK, port), timeout=30)

    def get(self, path: str) -> bytes:
        """Return the body of one answer.

        Raises:
            RuntimeError: the answer is no success, or tells no length.
        """
        return self._answer("GET", path, f"GET {path} HTTP/1.1\r\n{self.head}".encode())

    def post(self, path: str, body: bytes) -> bytes:
        """Send JSON, and return the body of the answer.

        Raises:
            RuntimeError: the answer is no success, or tells no length.
        """
        told = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{self.head}"
        return self._answer("POST", path, f"POST {path} HTTP/1.1\r\n{told}".encode() + body)

    def _answer(self, method: str, path: str, message: bytes) -> bytes:
        self.socket.sendall(message)
        received = self.socket.recv(262_144)
        while b"\r\n\r\n" not in received:
            received += self.socket.recv(262_144)
        head, _, body = received.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if b" 20" not in head[:16] or b"content-length" not in fields:
            raise RuntimeError(f"{method} {path}: {head[:300]!r} {body[:300]!r}")
        parts, missing = [body], int(fields[b"content-length"]) - len(body)
        while missing > 0:
            parts.append(self.socket.recv(min(missing, 262_144)))
            missing -= len(parts[-1])
        return b"".join(parts)

    def close(self) -> None:
        self.socket.close()


def per_second(call: Callable[[], object], *, times: int, spent: Callable[[], float]) -> float:
    """Answer how many calls one second of processor time makes; the best of a few batches, since others only add."""

    def batch() -> float:
        before = spent()
        for _ in range(times):
            call()
        return times / (spent() - before)

    return max(batch() for _ in range(BATCHES))
