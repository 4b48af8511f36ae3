"""Redis and Postgres go away, or forget, while work is queued, running and coming in."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.faults.oracle import Delivery, Outcome, Person, judge, some_bytes
from tests.faults.rig import SHORT, Rig
from tests.faults.stores import Stores

LOAD_S, SENDERS = 1.0, 3


@contextmanager
def load(person: Person, deliveries: list[Delivery]) -> Iterator[None]:
    """Send one delivery after the other from three sides, before, during and after the block."""
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            deliveries.append(person.deliver(some_bytes()))

    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(send) for _ in range(SENDERS)]
        try:
            time.sleep(LOAD_S)
            yield
            time.sleep(LOAD_S)
        finally:
            stop.set()
        for each in senders:
            each.result()


def redis_flushed(rig: Rig, stores: Stores) -> Outcome:
    """Everything in Redis is gone while one job runs and others wait."""
    person = Person(rig)
    effects = rig.directory / f"effects-{person.organization}"
    running = rig.call(
        "enqueue",
        organization=person.organization,
        kind="sleep",
        payload={"file": str(effects), "seconds": 2.0},
        key="one",
    )
    rig.until(lambda: _state(person, running) == "running", "the job runs")
    deliveries = [person.deliver(some_bytes()) for _ in range(4)]
    stores.flush_redis()
    deliveries += [person.deliver(some_bytes()) for _ in range(2)]
    outcome = judge(person, deliveries)
    rig.until(lambda: _state(person, running) == "succeeded", "the long job has ended")
    _judge_effects(effects, outcome, wanted=1)
    return outcome


def redis_restarted(rig: Rig, stores: Stores) -> Outcome:
    """Redis is killed and comes back: while a worker works and waits for more at once, then under load.

    No worker dies of it, not even when what it did meanwhile has ended.
    """
    person, deliveries = Person(rig), list[Delivery]()
    effects = rig.directory / f"effects-{person.organization}"
    rig.stop("short")
    rig.start("short", SHORT | {"threads": 2})
    payload = {"file": str(effects), "seconds": 3.0}
    running = rig.call("enqueue", organization=person.organization, kind="sleep", payload=payload, key="one")
    rig.until(lambda: _state(person, running) == "running", "the job runs")
    deaths = rig.deaths
    stores.restart("redis", how=signal.SIGKILL)
    with load(person, deliveries):
        stores.restart("redis", how=signal.SIGKILL)
    outcome = judge(person, deliveries)
    if rig.deaths > deaths:
        outcome.note("stuck", f"{rig.deaths - deaths} processes died with Redis")
    _judge_effects(effects, outcome, wanted=1)
    return outcome


def redis_full(rig: Rig, stores: Stores) -> Outcome:
    """Redis takes nothing more, while a worker works and others ask: no worker ends, and all is done when it does.

    As without memory, so without disk, or in the place of a primary.
    """
    person = Person(rig)
    effects = rig.directory / f"effects-{person.organization}"
    payload = {"file": str(effects), "seconds": 1.5}
    running = rig.call("enqueue", organization=person.organization, kind="sleep", payload=payload, key="one")
    rig.until(lambda: _state(person, running) == "running", "the job runs")
    deaths = rig.deaths
    with stores.redis_that_refuses():
        deliveries = [person.deliver(some_bytes())]
        rig.until(lambda: _state(person, running) == "succeeded", "what ran went on")
        rig.until(lambda: not rig.send("GET", "/readyz")["ready"], "it is told")
        time.sleep(LOAD_S)
    outcome = judge(person, deliveries)
    if rig.deaths > deaths:
        outcome.note("stuck", f"{rig.deaths - deaths} processes died with Redis")
    _judge_effects(effects, outcome, wanted=1)
    return outcome


def postgres_restarted(rig: Rig, stores: Stores) -> Outcome:
    """Postgres stops as in a crash (`-m immediate`) and comes back under load."""
    person, deliveries = Person(rig), list[Delivery]()
    with load(person, deliveries):
        stores.restart("postgres", how=signal.SIGQUIT)
    return judge(person, deliveries)


def postgres_restarted_unnoticed(rig: Rig, stores: Stores) -> Outcome:
    """Postgres comes back while nobody asks: whoever asks then meets no connection of the pool that is dead."""
    person = Person(rig)
    _ask_at_once(person)
    stores.restart("postgres", how=signal.SIGQUIT)
    before = person.repeats
    _ask_at_once(person)
    outcome = judge(person, [])
    if person.repeats > before:
        outcome.note("lost", f"{person.repeats - before} requests had to be sent again")
    return outcome


def _ask_at_once(person: Person) -> None:
    """Use as many connections of the web process's pool as there are."""
    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(person.ask, "GET", "/api/me") for _ in range(40)]:
            each.result()


