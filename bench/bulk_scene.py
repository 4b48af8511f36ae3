"""What `bulk` is measured on: a full catalogue, somebody with a token, and a worker that gets jobs one at a time."""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench import catalogue
from bench.api_stand import Stand
from dam.stack.layout import CHECKOUT
from dam.stack.servers.service import LOOPBACK

#: The whale holds so many of a catalogue's assets.
SHARE = 0.4
SLICES = 10
ORGANIZATION = catalogue.organization_id(catalogue.WHALE)

Json = dict[str, Any]


class Worker:
    """A worker's process, to which jobs are handed one at a time."""

    def __init__(self, stand: Stand) -> None:
        argv = [sys.executable, "-m", "bench.bulk_stand"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            argv,
            cwd=CHECKOUT,
            env=stand.environment,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.peak_mb: float = self.answer()["peak_mb"]

    def hand(self, job: str) -> None:
        """Give it a job, and do not wait."""
        self._say(f"{ORGANIZATION} {job}")

    def sweep(self) -> None:
        """Let mirrors look for changes, as the schedule does."""
        self._say("sweep")
        self.answer()

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None  # noqa: S101  it is a pipe
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def answer(self) -> Json:
        """Wait for the end of what it was given.

        Raises:
            RuntimeError: it ended itself instead.
        """
        assert self.process.stdout is not None  # noqa: S101  it is a pipe
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the worker ended")
        told: Json = json.loads(line)
        self.peak_mb = told["peak_mb"]
        return told

    def end(self) -> None:
        """Kill it, as hard as can be."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@dataclass
class Api:
    """Somebody with a token."""

    port: int
    token: str = catalogue.TOKENS["whale"]
    link: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.link = http.client.HTTPConnection(LOOPBACK, self.port, timeout=120)

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Answer what the API does.

        Raises:
            RuntimeError: it refuses.
        """
        text = json.dumps(body or {}) if method != "GET" else None
        heads = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.link.close()  # the server drops what has been idle for long
        self.link.request(method, path, body=text, headers=heads)
        answer = self.link.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {told[:300]!r}")
        found: Json = json.loads(told or b"{}")
        return found


@dataclass
class Scene:
    """The stand with a worker, and the whole search in ten slices by the time of their assets."""

    stand: Stand
    worker: Worker
    database: psycopg.Connection
    api: Api
    total: int
    bounds: list[str]

    @classmethod
    @contextmanager
    def of(cls, stand: Stand) -> Iterator["Scene"]:
        """Look at what there is, and keep a worker."""
        with psycopg.connect(stand.migrator_url, autocommit=True) as database:
            worker = Worker(stand)
            try:
                total = int(one(database, "SELECT count(*) FROM assets_asset WHERE organization_id = %s"))
                moments = database.execute(
                    "SELECT max(created_at) FROM (SELECT created_at, ntile(%s) OVER (ORDER BY created_at) slice"
                    " FROM assets_asset WHERE organization_id = %s) asset GROUP BY slice ORDER BY slice",
                    [SLICES, ORGANIZATION],
                ).fetchall()
                bounds = [moment.isoformat().replace("+00:00", "Z") for (moment,) in moments]
                yield cls(stand, worker, database, Api(stand.port), total, bounds)
            finally:
                worker.end()

    def slice(self, number: int) -> Json:
        """Answer the query of one slice."""
        below = {"created__lte": self.bounds[number]}
        return below | ({"created__gt": self.bounds[number - 1]} if number else {})

    def ask(self, action: Mapping[str, Any], query: Json | None = None) -> str:
        """Ask for work over a query, everything unless it is said; answer the job's id."""
        body = {"org": str(ORGANIZATION), "selection": {"query": query or {}}, "action": dict(action)}
        return str(self.api.call("POST", "/api/bulk", body)["id"])

    def job(self, job: str) -> Json:
        """Answer a job as it is now."""
        return self.api.call("GET", f"/api/jobs/{job}")

    def do(self, action: Mapping[str, Any], query: Json | None = None) -> tuple[Json, float]:
        """Have something done to the end; answer the job's result and how many assets a second it took.

        Raises:
            RuntimeError: it did not end well, or left an asset out.
        """
        job = self.ask(action, query)
        self.worker.hand(job)
        seconds = self.worker.answer()["seconds"]
        told = self.job(job)
        result: Json = told["result"] or {}
        if told["state"] != "succeeded" or result["failed"] or result["done"] != result["matched"]:
            raise RuntimeError(f"{action}: {told['state']} {told['error']} {result}")
        return result | {"job": job}, result["matched"] / seconds


def one(database: psycopg.Connection, sql: str, *values: object) -> Any:
    """Answer the one value that a statement finds, with these values, or the organisation, in it."""
    (found,) = database.execute(sql.encode(), list(values) or [ORGANIZATION]).fetchone() or (None,)
    return found
