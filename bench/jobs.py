"""`jobs`: no-op jobs through outbox, lease and fence, beside bare Celery; and how long a dead worker's job lies idle.

Both sides queue the same number of no-ops one by one and let the same number of workers, threads and pools do
them, on the same Redis. Ours also writes a row, an outbox message, a claim, a lease and an end, each committed.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import redis

from bench.report import CannotRun, Row, compare, interleaved, judge
from dam.stack.layout import CHECKOUT
from dam.stack.services import find_free_base_port, start_backends

QUICK, FULL = 1_000, 5_000
AT_LEAST, AT_LEAST_PER_S, AGAIN_AT_MOST_S = 0.35, 300, 60
WORKERS, HELD = 2, 4
OUR_QUEUE, BARE_QUEUE = "short", "bench-bare"
POLL_S, PATIENCE_S = 0.05, 120
SUCCEEDED = "SELECT count(*) FROM jobs_job WHERE kind = 'bench.nothing' AND state = 'succeeded'"
HOLDING = "SELECT count(*) FROM jobs_job WHERE kind = 'bench.hold'"
# Settings ask for a store and an edge; nothing here goes to them.
NOWHERE = {
    "S3_ENDPOINT_URL": "http://127.0.0.1:9",
    "S3_KEY_ID": "none",
    "S3_SECRET": "none",
    "EDGE_URL": "http://127.0.0.1:9",
    "EDGE_SIGNING_KEY": "a-signing-key-for-the-benchmark-only",
}


@dataclass(frozen=True)
class Stand:
    """The stores, one organisation, and what it takes to start a process of ours."""

    environment: dict[str, str]
    organization: str
    database: psycopg.Connection
    broker: redis.Redis

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one process of the stand."""
        argv = [sys.executable, "-m", "bench.jobs_stand", *arguments]
        return subprocess.Popen(argv, cwd=CHECKOUT, env=self.environment)

    def finish(self, *arguments: str) -> float:
        """Run one process of the stand to its end; return the moment (`time.monotonic`) at which its work began."""
        argv = [sys.executable, "-m", "bench.jobs_stand", *arguments]
        done = subprocess.run(
            argv, cwd=CHECKOUT, env=self.environment, stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True
        )
        return float(done.stdout.split()[0])

    def count(self, sql: str) -> int:
        """Answer one number of the database."""
        row = self.database.execute(sql.encode()).fetchone()
        return int(row[0]) if row else 0

    def unconfirmed(self, queue: str) -> int:
        """Answer how many messages of a queue wait or lie in workers' hands."""
        names = [key.decode() for key in self.broker.scan_iter("dam.*") if b"_kombu" not in key]
        waiting = sum(int(self.broker.llen(key)) for key in names if key.endswith(f".{queue}"))
        return waiting + sum(int(self.broker.hlen(key)) for key in names if key.endswith(".unacked"))


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure both ways in turn, then kill a worker that holds jobs."""
    count = FULL if full else QUICK
    with running_stand() as stand:
        with ExitStack() as crew:
            for queue in (OUR_QUEUE, BARE_QUEUE):
                for _ in range(WORKERS):
                    crew.enter_context(running(stand, "worker", queue))
            ours(stand, count=100)
            bare(stand, count=100)
            pairs = interleaved(lambda: ours(stand, count=count), lambda: bare(stand, count=count))
        idle = idle_times_s(stand)
    rate = compare("no-op jobs a second", pairs, at_least=AT_LEAST)
    floor = compare("the same, alone", [(each, AT_LEAST_PER_S) for each, _ in pairs], at_least=1)
    return [
        rate,
        replace(floor, mark=f"≥ {AT_LEAST_PER_S}/s"),
        judge(
            "worker killed → its jobs run again",
            [(each, AGAIN_AT_MOST_S) for each in idle],
            at_most=AGAIN_AT_MOST_S,
            unit="s",
        ),
    ]


# --- the two ways ---------------------------------------------------------------------------------


def ours(stand: Stand, *, count: int) -> float:
    """Queue no-op jobs and answer how many a second were queued, run and ended."""
    before = stand.count(SUCCEEDED)
    began = stand.finish("enqueue", OUR_QUEUE, stand.organization, "bench.nothing", str(count))
    wait_until(lambda: stand.count(SUCCEEDED) >= before + count)
    took_s = time.monotonic() - began
    if stand.count("SELECT count(*) FROM jobs_job WHERE attempts <> 1 AND kind = 'bench.nothing'"):
        raise RuntimeError("a job ran more than once")
    return count / took_s


def bare(stand: Stand, *, count: int) -> float:
    """Send bare no-op tasks and answer how many a second were sent, run and confirmed."""
    began = stand.finish("send", BARE_QUEUE, str(count))
    wait_until(lambda: stand.unconfirmed(BARE_QUEUE) == 0)
    return count / (time.monotonic() - began)


def idle_times_s(stand: Stand) -> list[float]:
    """Kill a worker with jobs in its hands; answer for each how long it lay until another began it again."""
    with ExitStack() as crew:
        crew.enter_context(running(stand, "worker", OUR_QUEUE))
        stand.finish("enqueue", OUR_QUEUE, stand.organization, "bench.hold", str(HELD))
        wait_until(lambda: stand.count(f"{HOLDING} AND state = 'running'") == HELD)
        # Just after a heartbeat is the worst moment: the whole lease is still to run.
        beaten = stand.count(f"{HOLDING} AND updated_at > started_at + interval '1 second'")
        wait_until(
            lambda: stand.count(f"{HOLDING} AND updated_at > started_at + interval '1 second'") > beaten
        )
    killed_at = time.monotonic()
    times: list[float] = []
    with running(stand, "worker", OUR_QUEUE):
        while len(times) < HELD and time.monotonic() < killed_at + PATIENCE_S:
            again = stand.count(f"{HOLDING} AND attempts > 1 AND state <> 'queued'")
            times += [time.monotonic() - killed_at] * (again - len(times))
            time.sleep(POLL_S)
    if len(times) < HELD:
        raise RuntimeError("a dead worker's job was not taken up again")
    return times


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come.

    Raises:
        RuntimeError: it did not come in time.
    """
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > give_up:
            raise RuntimeError("the jobs did not end")
        time.sleep(POLL_S)


