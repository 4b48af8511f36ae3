"""The relay hands on what was committed, at least once; the schedule runs each turn once, in whichever process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

import dam.celery
from dam.core import registry, tenancy
from dam.core.delivery import outbox, schedule, timetable
from dam.core.delivery.background import RelayLoop, ScheduleLoop
from dam.core.delivery.relay import BATCH, TRIES, relay_once
from dam.core.models import Outbox, Schedule
from tests.cast import Cast
from tests.waits import until_somebody_waits


def deliver_all() -> None:
    while relay_once():
        pass


def waiting(cast: Cast, topic: str) -> list[Outbox]:
    with tenancy.scope(cast.org_id):
        return list(Outbox.objects.filter(topic=topic))


def publish(cast: Cast, topic: str, *payloads: dict[str, Any], delay_s: float = 0) -> None:
    with tenancy.scope(cast.org_id):
        for each in payloads:
            outbox.publish(topic, each, delay_s=delay_s)


@pytest.fixture(autouse=True)
def broker() -> None:
    """Other tests' jobs may lie in the outbox too."""
    dam.celery.app.set_default()


@pytest.fixture
def taken() -> list[Any]:
    got: list[Any] = []
    registry.deliver(
        "test.topic", lambda payloads: got.append((tenancy.current_organization(), list(payloads)))
    )
    return got


def test_messages_come_in_order_in_their_organisations_scope_and_go(committed_cast: Cast, taken: list[Any]):
    publish(committed_cast, "test.topic", *({"n": n} for n in range(5)))

    deliver_all()

    mine = [payloads for organization_id, payloads in taken if organization_id == committed_cast.org_id]
    assert [each["n"] for payloads in mine for each in payloads] == [0, 1, 2, 3, 4]
    assert waiting(committed_cast, "test.topic") == []


def test_what_is_rolled_back_is_never_handed_on(committed_cast: Cast, taken: list[Any]):
    with tenancy.scope(committed_cast.org_id):
        outbox.publish("test.topic", {"n": 1})
        transaction.set_rollback(True)

    deliver_all()

    assert taken == []


def test_a_delayed_message_waits(committed_cast: Cast, taken: list[Any]):
    publish(committed_cast, "test.topic", {"n": 1}, delay_s=60)
    deliver_all()
    assert taken == []
    assert len(waiting(committed_cast, "test.topic")) == 1


def test_a_failing_topic_is_tried_again_and_holds_up_nobody(committed_cast: Cast, taken: list[Any]):
    def fail(payloads):
        raise RuntimeError

    registry.deliver("test.failing", fail)
    publish(committed_cast, "test.failing", {"n": 1})
    publish(committed_cast, "test.topic", {"n": 2})

    deliver_all()

    assert [payloads for _, payloads in taken] == [[{"n": 2}]]
    [row] = waiting(committed_cast, "test.failing")
    assert row.available_at > timezone.now()
    registry.deliver("test.failing", taken.append)
    with tenancy.scope(committed_cast.org_id):
        Outbox.objects.filter(topic="test.failing").update(available_at=timezone.now())
    deliver_all()
    assert taken[-1] == [{"n": 1}]


def make_due(cast: Cast, topic: str) -> None:
    with tenancy.scope(cast.org_id):
        Outbox.objects.filter(topic=topic, set_aside_at=None).update(available_at=timezone.now())


def test_one_poisonous_message_is_set_aside_with_its_reason_and_the_rest_goes_out(
    committed_cast: Cast, taken: list[Any], capsys: pytest.CaptureFixture[str]
):
    def deliver(payloads: Sequence[dict[str, Any]]) -> None:
        if any(each["n"] == 3 for each in payloads):
            raise ValueError("three is no number")
        taken.extend(payloads)

    registry.deliver("test.poison", deliver)
    publish(committed_cast, "test.poison", *({"n": n} for n in range(7)))
    for _ in range(TRIES + 1):
        deliver_all()
        make_due(committed_cast, "test.poison")

    assert [each["n"] for each in taken] == [0, 1, 2, 4, 5, 6]
    [row] = waiting(committed_cast, "test.poison")
    assert (row.attempts, row.reason) == (TRIES, "ValueError: three is no number")
    assert row.set_aside_at is not None
    with pytest.raises(SystemExit) as ended:
        call_command("outbox")
    assert ended.value.code == 1
    assert "three is no number" in capsys.readouterr().out

    registry.deliver("test.poison", taken.extend)
    call_command("outbox", "--retry")
    deliver_all()
    assert taken[-1] == {"n": 3}
    assert waiting(committed_cast, "test.poison") == []


