"""A running edge, and a storage between it and S3 that can be made to fail."""

import http.client
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from dam.stack.servers import binaries, edge
from dam.stack.servers.edge_agent import EdgeAgent, Room
from dam.stack.servers.service import base_environment
from dam.stack.supervising import processes

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cache(self) -> str | None:
        return self.headers.get("X-Cache-Status")


def request(
    port: int,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 30,
) -> Answer:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def raw_request(port: int, data: bytes, *, timeout_s: float = 5) -> bytes:
    """Send bytes as they are and return everything that comes back until the other side closes or pauses."""
    received = b""
    with socket.create_connection((LOOPBACK, port), timeout=timeout_s) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        try:
            while chunk := connection.recv(65536):
                received += chunk
                connection.settimeout(1)
        except (ConnectionResetError, TimeoutError):
            assert received, "no answer"
    return received


def statuses_of(received: bytes) -> list[int]:
    """Return the status codes of every answer in a stream of them."""
    return [int(line[9:12]) for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.")]


def all_at_once(count: int, ask: Callable[[], Answer]) -> list[Answer]:
    """Ask so many times at the same moment."""
    with ThreadPoolExecutor(count) as pool:
        return [job.result() for job in [pool.submit(ask) for _ in range(count)]]


@dataclass
class Edge:
    """One nginx with its own directories and ports."""

    config: edge.EdgeConfig
    process: subprocess.Popen[bytes] | None = None
    nginx: Path = field(default_factory=binaries.nginx)
    _stopping: Event = field(default_factory=Event)

    @property
    def build(self) -> edge.NginxBuild:
        return edge.inspect(self.nginx)

    def agent(self, *, low_bytes: int = 0, well_bytes: int = 0) -> EdgeAgent:
        room = Room(low_bytes=low_bytes, well_bytes=well_bytes)
        return EdgeAgent(self.config, build=self.build, room=room)

    def start(self) -> None:
        conf = edge.render(self.config, nginx=self.nginx)
        command = processes.Command(
            argv=tuple(edge.command(conf, nginx=self.nginx)), cwd=self.config.run_dir, env=base_environment()
        )
        self.process = processes.spawn(command, output=subprocess.DEVNULL)
        self.wait_until_ready()
        if not self.build.has_state:
            self._stopping.clear()
            Thread(target=self._look_after, daemon=True).start()

    def _look_after(self) -> None:
        """Do what the supervisor does for an nginx that cannot pull revocations itself."""
        agent = self.agent()
        while not self._stopping.wait(0.3):
            agent.look()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                assert self.control("GET", "/healthz").status == 200
            except OSError:
                assert self.process is not None
                assert self.process.poll() is None, self.log("error.log")
                assert time.monotonic() < deadline, self.log("error.log")
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        self._stopping.set()
        if self.process is not None:
            processes.signal_process(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=10)
            self.process = None

    def reload(self, **changes: Any) -> None:
        """Render with other settings and have the running master take them over."""
        assert self.process is not None
        master = self.process.pid
        before = set(processes.children_of(master))
        self.config = replace(self.config, **changes)
        edge.render(self.config, nginx=self.nginx)
        processes.signal_process(master, signal.SIGHUP)
        deadline = time.monotonic() + 10
        while before & set(processes.children_of(master)) and time.monotonic() < deadline:
            time.sleep(0.02)

    def control(self, method: str, path: str) -> Answer:
        return request(self.config.control_port, path, method=method)

    def log(self, name: str) -> str:
        path = self.config.run_dir / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def accounts(self, *, digest: str, least: int = 1) -> list[dict[str, Any]]:
        """Return the egress records of a digest, once there are enough of them (nginx writes them late)."""
        deadline = time.monotonic() + 5
        while True:
            records = [json.loads(line) for line in self.log("egress.log").splitlines() if digest in line]
            if len(records) >= least or time.monotonic() > deadline:
                return records
            time.sleep(0.05)


def cached_files(nginx: Edge, digest: str) -> list[Path]:
    """Return what an edge keeps of a digest."""
    files = (path for path in nginx.config.cache_dir.rglob("*") if re.fullmatch(r"[0-9a-f]{32}", path.name))
    return [path for path in files if digest.encode() in path.read_bytes()[:4096]]


@dataclass
class Origin:
    """An HTTP relay in front of S3 that counts requests and fails on demand."""

    target_port: int
    port: int = 0
    status: int | None = None
    delay_s: float = 0
    is_silent: bool = False
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None
    _lock: Lock = field(default_factory=Lock)
    _woken: Event = field(default_factory=Event)

    def start(self) -> None:
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                with origin._lock:
                    origin.requests.append((self.path, dict(self.headers)))
                origin.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 256

        self._server = Server((LOOPBACK, self.port), Handler)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if self._server is None:
            handler.close_connection = True
            return
        if self.is_silent:
            self._woken.wait(timeout=30)
            handler.close_connection = True
            return
        time.sleep(self.delay_s)
        if self.status is not None:
            self._send(
                handler, self.status, {"Content-Type": "application/xml"}, b"<Error>storage words</Error>"
            )
            return
        self._relay(handler)

    def _relay(self, handler: BaseHTTPRequestHandler) -> None:
        upstream = http.client.HTTPConnection(LOOPBACK, self.target_port, timeout=30)
        upstream.putrequest("GET", handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders()
        answer = upstream.getresponse()
        body = answer.read()
        skipped = {"connection", "transfer-encoding", "content-length", "date", "server"}
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in skipped}
        upstream.close()
        self._send(handler, answer.status, headers, body)

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], body: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self) -> None:
        """Close the listener: connections are refused from now on."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def fetches(self, digest: str) -> int:
        with self._lock:
            return sum(digest in path for path, _ in self.requests)

    @contextmanager
    def failing(
        self, *, status: int | None = None, is_silent: bool = False, is_gone: bool = False, delay_s: float = 0
    ) -> Iterator[None]:
        self.status, self.is_silent, self.delay_s = status, is_silent, delay_s
        self._woken.clear()
        if is_gone:
            self.stop()
        try:
            yield
        finally:
            self.status, self.is_silent, self.delay_s = None, False, 0
            self._woken.set()
            if is_gone:
                self.start()


@dataclass
class RevocationList:
    """The API's list of revocations, as far as the edge sees it."""

    entries: list[str] = field(default_factory=list)
    lifted: list[str] = field(default_factory=list)
    is_down: bool = False
    port: int = 0

    def start(self) -> ThreadingHTTPServer:
        revocations = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"revoked": revocations.entries, "lifted": revocations.lifted}).encode()
                self.send_response(503 if revocations.is_down else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.port = server.server_port
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server


def wait_for(condition: Any, *, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def edge_config(run_dir: Path, **settings: Any) -> edge.EdgeConfig:
    return edge.EdgeConfig(run_dir=run_dir / "run", cache_dir=run_dir / "cache", **settings)
