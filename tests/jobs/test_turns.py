"""Whose turn it is: organisations by turns, what somebody waits for before the rest, heavy work within limits."""

from __future__ import annotations

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
from dam.core import tenancy
from dam.core.models import Outbox
from jobs import queries, services
from jobs.handlers import register
from jobs.models import Job, Priority
from jobs.services import JobRun
from jobs.wakeups import ENOUGH, send_wakeups
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


def test_no_more_workers_are_woken_than_can_help(committed_cast: Cast) -> None:
    dam.celery.app.set_default()
    wanted = [{"job": str(number), "queue": f"short-{committed_cast.org_id}"} for number in range(ENOUGH + 5)]
    few = [{"job": "x", "queue": f"encode-{committed_cast.org_id}"}] * 2
    with dam.celery.app.connection_for_write() as broker, tenancy.scope(committed_cast.org_id):
        channel: Any = broker.default_channel
        try:
            send_wakeups([*wanted, *few])
            send_wakeups(wanted)
            held = [channel.client.llen(each[0]["queue"]) for each in (wanted, few)]
        finally:
            channel.client.delete(wanted[0]["queue"], few[0]["queue"])

    assert held == [ENOUGH, 2]


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
