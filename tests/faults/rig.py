"""A whole platform of real processes that can be killed at any point, on stores that can be restarted."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from dam.stack.layout import CHECKOUT
from dam.stack.services import find_free_base_port
from dam.stack.supervising.processes import die_with_parent, identify

LEASE_S, REWAKE_S = 3, 3
PATIENCE_S = 60.0
Role = dict[str, Any]
WEB: Role = {"start": "web"}
BACKGROUND: Role = {"start": "background"}
SHORT: Role = {"start": "worker", "queue": "short", "threads": 1}
HOG: Role = {"start": "hog"}
ENCODE: Role = {"start": "worker", "queue": "encode", "threads": 1}
CREW: dict[str, Role] = {"web": WEB, "background": BACKGROUND, "short": SHORT, "encode": ENCODE}


class Unreached(AssertionError):
    """Something that had to happen did not, within all patience."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass
class Rig:
    """The processes and who keeps them alive; `crew` are those that are started again when they die."""

    env: dict[str, str]
    directory: Path
    port: int
    crew: dict[str, tuple[Role, int]] = field(default_factory=dict)
    disk_mb: int = 0
    is_hasty: bool = True
    deaths: int = 0
    died_at: float = 0.0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stopping: threading.Event = field(default_factory=threading.Event)

    # --- processes ------------------------------------------------------------------------------

    def begin(self) -> None:
        for each in ("points", "scratch", "data"):
            (self.directory / each).mkdir(parents=True, exist_ok=True)
        parent = os.getpid()
        self._log = (self.directory / "log").open("ab")
        self._zygote = subprocess.Popen(
            [*self._prefix(), sys.executable, "-m", "tests.faults.zygote"],
            cwd=CHECKOUT,
            env=os.environ | self.env | self._own_settings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            preexec_fn=partial(die_with_parent, signal.SIGKILL, parent=parent),  # noqa: PLW1509 - prctl alone
        )
        assert self._zygote.stdout is not None
        if not self._zygote.stdout.readline():
            raise Unreached((self.directory / "log").read_text()[-3000:])
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _prefix(self) -> list[str]:
        """Give the processes a scratch disk of their own, of `disk_mb`, which nobody else sees."""
        if not self.disk_mb:
            return []
        mount = f'mount -t tmpfs -o size={self.disk_mb}m tmpfs "$0" && exec "$@"'
        own = ("unshare", "--user", "--map-root-user", "--mount")
        return [*own, "sh", "-c", mount, str(self.directory / "scratch")]

    def _own_settings(self) -> dict[str, str]:
        return {
            "DAM_FAILPOINTS": "1",
            "DAM_FAIL_DIR": str(self.directory / "points"),
            "DAM_SCRATCH_DIR": str(self.directory / "scratch"),
            "DAM_DATA_DIR": str(self.directory / "data"),
            "DAM_PORTAL_URL": f"http://127.0.0.1:{self.port}",
            "DAM_PORT": str(self.port),
            "DAM_DATABASE_POOL": "20",
            "DAM_LOG_LEVEL": "INFO",
            **({"JOB_LEASE": str(LEASE_S), "JOB_REWAKE": str(REWAKE_S)} if self.is_hasty else {}),
            "RATE_LIMIT_SCALE": "0",
            "PYTHONPATH": str(CHECKOUT),
            "DJANGO_SETTINGS_MODULE": "dam.settings",
        }

    def _order(self, order: dict[str, Any]) -> Any:
        with self._lock:
            assert self._zygote.stdin is not None
            assert self._zygote.stdout is not None
            self._zygote.stdin.write(json.dumps(order) + "\n")
            self._zygote.stdin.flush()
            return json.loads(self._zygote.stdout.readline())

    def call(self, name: str, **arguments: Any) -> Any:
        """Run one of `tests.faults.inside.CALLS` in a process of its own."""
        answer = self._order({"call": name, **arguments})
        if isinstance(answer, dict) and "traceback" in answer:
            raise Unreached(answer["traceback"])
        return answer

    def start(self, name: str, role: Role) -> None:
        order = role | ({"port": self.port} if role["start"] == "web" else {})
        with self._lock:
            self.crew[name] = (role, self._order(order))
        if role["start"] == "web":
            self.until(self._answers, "the web process answers")

    def stop(self, name: str) -> None:
        """Kill a member of the crew for good."""
        if name in self.crew:
            self.kill(name, restart=False)

    def kill(self, name: str, *, restart: bool = True) -> None:
        """Kill a member of the crew at no particular point."""
        with self._lock:
            _, pid = self.crew[name] if restart else self.crew.pop(name)
            os.kill(pid, signal.SIGKILL)
            self.died_at = time.time()
        self.until(lambda: identify(pid) is None, f"{name} is dead")

    def _keep(self) -> None:
        """Start again whoever died, as a supervisor does."""
        while not self._stopping.wait(0.05):
            with self._lock:
                for name, (role, pid) in list(self.crew.items()):
                    if identify(pid) is None and not self._stopping.is_set():
                        self.deaths += 1
                        order = role | ({"port": self.port} if role["start"] == "web" else {})
                        self.crew[name] = (role, self._order(order))

    def end(self) -> None:
        self._stopping.set()
        self._keeper.join()
        with self._lock:
            for _, pid in self.crew.values():
                if identify(pid) is not None:
                    os.kill(pid, signal.SIGKILL)
            self.crew.clear()
        self._zygote.kill()
        self._zygote.wait()
        self._log.close()

    def strangers(self) -> list[str]:
        """Return processes that work in our scratch folder although nobody of the crew does."""
        place, found = str(self.directory / "scratch"), []
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                at = str((entry / "cwd").readlink())
            except OSError:
                continue
            if entry.name.isdigit() and (at.startswith(place) or place in words):
                found.append(f"{entry.name} {words[:200]}")
        return found

    def wakeups_of(self, job: str) -> int:
        """Return how often a worker was woken for a job."""
        file = self.directory / "data" / "wake-ups"
        return file.read_text(encoding="ascii").split().count(job) if file.exists() else 0

    # --- points ---------------------------------------------------------------------------------

    def arm(self, point: str, *, job: str = "") -> None:
        """Let whoever reaches the point next die there; of a job, whoever does that job."""
        ready = self.directory / f"{point}.{secrets.token_hex(4)}"
        ready.write_text(job, encoding="ascii")
        ready.rename(self.directory / "points" / point)

    def calm(self) -> None:
        """Forget what is armed, and have everybody at work."""
        for each in (self.directory / "points").iterdir():
            each.unlink(missing_ok=True)
        for name, role in CREW.items():
            if name not in self.crew:
                self.start(name, role)

    def is_spent(self, point: str) -> bool:
        """Tell whether somebody has died at the point since it was armed."""
        return point not in self.armed()

    def armed(self) -> list[str]:
        return sorted(each.name for each in (self.directory / "points").iterdir())

    # --- HTTP -----------------------------------------------------------------------------------

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send one request; raises OSError or HTTPException when the server dies of it."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {"Content-Type": "application/json"} | (headers or {})
            link.request(method, path, None if body is None else json.dumps(body), sent)
            answer = link.getresponse()
            raw = answer.read()
            return Answer(answer.status, json.loads(raw) if raw else None)
        finally:
            link.close()

    def _answers(self) -> bool:
        try:
            return self.send("GET", "/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def until(self, condition: Callable[[], Any], what: str, *, patience_s: float = PATIENCE_S) -> Any:
        """Wait for something; returns what made it true."""
        deadline = time.monotonic() + patience_s
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise Unreached(f"not within {patience_s:g} s: {what}")
            time.sleep(0.05)
        return found


@contextmanager
def manned(env: dict[str, str], *, directory: Path, disk_mb: int = 0, is_hasty: bool = True) -> Iterator[Rig]:
    """Start a rig with everybody that a platform needs, and end it; a hasty one has short leases."""
    port = find_free_base_port()
    rig = Rig(env=env, directory=directory, port=port, disk_mb=disk_mb, is_hasty=is_hasty)
    rig.begin()
    try:
        rig.calm()
        yield rig
    finally:
        rig.end()


@contextmanager
def database_on(stores: dict[str, str]) -> Iterator[dict[str, str]]:
    """Give a fresh copy of the migrated database on running stores."""
    name = f"dam_faults_{secrets.token_hex(4)}"

    def address(variable: str, database: str) -> str:
        return urlunsplit(urlsplit(stores[variable])._replace(path=f"/{database}"))

    def execute(statement: str) -> None:
        with psycopg.connect(address("DATABASE_MIGRATOR_URL", "postgres"), autocommit=True) as link:
            link.execute("SELECT pg_advisory_lock(7)")
            link.execute(statement)

    # It goes with the stores: what the killed have left in it may still be connected.
    execute(f'CREATE DATABASE "{name}" TEMPLATE dam')
    yield {each: address(each, name) for each in ("DATABASE_URL", "DATABASE_MIGRATOR_URL")}