def test_what_is_away_is_waited_for_without_blaming_the_message(committed_cast: Cast, taken: list[Any]):
    def fail(payloads: Sequence[dict[str, Any]]) -> None:
        raise RedisConnectionError("refused")

    registry.deliver("test.away", fail)
    publish(committed_cast, "test.away", {"n": 1})
    for _ in range(TRIES + 2):
        deliver_all()
        make_due(committed_cast, "test.away")

    [row] = waiting(committed_cast, "test.away")
    assert (row.attempts, row.set_aside_at) == (0, None)
    registry.deliver("test.away", taken.extend)
    deliver_all()
    assert taken == [{"n": 1}]


def test_a_burst_of_one_organisation_does_not_starve_another(committed_cast: Cast, taken: list[Any]):
    publish(committed_cast, "test.topic", *({"n": n} for n in range(3 * BATCH)))
    with tenancy.scope(committed_cast.foreign.organization_id):
        outbox.publish("test.topic", {"n": "other"})

    relay_once()

    assert [{"n": "other"}] in [payloads for _, payloads in taken]
    assert len(waiting(committed_cast, "test.topic")) == 2 * BATCH
    deliver_all()


def test_two_relays_hand_on_each_message_once(committed_cast: Cast, taken: list[Any]):
    publish(committed_cast, "test.topic", *({"n": n} for n in range(100)))

    def work(_: int) -> None:
        deliver_all()
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert sorted(each["n"] for _, payloads in taken for each in payloads) == list(range(100))


def test_a_commit_wakes_the_relay_at_once(committed_cast: Cast):
    arrived = threading.Event()
    registry.deliver("test.wake", lambda payloads: arrived.set())
    loop = RelayLoop()
    loop.start()
    try:
        publish(committed_cast, "test.wake", {})
        assert arrived.wait(10)
    finally:
        loop.stop()
    assert not loop.is_alive()


def test_a_task_is_run_once_a_turn_whoever_asks(committed: None):
    runs: list[int] = []
    task = schedule.Task("test.every_hour", 3600, lambda: runs.append(1))
    Schedule.objects.filter(name=task.name).delete()
    Schedule.objects.create(name=task.name)

    def turn(_: int) -> None:
        if timetable.claim(task):
            timetable.perform(task)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(turn, range(12)))

    assert runs == [1]
    row = Schedule.objects.get(name=task.name)
    assert row.finished_at is not None
    assert row.due_at > timezone.now() + timedelta(minutes=59)


def test_a_task_is_not_claimed_by_who_asked_a_moment_before_it_was(committed: None):
    task = schedule.Task("test.race", 3600, list)
    Schedule.objects.filter(name=task.name).delete()
    Schedule.objects.create(name=task.name)

    def ask() -> bool:
        try:
            return timetable.claim(task)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            row = Schedule.objects.select_for_update().get(name=task.name)
            earlier = pool.submit(ask)
            until_somebody_waits()
            # As a claim sets it that began after the other.
            row.due_at = timezone.now() + timedelta(seconds=task.seconds)
            row.save()

        assert earlier.result() is False


def test_tasks_that_are_due_are_found_in_one_look_however_many_there_are(committed: None):
    tasks = [schedule.Task(f"test.due.{number}", 60, list) for number in range(20)]
    Schedule.objects.filter(name__startswith="test.due.").delete()
    soon, far = timezone.now() + timedelta(seconds=30), timezone.now() + timedelta(hours=1)
    Schedule.objects.bulk_create([Schedule(name=each.name, due_at=soon) for each in tasks[:18]])
    # One that is due, and one that a clock which ran ahead has set.
    Schedule.objects.create(name=tasks[18].name)
    Schedule.objects.create(name=tasks[19].name, due_at=far)
    unknown = schedule.Task("test.due.nobody", 60, list)

    with CaptureQueriesContext(connection) as asked:
        found = timetable.due([*tasks, unknown])

    assert [each.name for each in found] == ["test.due.18", "test.due.19"]
    assert len(asked) == 1
    assert [each.name for each in tasks if timetable.claim(each)] == ["test.due.18", "test.due.19"]


def test_an_urgent_task_waits_for_no_slow_ones(committed: None, monkeypatch: pytest.MonkeyPatch):
    over, begun = threading.Event(), threading.Event()
    monkeypatch.setattr(schedule, "_tasks", {})
    for name in ("one", "two", "three"):
        schedule.every(f"test.slow.{name}", 3600, lambda: over.wait(60))
    schedule.every("test.urgent", 3600, begun.set, is_urgent=True)
    Schedule.objects.filter(name__in=[each.name for each in schedule.tasks()]).delete()
    loop = ScheduleLoop()

    loop.start()

    assert begun.wait(30)
    over.set()
    loop.stop(timeout_s=60)


def test_a_task_that_fails_gets_its_next_turn(committed: None):
    task = schedule.Task("test.failing", 3600, lambda: 1 / 0)
    Schedule.objects.filter(name=task.name).delete()
    Schedule.objects.create(name=task.name)

    assert timetable.claim(task)
    timetable.perform(task)

    assert Schedule.objects.get(name=task.name).finished_at is None
    assert not timetable.claim(task)
