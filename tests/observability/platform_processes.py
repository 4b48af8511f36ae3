"""The platform's own processes on the suite's stores, with everything turned on that looks inside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dam.stack.services import find_free_base_port
from dam.stack.supervising.processes import Command, spawn

ROOT = Path(__file__).resolve().parents[2]
GRANIAN = ("-m", "granian", "--host", "127.0.0.1", "--workers", "1", "--log-level", "warning")
LOGGED = ("--log-config", str(ROOT / "deploy" / "logging" / "granian.json"))
WORKER = ("-m", "celery", "-A", "dam.celery", "--quiet", "worker", "--pool", "threads", "--concurrency", "2")
COMMANDS: dict[str, tuple[str, ...]] = {
    "api": (*GRANIAN, *LOGGED, "--interface", "wsgi", "--no-ws", "--blocking-threads", "4"),
    "live": (*GRANIAN, *LOGGED, "--interface", "asgi", "--ws", "--loop", "asyncio"),
    "worker": (*WORKER, "--queues", "short,encode", "--without-gossip", "--without-mingle"),
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Platform:
    """Running processes by name; their lines of log lie in `directory`."""

    directory: Path
    port: int
    env: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for name in names:
            target = {"api": ("dam.wsgi:application",), "live": ("dam.asgi:application",)}.get(name, ())
            listen = ("--port", str(self.port + (name == "live"))) if target else ()
            with (self.directory / f"{name}.log").open("ab") as log:
                argv = (sys.executable, *COMMANDS[name], *listen, *target)
                self.running[name] = spawn(Command(argv=argv, cwd=ROOT, env=self.env), output=log)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for name in list(self.running):
            try:
                self.running[name].wait(10)
            except subprocess.TimeoutExpired:
                self.kill(name)

    def lines(self, *names: str) -> list[dict[str, Any]]:
        """Every line of the logs; a line that is no JSON fails the test that asks."""
        texts = [(self.directory / f"{name}.log").read_text() for name in names or COMMANDS]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def send(
        self, method: str, path: str, body: bytes | None = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, method=method)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            request.add_header(name, value)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=15) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def is_up(self) -> bool:
        try:
            ready = self.get("/readyz")
        except (OSError, ValueError):
            return False
        services = ready.json["services"]
        return ready.status == 200 and all(each["ok"] for each in services.values())


@contextmanager
def platform(directory: Path, *names: str, **env: str) -> Iterator[Platform]:
    port = find_free_base_port()
    given = os.environ | {"METRICS_DIR": str(directory / "metrics"), "PYTHONUNBUFFERED": "1"} | env
    made = Platform(directory, port, given)
    try:
        made.start(*names)
        yield made
    finally:
        made.stop()


def wait_for(condition: Callable[[], bool], *, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)
