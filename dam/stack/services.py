"""Start the stores alone: what tests and benchmarks need of a stack."""

import random
import signal
import subprocess
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from dam.stack.errors import PortTaken
from dam.stack.keys import StackKeys, load_or_make
from dam.stack.layout import PORTS_PER_STACK, Layout, Ports
from dam.stack.listeners import refusal_of, require_free_ports
from dam.stack.servers.postgres import Postgres
from dam.stack.servers.redis import Redis
from dam.stack.servers.s3 import S3, foreign_socket
from dam.stack.servers.service import Service, wait_until_ready
from dam.stack.supervising import processes

ALL_BACKENDS = frozenset({"postgres", "redis", "s3"})


@dataclass
class BackendHandle:
    """Running stores: `env` addresses them, `stop` ends them and every process below."""

    env: dict[str, str]
    layout: Layout
    running: list[tuple[Service, subprocess.Popen[bytes]]] = field(default_factory=list)

    def stop(self) -> None:
        """End all stores at once; each is killed when its grace is over."""
        for service, process in self.running:
            processes.signal_process(process.pid, service.stop_signal)
        for service, process in self.running:
            try:
                process.wait(timeout=service.stop_grace_s)
            except subprocess.TimeoutExpired:
                processes.signal_group(process.pid, signal.SIGKILL)
                process.wait()
            processes.signal_group(process.pid, signal.SIGKILL)
            service.tidy()
        self.running.clear()


def backends(layout: Layout, *, keys: StackKeys, only: Collection[str]) -> list[Postgres | Redis | S3]:
    """Answer the chosen stores, not started."""
    made: dict[str, Postgres | Redis | S3] = {
        "postgres": Postgres(layout, keys=keys),
        "redis": Redis(layout, keys=keys),
        "s3": S3(layout, keys=keys),
    }
    return [service for name, service in made.items() if name in only]


def start_service(service: Service) -> subprocess.Popen[bytes]:
    """Start a prepared service with its output in its log file."""
    with service.layout.log_of(service.name).open("ab") as log:
        return processes.spawn(service.command(), output=log)


def start_backends(data_dir: Path, base_port: int, *, only: Collection[str] = ALL_BACKENDS) -> BackendHandle:
    """Start the stores, wait until they answer, and provision them.

    The caller's thread SHALL outlive the stores: the kernel ends them with it.

    Raises:
        StackError: when one does not come up; those already running are stopped.
    """
    layout = Layout.of(data_dir, base_port=base_port)
    layout.make_directories()
    services = backends(layout, keys=load_or_make(layout.secrets_file), only=only)
    require_free_ports(services)
    env = {name: value for service in services for name, value in service.environment().items()}
    handle = BackendHandle(env=env, layout=layout)
    with ExitStack() as undo, ThreadPoolExecutor(len(services)) as pool:
        undo.callback(handle.stop)
        list(pool.map(lambda service: service.prepare(), services))
        for service in services:
            handle.running.append((service, start_service(service)))
        list(pool.map(_make_ready, handle.running))
        undo.pop_all()
    return handle


def _make_ready(pair: tuple[Service, subprocess.Popen[bytes]]) -> None:
    service, process = pair
    wait_until_ready(service, process=process)
    service.provision()


def find_free_base_port(*, start: int = 20000, stop: int = 32000) -> int:
    """Answer a base port whose whole range of forty is free at this moment.

    Raises:
        PortTaken: when no range in `start`…`stop` is free.
    """
    candidates = list(range(start, stop, PORTS_PER_STACK))
    random.shuffle(candidates)
    for base in candidates:
        is_free = all(refusal_of(base + offset) is None for offset in range(PORTS_PER_STACK))
        if is_free and foreign_socket(Ports(base)) is None:
            return base
    raise PortTaken(f"No free range of {PORTS_PER_STACK} ports between {start} and {stop}.")