# --- the stand ------------------------------------------------------------------------------------


@contextmanager
def running(stand: Stand, *arguments: str) -> Iterator[None]:
    """Keep one process of the stand running; it is killed in the end, as hard as can be."""
    process = stand.start(*arguments)
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def running_stand() -> Iterator[Stand]:
    """Start stores of our own, make the database and an organisation in it, and keep a relay."""
    with ExitStack() as leaving:
        directory = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="dam-bench-")))
        handle = start_backends(directory / "stores", find_free_base_port(), only={"postgres", "redis"})
        leaving.callback(handle.stop)
        environment = os.environ | handle.env | {"DAM_SECRET_KEY": secrets.token_hex(), **NOWHERE}
        manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        as_migrator = environment | {"DAM_DATABASE_ROLE": "migrator"}
        if subprocess.run(manage, cwd=CHECKOUT, env=as_migrator, check=False).returncode:
            raise CannotRun("the database could not be made")
        database = leaving.enter_context(
            psycopg.connect(handle.env["DATABASE_MIGRATOR_URL"], autocommit=True)
        )
        broker = redis.Redis.from_url(handle.env["REDIS_URL"])
        leaving.callback(broker.close)
        stand = Stand(environment, make_organization(database), database, broker)
        leaving.enter_context(running(stand, "relay"))
        yield stand


def make_organization(database: psycopg.Connection) -> str:
    """Make the organisation that the jobs belong to, and answer its id."""
    organization = str(uuid4())
    database.execute(
        "INSERT INTO orgs_organization (id, name, slug, storage_used, storage_limit, storage_reserved, created_at, updated_at)"
        " VALUES (%s, 'Bench', 'bench', 0, 0, 0, now(), now())",
        [organization],
    )
    return organization
