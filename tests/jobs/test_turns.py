"""Whose turn it is: organisations by turns, what somebody waits for before the rest, heavy work within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

import dam.celery
from dam.core import tenancy, wire
from dam.core.models import Outbox
from jobs import queries, services
from jobs.handlers import register
from jobs.models import Job, Priority
from jobs.services import JobRun, rows
from jobs.services.waking import ENOUGH
from tests.cast import Cast
from tests.jobs.kinds import change, clear_queues, queue, read, register_all

register_all()
BURST = 200


@pytest.fixture
def empty_queues(committed: None) -> None:
    clear_queues()


def tell(run: JobRun) -> dict[str, Any]:
    with Path(run.payload["file"]).open("a") as file:
        file.write(f"{run.payload['name']}\n")
    return {}


register("test.tell", tell)


def burst(organization_id: Any, file: Path, *names: str, **changes: Any) -> list[Job]:
    return [
        queue(
            organization_id, "test.tell", payload={"file": str(file), "name": each}, idem_key=each, **changes
        )
        for each in names
    ]


@pytest.mark.usefixtures("empty_queues")
def test_anothers_first_job_goes_before_the_rest_of_a_burst(committed_cast: Cast, tmp_path: Path) -> None:
    done = tmp_path / "done"
    burst(committed_cast.org_id, done, *(f"a{number}" for number in range(BURST)))
    assert services.run_next("short")
    burst(committed_cast.foreign.organization_id, done, "b0", "b1")

    for _ in range(5):
        assert services.run_next("short")

    assert done.read_text().split() == ["a0", "b0", "a1", "b1", "a2", "a3"]


@pytest.mark.usefixtures("empty_queues")
def test_one_wake_up_is_enough_for_whatever_is_quick(committed_cast: Cast, tmp_path: Path) -> None:
    done = tmp_path / "done"
    burst(committed_cast.org_id, done, "a0", "a1")
    burst(committed_cast.foreign.organization_id, done, "b0")

    assert [services.work_through("short") for _ in range(2)] == [3, 0]

    assert done.read_text().split() == ["a0", "b0", "a1"]


@pytest.mark.usefixtures("empty_queues")
def test_a_round_that_has_lasted_hands_its_wake_up_on(
    committed_cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    burst(committed_cast.org_id, tmp_path / "done", "a0", "a1")
    with tenancy.scope(committed_cast.org_id):
        Outbox.objects.all().delete()
    monkeypatch.setattr("jobs.services.rounds.ROUND_S", 0)

    assert services.work_through("short") == 1

    with tenancy.scope(committed_cast.org_id):
        assert [each.payload["queue"] for each in Outbox.objects.filter(topic="job")] == ["short"]


@pytest.fixture
def broker(committed_cast: Cast) -> Iterator[Any]:
    """Redis as kombu speaks to it; `queue` is one that no worker knows, and is emptied."""
    dam.celery.app.set_default()
    with dam.celery.app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        yield channel.client
        channel.client.delete(own_queue(committed_cast))


def own_queue(cast: Cast) -> str:
    return f"q{str(cast.org_id)[-12:]}"


def deliver(cast: Cast) -> list[dict[str, Any]]:
    """Do as the relay does, whenever the messages are due; returns what they said."""
    with tenancy.scope(cast.org_id):
        rows = list(Outbox.objects.filter(topic="job").order_by("sequence"))
        Outbox.objects.filter(sequence__in=[each.sequence for each in rows]).delete()
        services.send_wakeups([each.payload for each in rows])
    return [each.payload for each in rows]


def test_as_many_workers_are_woken_as_the_work_that_is_left_asks_for(
    committed_cast: Cast, tmp_path: Path, broker: Any
) -> None:
    queue_name = own_queue(committed_cast)
    jobs = burst(committed_cast.org_id, tmp_path / "done", *"abcdefghij", queue=queue_name)
    woken = []
    for _ in range(3):
        deliver(committed_cast)
        woken.append(broker.llen(queue_name))
    for each in jobs[:9]:
        change(each, state="succeeded", finished_at=timezone.now())
    deliver(committed_cast)
    woken.append(broker.llen(queue_name))

    assert woken == [1, 3, 7, 8]
    assert deliver(committed_cast) == []


def test_nobody_is_woken_for_what_is_done_already_or_while_many_messages_wait(
    committed_cast: Cast, tmp_path: Path, broker: Any
) -> None:
    queue_name = own_queue(committed_cast)
    broker.rpush(queue_name, *(["somebody else's message"] * ENOUGH))
    jobs = burst(committed_cast.org_id, tmp_path / "done", "a", "b", queue=queue_name)
    deliver(committed_cast)
    assert broker.llen(queue_name) == ENOUGH

    broker.delete(queue_name)
    services.work_through(queue_name)
    with tenancy.scope(committed_cast.org_id):
        services.send_wakeups([{"job": str(each.id), "queue": queue_name} for each in jobs])
    assert broker.llen(queue_name) == 0


def test_the_end_of_a_job_claims_the_next_and_a_lost_lease_keeps_it(
    committed_cast: Cast, tmp_path: Path
) -> None:
    done, queue_name = tmp_path / "done", own_queue(committed_cast)

    def lose(run: JobRun) -> dict[str, Any]:
        with tenancy.scope(run.organization_id):
            Job.objects.filter(id=run.job_id).update(fence=run.fence + 1)
        return tell(run)

    register("test.lose", lose)
    lost = queue(
        committed_cast.org_id, "test.lose", queue=queue_name, payload={"file": str(done), "name": "lost"}
    )
    rest = burst(committed_cast.org_id, done, "a", "b", queue=queue_name)

    assert services.work_through(queue_name) == 3

    assert done.read_text().split() == ["lost", "a", "b"]
    assert [(read(each).state, read(each).attempts) for each in rest] == [("succeeded", 1)] * 2
    assert read(lost).state == "running", "its lease runs out"


@pytest.mark.usefixtures("empty_queues")
def test_within_an_organisation_what_somebody_waits_for_goes_first_and_bulk_last(
    committed_cast: Cast, tmp_path: Path
) -> None:
    done, organization_id = tmp_path / "done", committed_cast.org_id
    burst(organization_id, done, "bulk", priority=Priority.BULK)
    waiting = burst(organization_id, done, "first", "second", "third")
    with tenancy.scope(organization_id):
        assert services.hasten(waiting[2].id)
        assert not services.hasten(waiting[2].id)
    burst(committed_cast.foreign.organization_id, done, "foreign-bulk", priority=Priority.BULK)

    while services.run_next("short"):
        continue

    assert done.read_text().split()[:3] == ["third", "first", "second"]
    assert set(done.read_text().split()[3:]) == {"bulk", "foreign-bulk"}


@pytest.mark.usefixtures("empty_queues")
def test_what_was_just_sent_goes_before_a_backlog_of_other_work(committed_cast: Cast, tmp_path: Path) -> None:
    done = tmp_path / "done"
    burst(committed_cast.org_id, done, "a0", "a1")
    burst(committed_cast.org_id, done, "sent", priority=Priority.SENT)
    burst(committed_cast.foreign.organization_id, done, "b0")

    while services.run_next("short"):
        continue

    assert done.read_text().split() == ["sent", "b0", "a0", "a1"]


@pytest.mark.usefixtures("empty_queues")
def test_what_has_waited_long_is_let_by_one_at_a_time(committed_cast: Cast, tmp_path: Path) -> None:
    done = tmp_path / "done"
    for each in burst(committed_cast.org_id, done, "old", "older", "new"):
        ages = {"old": 2, "older": 3, "new": 0}
        change(each, due_at=timezone.now() - timedelta(minutes=ages[each.idem_key]))
    alone = burst(committed_cast.foreign.organization_id, done, "alone")[0]
    change(alone, due_at=timezone.now() - timedelta(minutes=9))
    burst(committed_cast.org_id, done, "sent0", "sent1", priority=Priority.SENT)

    for _ in range(3):
        services.sweep()
    while services.run_next("short"):
        continue

    ours = [each for each in done.read_text().split() if each != "alone"]
    assert ours == ["older", "sent0", "sent1", "old", "new"]
    assert read(alone).priority == Priority.USUAL, "nothing went before it"


@pytest.mark.usefixtures("empty_queues")
def test_many_workers_at_once_do_every_job_once(committed_cast: Cast, tmp_path: Path) -> None:
    done = tmp_path / "done"
    names = {f"a{number}" for number in range(40)} | {f"b{number}" for number in range(10)}
    burst(committed_cast.org_id, done, *(each for each in names if each[0] == "a"))
    burst(committed_cast.foreign.organization_id, done, *(each for each in names if each[0] == "b"))

    def work(_: int) -> bool:
        try:
            return services.run_next("short") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        worked = list(pool.map(work, range(len(names))))

    assert sum(worked) == len(names)
    assert sorted(done.read_text().split()) == sorted(names)


def settle(run: JobRun) -> dict[str, Any]:
    """Say that the work is heavy, and tell whether it could stay."""
    run.enter_lane("heavy/av1", expected_s=30)
    return tell(run)


register("test.settle", settle)


@pytest.mark.usefixtures("empty_queues")
def test_heavy_work_waits_for_room_without_using_up_tries_and_light_work_passes_it(
    committed_cast: Cast, tmp_path: Path, settings_of_limits: None
) -> None:
    done, organization_id = tmp_path / "done", committed_cast.org_id
    holder = queue(organization_id, "test.tell", lane="heavy/hevc", idem_key="holder")
    in_an_hour = timezone.now() + timedelta(hours=1)
    change(holder, state="running", fence=1, attempts=1, lease_until=in_an_hour)
    heavy = queue(
        organization_id, "test.settle", payload={"file": str(done), "name": "heavy"}, idem_key="heavy"
    )
    services.run_next("short")

    waiting = read(heavy)
    assert (waiting.state, waiting.attempts, waiting.lane) == ("queued", 0, "heavy/av1")
    change(heavy, due_at=timezone.now() - timedelta(minutes=1))
    burst(organization_id, done, "light")
    assert services.run_next("short")
    assert not services.run_next("short")
    assert done.read_text().split() == ["light"]

    change(holder, state="succeeded", lease_until=None, finished_at=timezone.now(), result={})
    assert services.run_next("short")
    assert (read(heavy).state, read(heavy).expected_s) == ("succeeded", 30)
    with tenancy.scope(organization_id):
        woken = [each.payload["job"] for each in Outbox.objects.filter(topic="job")]
    assert woken.count(str(heavy.id)) == 3, "queued, put back, and whoever waits for the room that it left"


@pytest.fixture
def settings_of_limits() -> Iterator[None]:
    with override_settings(JOB_LIMITS={"heavy": 1}):
        yield


@pytest.mark.usefixtures("empty_queues")
def test_the_wait_counts_whose_turn_comes_before(committed_cast: Cast, tmp_path: Path) -> None:
    done, foreign = tmp_path / "done", committed_cast.foreign.organization_id
    ours = burst(committed_cast.org_id, done, *(f"a{number}" for number in range(10)), expected_s=6.0)
    theirs = burst(foreign, done, "b0", "b1", expected_s=100.0)
    running = ours[0]
    in_an_hour = timezone.now() + timedelta(hours=1)
    change(running, state="running", fence=1, attempts=1, progress=0.5, lease_until=in_an_hour)

    with tenancy.scope(committed_cast.org_id):
        ahead = queries.wait_of(ours[3].id, usual_s=1)
    with tenancy.scope(foreign):
        first = queries.wait_of(theirs[0].id, usual_s=1)

    assert ahead is not None
    assert first is not None
    assert (ahead.jobs, ahead.seconds) == (4, 3 + 2 * 6 + 2 * 100)
    assert (first.jobs, first.seconds) == (1, 3 + 6)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "statement",
    [rows._CLAIM, rows._CLAIM_CHOSEN, rows._RENEW, rows._SUCCEED],
    ids=["claim", "claim-chosen", "renew", "succeed"],
)
def test_a_job_is_found_by_its_id_also_by_plans_made_when_there_were_few(cast: Cast, statement: str) -> None:
    """Such a plan is kept: by the organisation alone it would soon read all that the organisation ever did."""
    query, _ = wire.numbered(statement)

    with tenancy.scope(cast.org_id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (GENERIC_PLAN) {query}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    # What runs are few, and have an index of their own.
    assert re.search(r"using jobs_job_(pkey|tenant_id|leases)\b", plan), plan
