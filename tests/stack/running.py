"""Run the command line as a person would, on a data directory of its own."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dam.stack.layout import CHECKOUT
from dam.stack.supervising.state import running_state

# What the suite sets for its own stores must not look like services brought from outside.
_FOREIGN = ("DATABASE_", "REDIS_URL", "S3_", "WASABI_", "EDGE_", "DAM_", "RATE_LIMIT", "DJANGO_")
TIMEOUT_S = 240


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, "PYTHONPATH": str(CHECKOUT)}


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Tell whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@dataclass(frozen=True)
class Stack:
    data_dir: Path
    port: int

    def command(self, *arguments: str) -> list[str]:
        name, *rest = arguments
        return [sys.executable, "-m", "dam.stack", name, "--data-dir", str(self.data_dir), *rest]

    def dam(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            cwd=self.data_dir.parent,
            env=clean_environment() | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )

    def up(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return self.dam("up", "--detach", "--port", str(self.port), *arguments, **variables)

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.dam("status", "--json").stdout)
        return told

    @property
    def supervisor(self) -> int:
        state = running_state(self.data_dir / "run")
        assert state is not None
        return state.supervisor.pid

    def line_of(self, name: str) -> dict[str, Any]:
        """Answer what `status` says of one service."""
        return next(service for service in self.status()["services"] if service["name"] == name)

    def pids(self) -> dict[str, int]:
        return {service["name"]: service["pid"] for service in self.status()["services"]}

    def get(self, path: str, **headers: str) -> "Answer":
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        return ask(request)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(request: urllib.request.Request) -> Answer:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


def processes_of(data_dir: Path) -> list[str]:
    """Answer the command lines of every process that has to do with a data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                place = str((entry / "cwd").readlink())
            except OSError:
                continue
            if str(data_dir) in words or place.startswith(str(data_dir)):
                found.append(f"{entry.name} {words}")
    return found


def listeners_of(pids: set[int]) -> set[tuple[str, int]]:
    """Answer the listening addresses of processes, from the kernel's tables."""
    inodes = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(handle.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                found.add((address, int(port, 16)))
    return found
