"""`jobs`: no-op jobs through outbox, lease and fence, beside bare Celery; and how long a dead worker's job lies idle.

Both sides queue the same number of no-ops one by one and let the same number of workers, threads and pools do
them, on the same Redis. Ours also writes a row, an outbox message, a claim, a lease and an end, each committed.
The last rows say whose processor time a job takes, beside all that a bare task takes, and how the database's grows
with the rows that are there.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import redis

from bench.processor import family_s
from bench.report import CannotRun, Row, compare, interleaved, judge
from dam.stack.layout import CHECKOUT
from dam.stack.services import find_free_base_port, start_backends

QUICK, FULL = 1_000, 5_000
AT_LEAST, AT_LEAST_PER_S, AGAIN_AT_MOST_S = 0.35, 300, 60
WORKERS, HELD = 2, 4
OUR_QUEUE, BARE_QUEUE = "short", "bench-bare"
DATABASE, QUEUER = "database", "whoever queues it"
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
class Batch:
    """What a batch of jobs, or of bare tasks, took: how many went in a second, and whose processor time each cost."""

    per_s: float
    cpu_ms: dict[str, float]


@dataclass(frozen=True)
class Stand:
    """The stores, one organisation, and what it takes to start a process of ours.

    `payers` are the running processes whose time a job takes, under the names that the table gives them.
    """

    environment: dict[str, str]
    organization: str
    database: psycopg.Connection
    broker: redis.Redis
    payers: dict[str, list[int]]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one process of the stand."""
        argv = [sys.executable, "-m", "bench.jobs_stand", *arguments]
        return subprocess.Popen(argv, cwd=CHECKOUT, env=self.environment)

    def finish(self, *arguments: str) -> tuple[float, float]:
        """Run one process of the stand to its end.

        Returns the moment (`time.monotonic`) at which its work began, and the processor seconds that the work took.
        """
        argv = [sys.executable, "-m", "bench.jobs_stand", *arguments]
        done = subprocess.run(
            argv, cwd=CHECKOUT, env=self.environment, stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True
        )
        began, spent_s = done.stdout.split()
        return float(began), float(spent_s)

    def spent_s(self) -> dict[str, float]:
        """Answer the processor seconds of each payer so far."""
        return {name: sum(family_s(pid) for pid in pids) for name, pids in self.payers.items()}

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
    mine: list[Batch] = []
    theirs: list[Batch] = []
    with running_stand() as stand:
        with ExitStack() as crew:
            stand.payers["workers"] = [
                crew.enter_context(running(stand, "worker", queue))
                for queue in (OUR_QUEUE, BARE_QUEUE)
                for _ in range(WORKERS)
            ]
            ours(stand, count=100)
            bare(stand, count=100)
            pairs = interleaved(
                lambda: noted(mine, ours(stand, count=count)), lambda: noted(theirs, bare(stand, count=count))
            )
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
        *cost_rows(mine, theirs),
    ]


def noted(batches: list[Batch], batch: Batch) -> float:
    """Keep a batch; answer how many of it went in a second."""
    batches.append(batch)
    return batch.per_s


def cost_rows(mine: Sequence[Batch], theirs: Sequence[Batch]) -> list[Row]:
    """Say what a job costs beside a bare task, each payer for itself; none of it is judged."""
    bare_ms = [sum(each.cpu_ms.values()) for each in theirs]
    whole = [sum(each.cpu_ms.values()) for each in mine]
    rows = [compare("CPU ms of a job / of a bare task", list(zip(whole, bare_ms, strict=True)))]
    for payer in mine[0].cpu_ms:
        own = [each.cpu_ms[payer] for each in mine]
        rows.append(
            compare(
                f"of it the {payer}" if payer != QUEUER else f"of it {payer}",
                list(zip(own, bare_ms, strict=True)),
            )
        )
    first, last = mine[0].cpu_ms[DATABASE], mine[-1].cpu_ms[DATABASE]
    return [*rows, compare("the database's, last batch / first batch", [(last, first)])]


# --- the two ways ---------------------------------------------------------------------------------


def ours(stand: Stand, *, count: int) -> Batch:
    """Queue no-op jobs, and see them queued, run and ended."""
    before = stand.count(SUCCEEDED)
    order = ("enqueue", OUR_QUEUE, stand.organization, "bench.nothing", str(count))
    batch = done(stand, *order, count=count, until=lambda: stand.count(SUCCEEDED) >= before + count)
    if stand.count("SELECT count(*) FROM jobs_job WHERE attempts <> 1 AND kind = 'bench.nothing'"):
        raise RuntimeError("a job ran more than once")
    return batch


def bare(stand: Stand, *, count: int) -> Batch:
    """Send bare no-op tasks, and see them sent, run and confirmed."""
    order = ("send", BARE_QUEUE, str(count))
    return done(stand, *order, count=count, until=lambda: stand.unconfirmed(BARE_QUEUE) == 0)


def done(stand: Stand, *order: str, count: int, until: Callable[[], bool]) -> Batch:
    """Have so many queued, wait for their end, and say what that took."""
    before = stand.spent_s()
    began, queueing_s = stand.finish(*order)
    wait_until(until)
    took_s = time.monotonic() - began
    spent = {payer: seconds - before[payer] for payer, seconds in stand.spent_s().items()} | {
        QUEUER: queueing_s
    }
    return Batch(count / took_s, {payer: 1000 * seconds / count for payer, seconds in spent.items()})


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
def running(stand: Stand, *arguments: str) -> Iterator[int]:
    """Keep one process of the stand running and lend its id; it is killed in the end, as hard as can be."""
    process = stand.start(*arguments)
    try:
        yield process.pid
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
        names = {"postgres": DATABASE, "redis": "broker"}
        payers = {names[service.name]: [process.pid] for service, process in handle.running}
        stand = Stand(environment, make_organization(database), database, broker, payers)
        payers["relay"] = [leaving.enter_context(running(stand, "relay"))]
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
