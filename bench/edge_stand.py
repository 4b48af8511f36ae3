"""A stand for measuring the edge: the edge, the same nginx without the check, and plain files.

The plain server is also the storage behind both, so nothing but nginx runs. Processor time is read from the
scheduler, in nanoseconds, for the workers alone: on a busy machine it is what stays comparable.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from dam.stack.servers import edge
from dam.stack.servers.service import LOOPBACK, accepts_connections, base_environment
from dam.stack.services import find_free_base_port
from dam.stack.supervising import processes
from previews.edge_tokens import Grant, Kind, SigningKey, edge_url, expiry_s, issue_token, object_key

KEY = SigningKey("k1", "a-secret-for-the-benchmark-only")
GRANT = Grant(
    organization=UUID("019314f0-0000-7000-8000-000000000001"),
    share=UUID("019314f0-0000-7000-8000-000000000002"),
    digest="5e" * 32,
    kinds=tuple(Kind),
)
UNLIMITED = edge.Limits(
    workers=1,
    requests_per_second=10_000_000,
    request_burst=10_000_000,
    connections_per_share=65_000,
    min_free_bytes=64 * edge.MIB,
)
START_TIMEOUT_S = 10


@dataclass(frozen=True)
class Server:
    """One nginx: where it listens and which process answers."""

    port: int
    master: int

    @property
    def workers(self) -> list[int]:
        titles = {
            pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes.children_of(self.master)
        }
        return [pid for pid, title in titles.items() if b"worker process" in title]

    def faults(self) -> int:
        """Return how many pages of memory the workers have touched for the first time so far."""
        return sum(
            int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[7])
            for pid in self.workers
        )

    def cpu_ns(self) -> int:
        """Return the processor time of the workers so far (user and system)."""
        return sum(
            int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) for pid in self.workers
        )


@dataclass(frozen=True)
class Stand:
    """Three servers of the same files."""

    checked: Server
    unchecked: Server
    plain: Server
    storage_log: Path

    def path(self, server: Server, *, kind: Kind, rest: str) -> str:
        """Return the address of a file on one of the servers."""
        if server is self.plain:
            return f"/previews/{object_key(GRANT, kind=kind, rest=rest)}"
        token = issue_token(KEY, grant=GRANT, expires_s=expiry_s(time.time(), ttl_s=6 * 3600))
        return edge_url("", token=token, kind=kind, digest=GRANT.digest, rest=rest)

    def storage_sent(self, rest: str) -> list[int]:
        """Return the bytes of every fetch of a file from the storage behind the edge."""
        return [
            int(line.split('" ')[1].split()[1])
            for line in self.storage_log.read_text(encoding="utf-8").splitlines()
            if f"/{rest} " in line
        ]


@contextmanager
def standing(files: dict[tuple[Kind, str], bytes], *, as_shipped: bool = False) -> Iterator[Stand]:
    """Start the three servers over these files; one worker each, on a processor apart from the load.

    `as_shipped` leaves the edge as many workers as it has by itself, wherever they run, and nothing goes before them.
    """
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="edge-bench-"))
        stack.callback(shutil.rmtree, directory)
        for (kind, rest), body in files.items():
            path = directory / "files" / "previews" / object_key(GRANT, kind=kind, rest=rest)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        base = find_free_base_port()
        plain = stack.enter_context(_plain(directory, port=base))
        config = edge.EdgeConfig(
            port=base + 1,
            control_port=base + 2,
            run_dir=directory / "checked",
            cache_dir=directory / "checked-cache",
            storage=edge.Storage(endpoint_url=f"http://{LOOPBACK}:{base}", key_id="id", secret="none"),  # noqa: S106  no secret: nothing checks it
            signing_keys={KEY.kid: KEY.secret},
            limits=replace(UNLIMITED, workers=0) if as_shipped else UNLIMITED,
        )
        checked = stack.enter_context(_running(edge.render(config), port=base + 1))
        other = replace(
            config,
            port=base + 3,
            control_port=base + 4,
            run_dir=directory / "unchecked",
            cache_dir=directory / "c2",
        )
        unchecked = stack.enter_context(_running(_without_check(edge.render(other)), port=base + 3))
        for server in (checked, plain) if as_shipped else (checked, unchecked, plain):
            for worker in server.workers:
                put_first(worker)
        if not as_shipped:
            stack.enter_context(_apart((checked, unchecked, plain)))
        yield Stand(checked, unchecked, plain, directory / "plain" / "access.log")


def put_first(pid: int, *, rank: int = 2) -> None:
    """Let a process or thread (0: this one) go before everything else here, where that is allowed.

    What others do on this machine is then not measured; of two that were put first the higher rank goes first.
    """
    with suppress(PermissionError):
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(rank))


@contextmanager
def _apart(servers: tuple[Server, ...]) -> Iterator[None]:
    """Keep the workers on one processor and the load on the others, where there are others."""
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        first = min(allowed)
        for server in servers:
            for worker in server.workers:
                os.sched_setaffinity(worker, {first})
        os.sched_setaffinity(0, allowed - {first})
    yield
    os.sched_setaffinity(0, allowed)


def _without_check(conf: Path) -> Path:
    """Take everything of njs out of the public side: the check and the counters; the rest stays as it is."""
    text = conf.read_text(encoding="utf-8")
    text = text.replace("js_set $edge_answer edge_token.verdict;", "")
    text = re.sub(r"map \$edge_answer [^}]+}", "map $host $edge_verdict { default 200; }", text)
    named = (
        f"set $edge_org {GRANT.organization}; set $edge_share share;"
        f"set $edge_object /previews/{GRANT.organization}/$edge_kind/$edge_digest/$edge_file;"
    )
    text = text.replace("$edge_tick}'", "}'").replace("include gate.conf;", f"{named} include gate.conf;")
    conf.write_text(text, encoding="utf-8")
    return conf


@contextmanager
def _plain(directory: Path, *, port: int) -> Iterator[Server]:
    run_dir = directory / "plain"
    (run_dir / "temp").mkdir(parents=True)
    user = "user root;" if os.geteuid() == 0 else ""
    temp_paths = " ".join(
        f'{name}_temp_path "{run_dir}/temp/{name}";'
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = run_dir / "nginx.conf"
    conf.write_text(
        f'{user} worker_processes 1; daemon off; pid "{run_dir}/nginx.pid"; error_log "{run_dir}/error.log" error;'
        f"events {{ worker_connections 2048; }} http {{ {temp_paths}"
        f' access_log "{run_dir}/access.log" combined; sendfile on; tcp_nopush on; keepalive_requests 10000;'
        f' etag on; server {{ listen {LOOPBACK}:{port}; root "{directory / "files"}"; }} }}',
        encoding="utf-8",
    )
    with _running(conf, port=port) as server:
        yield server


@contextmanager
def _running(conf: Path, *, port: int) -> Iterator[Server]:
    command = processes.Command(argv=tuple(edge.command(conf)), cwd=conf.parent, env=base_environment())
    process = processes.spawn(command, output=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not accepts_connections(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((conf.parent / "error.log").read_text(encoding="utf-8"))
            time.sleep(0.02)
        yield Server(port=port, master=process.pid)
    finally:
        processes.signal_process(process.pid, signal.SIGTERM)
        process.wait()


def fetch(server: Server, path: str, *, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Ask once; return status and body."""
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