def _state(person: Person, job: str) -> str:
    return str(person.rig.call("job", organization=person.organization, id=job)["state"])


def _judge_effects(file: Path, outcome: Outcome, *, wanted: int) -> None:
    seen = file.read_text(encoding="ascii").splitlines() if file.exists() else []
    if len(seen) < wanted:
        outcome.note("lost", f"{len(seen)} of {wanted} effects")
    elif len(seen) > wanted:
        outcome.note("altered", f"{len(seen)} effects in place of {wanted}")


def shuffled_wakeups(rig: Rig) -> Outcome:
    """Every wake-up comes five times, in no order, before, while and after the job runs."""
    person = Person(rig)
    rig.stop("short")
    effects = rig.directory / f"effects-{person.organization}"
    jobs = [
        rig.call(
            "enqueue",
            organization=person.organization,
            kind="note",
            payload={"file": str(effects)},
            key=str(number),
        )
        for number in range(8)
    ]
    deliveries = [person.deliver(some_bytes()) for _ in range(3)]
    everybody = [*jobs, *(each.job for each in deliveries)]
    rig.call("wake", organization=person.organization, ids=everybody[::-1] * 3, queue="short")
    rig.start("short", SHORT)
    rig.start("second", SHORT)
    rig.call("wake", organization=person.organization, ids=[*everybody[::2], *everybody[1::2]], queue="short")
    outcome = judge(person, deliveries)
    rig.call("wake", organization=person.organization, ids=everybody, queue="short")
    rig.until(lambda: all(_state(person, each) == "succeeded" for each in jobs), "every job has ended")
    rig.until(lambda: all(rig.wakeups_of(each) > 2 for each in everybody), "every copy came")
    rig.stop("second")
    _judge_effects(effects, outcome, wanted=len(jobs))
    return outcome


def delivered_again_while_it_runs(
    rig: Rig, *, seconds: float, visibility_s: float, by_itself: bool = False
) -> Outcome:
    """A job takes longer than the broker waits for its confirmation: the second copy finds it claimed.

    The broker's clients look for such messages every 100 seconds; unless left to itself, one is told to look now.
    The job lasts `seconds`, and until the copy has come, however slow the machine is.
    """
    person = Person(rig)
    rig.stop("short")
    rig.start("short", SHORT | {"threads": 2, "visibility_s": visibility_s})
    effects, held = (rig.directory / f"{name}-{person.organization}" for name in ("effects", "held"))
    held.touch()
    job = rig.call(
        "enqueue",
        organization=person.organization,
        kind="sleep",
        payload={"file": str(effects), "seconds": seconds, "while": str(held)},
        key="long",
    )
    rig.until(lambda: _state(person, job) == "running", "the job runs")

    def came_again() -> bool:
        if not by_itself:
            rig.call("restore_messages", visibility_s=visibility_s)
        return rig.wakeups_of(job) > 1

    try:
        rig.until(came_again, "the second copy came", patience_s=240)
    finally:
        held.unlink()
    rig.until(lambda: _state(person, job) != "running", "the long job has ended", patience_s=seconds + 60)
    outcome = judge(person, [])
    ended = rig.call("job", organization=person.organization, id=job)
    if (ended["state"], ended["attempts"]) != ("succeeded", 1):
        outcome.note("stuck", f"the long job ended as {ended}")
    _judge_effects(effects, outcome, wanted=1)
    rig.stop("short")
    rig.start("short", SHORT)
    return outcome
