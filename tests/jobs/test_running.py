"""A job is claimed once, done under its fence, tried again where that may help, and ends with its reason."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection
from django.utils import timezone

import dam.celery
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.models import Outbox
from jobs import services
from jobs.errors import LeaseLost
from jobs.handlers import register
from jobs.models import Job
from jobs.services import JobRun, enqueue, heart, running
from orgs.models import Client
from tests.cast import Cast
from tests.jobs.kinds import change, clear_queues, queue, read, register_all

register_all()


def do(job: Any) -> bool:
    return services.run(job.id, organization_id=job.organization_id)


def do_apart(job: Any) -> None:
    """Do the job in a thread of its own, with a connection of its own."""
    try:
        do(job)
    finally:
        connection.close()


def make_due(job: Any) -> None:
    change(job, due_at=timezone.now() - timedelta(seconds=1))


def test_of_many_claims_at_once_one_wins(committed_cast: Cast, tmp_path: Path) -> None:
    job = queue(committed_cast.org_id, "test.note", payload={"file": str(tmp_path / "runs")})

    def claim(_: int) -> bool:
        try:
            return do(job)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, range(24)))

    assert sum(won) == 1
    assert (tmp_path / "runs").read_text() == "1\n"
    done = read(job)
    assert (done.state, done.progress, done.attempts, done.result) == ("succeeded", 1.0, 1, {"attempt": 1})
    assert done.started_at <= done.finished_at


def test_the_same_key_is_the_same_job(cast: Cast) -> None:
    first = queue(cast.org_id, "test.note", idem_key="k")
    second = queue(cast.org_id, "test.note", idem_key="k", payload={"other": 1})

    assert second.id == first.id
    assert second.payload == {}
    with tenancy.scope(cast.org_id):
        assert Outbox.objects.filter(topic="job", payload__job=str(first.id)).count() == 1


def test_asking_for_a_job_again_waits_for_nobody_who_ends_it(committed_cast: Cast) -> None:
    job, held, answered = queue(committed_cast.org_id, "test.note"), threading.Event(), threading.Event()

    def end() -> bool:
        try:
            with tenancy.scope(committed_cast.org_id):
                Job.objects.select_for_update().get(id=job.id)
                held.set()
                return answered.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(end)
        assert held.wait(30)
        again = queue(committed_cast.org_id, "test.note")
        answered.set()

        assert ending.result()
    assert again.id == job.id


def test_a_failed_job_starts_anew_where_asked(committed_cast: Cast, tmp_path: Path) -> None:
    job = queue(committed_cast.org_id, "test.refuse", payload={"retryable": False})
    do(job)
    with tenancy.scope(committed_cast.org_id):
        again, is_new = enqueue(
            kind="test.refuse",
            project_id=None,
            version_id=None,
            payload={"retryable": True},
            idem_key="once",
            queue="short",
            created_by=None,
            restart=True,
        )

    assert (again.id, is_new, again.state, again.attempts, again.error) == (job.id, True, "queued", 0, None)


def test_a_known_failure_ends_the_job_with_its_problem(committed_cast: Cast) -> None:
    job = queue(committed_cast.org_id, "test.refuse", payload={"retryable": False})

    do(job)

    ended = read(job)
    assert (ended.state, ended.attempts) == ("failed", 1)
    assert ended.error["type"].endswith("/digest-mismatch")
    assert ended.error["detail"] == "The bytes are not those promised."


@pytest.mark.parametrize("kind", ["test.crash", "test.refuse"])
def test_what_may_pass_is_tried_three_times_with_growing_pauses(committed_cast: Cast, kind: str) -> None:
    job = queue(committed_cast.org_id, kind, payload={"retryable": True})
    pauses = []
    for _ in range(2):
        do(job)
        waiting = read(job)
        assert waiting.state == "queued"
        pauses.append((waiting.due_at - timezone.now()).total_seconds())
        assert do(job) is False
        make_due(job)

    do(job)

    ended = read(job)
    assert (ended.state, ended.attempts) == ("failed", 3)
    assert 3 < pauses[0] <= 5 < 15 < pauses[1] <= 20
    assert "secret" not in str(ended.error)
    make_due(job)
    assert do(job) is False


def test_a_database_that_leaves_a_job_costs_it_no_try(
    committed_cast: Cast, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = queue(committed_cast.org_id, "test.cut", payload={"file": str(tmp_path / "runs")})
    do(job)
    waiting = read(job)
    assert (waiting.state, waiting.attempts) == ("queued", 0)
    assert waiting.error["type"].endswith("/database-unavailable")
    assert "job.crashed" not in caplog.text

    make_due(job)
    do(job)

    assert (read(job).state, read(job).attempts) == ("succeeded", 1)


def test_an_unknown_kind_fails_with_a_reason(committed_cast: Cast) -> None:
    job = queue(committed_cast.org_id, "test.nobody")
    do(job)
    assert read(job).error["type"].endswith("/unknown-kind")


def test_the_room_is_told_in_the_transaction_that_ends_the_job(committed_cast: Cast) -> None:
    told: list[tuple[Any, ...]] = []

    def on_failed(*facts: Any) -> None:
        told.append((*facts, connection.in_atomic_block, tenancy.current_organization()))

    def fail(run: JobRun) -> dict[str, Any]:
        raise ValueError

    register("test.told", fail, on_failed=on_failed)
    job = queue(committed_cast.org_id, "test.told")
    change(job, attempts=2)
    do(job)

    [(job_id, organization_id, problem, in_transaction, in_scope)] = told
    assert (job_id, organization_id, in_scope) == (job.id, committed_cast.org_id, committed_cast.org_id)
    assert in_transaction
    assert problem["type"].endswith("/job-crashed")


def test_an_effect_and_its_job_commit_together(committed_cast: Cast) -> None:
    def effect(run: JobRun) -> None:
        with run.completion() as done:
            Client.objects.create(name="made", slug=run.payload["slug"])
            done.result = {"slug": run.payload["slug"]}

    register("test.effect", effect)
    job = queue(committed_cast.org_id, "test.effect", payload={"slug": "one"})
    do(job)

    assert read(job).result == {"slug": "one"}
    with tenancy.scope(committed_cast.org_id):
        assert Client.objects.filter(slug="one").exists()


def test_a_stale_worker_leaves_no_trace(committed_cast: Cast) -> None:
    inside, go_on = threading.Event(), threading.Event()
    outcome: list[str] = []

    def slow(run: JobRun) -> None:
        if run.attempt == 1:
            inside.set()
            assert go_on.wait(10)
        try:
            with run.completion() as done:
                Client.objects.create(name="made", slug=f"by-{run.attempt}")
                done.result = {"by": run.attempt}
        except LeaseLost:
            outcome.append("discarded")
            raise

    register("test.slow", slow)
    job = queue(committed_cast.org_id, "test.slow")
    first = threading.Thread(target=do_apart, args=(job,))
    first.start()
    assert inside.wait(10)
    change(job, lease_until=timezone.now() - timedelta(seconds=1))
    assert do(job)
    go_on.set()
    first.join()

    assert outcome == ["discarded"]
    done = read(job)
    assert (done.state, done.attempts, done.result) == ("succeeded", 2, {"by": 2})
    with tenancy.scope(committed_cast.org_id):
        assert list(Client.objects.values_list("slug", flat=True)) == ["by-2"]


def test_a_cancelled_job_stops_at_its_next_progress(committed_cast: Cast) -> None:
    inside = threading.Event()
    stopped = threading.Event()

    def work(run: JobRun) -> None:
        inside.set()
        try:
            while not stopped.wait(0.02):
                run.progress(0.5)
        except LeaseLost:
            stopped.set()
            raise

    register("test.work", work)
    job = queue(committed_cast.org_id, "test.work")
    worker = threading.Thread(target=do_apart, args=(job,))
    worker.start()
    assert inside.wait(10)
    with tenancy.scope(committed_cast.org_id):
        services.cancel(read_locked(job), actor=SYSTEM)

    assert stopped.wait(5)
    worker.join()
    ended = read(job)
    assert (ended.state, ended.error, ended.result) == ("cancelled", None, None)


def read_locked(job: Any) -> Any:
    return type(job).objects.select_for_update().get(id=job.id)


def test_a_worker_that_stops_gives_its_jobs_back_without_counting(committed_cast: Cast) -> None:
    inside = threading.Event()

    def long(run: JobRun) -> None:
        inside.set()
        while True:
            run.lost.wait(10)
            run.check()

    register("test.long", long)
    job = queue(committed_cast.org_id, "test.long")
    worker = threading.Thread(target=do_apart, args=(job,))
    worker.start()
    assert inside.wait(10)
    services.drain()
    worker.join(10)
    with pytest.raises(services.Draining):
        do(job)
    running._draining.clear()

    waiting = read(job)
    assert (waiting.state, waiting.attempts, waiting.lease_until) == ("queued", 0, None)


def test_progress_renews_the_lease_and_is_written_once_a_second(committed_cast: Cast) -> None:
    seen: list[float] = []

    def work(run: JobRun) -> None:
        before = read(job).lease_until
        run.progress(0.1)
        seen.append(read(job).progress)
        run._written_at -= 2
        run.progress(0.25, renditions=[{"name": "720p", "state": "running", "progress": 0.25}])
        now = read(job)
        seen.append(now.progress)
        assert now.lease_until > before
        assert now.renditions == [{"name": "720p", "state": "running", "progress": 0.25}]

    register("test.progress", work)
    job = queue(committed_cast.org_id, "test.progress")
    do(job)

    assert seen == [0.0, 0.25]
    assert read(job).renditions == [{"name": "720p", "state": "succeeded", "progress": 1.0}]


def test_what_one_job_stumbles_over_costs_no_other_its_lease(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbling, other = (JobRun(queue(committed_cast.org_id, "test.note")) for _ in range(2))
    turns = threading.Semaphore(0)
    monkeypatch.setattr(heart, "TURN_S", 0.01)
    monkeypatch.setattr(stumbling, "is_news", Mock(side_effect=ValueError("nobody foresaw this")))
    monkeypatch.setattr(other, "is_news", turns.release)

    for each in (stumbling, other):
        heart.keep(each)

    assert all(turns.acquire(timeout=30) for _ in range(5))
    for each in (stumbling, other):
        heart.let_go(each)


def test_the_sweeper_takes_up_what_a_dead_worker_held_and_gives_up_after_three(committed_cast: Cast) -> None:
    job = queue(committed_cast.org_id, "test.note")
    past = timezone.now() - timedelta(seconds=1)
    change(job, state="running", attempts=1, fence=1, lease_until=past)
    services.sweep()
    taken_up = read(job)
    assert (taken_up.state, taken_up.fence) == ("queued", 2)

    change(job, state="running", attempts=3, lease_until=past)
    services.sweep()
    ended = read(job)
    assert ended.state == "failed"
    assert ended.error["type"].endswith("/worker-lost")


@pytest.mark.parametrize(("seconds", "again"), [(2, 0), (6, 1)])
def test_a_lost_wake_up_is_sent_again_after_five_seconds(
    committed_cast: Cast, seconds: int, again: int
) -> None:
    dam.celery.app.set_default()
    with dam.celery.app.connection_for_write() as broker:
        channel: Any = broker.default_channel
        channel.client.delete("short")
    clear_queues()  # of each queue one job is enough to wake for, and another test's would be it
    job = queue(committed_cast.org_id, "test.note")
    with tenancy.scope(committed_cast.org_id):
        Outbox.objects.all().delete()
    woken = timezone.now() - timedelta(seconds=seconds)
    change(job, woken_at=woken, due_at=woken)

    services.sweep()

    with tenancy.scope(committed_cast.org_id):
        assert Outbox.objects.filter(topic="job", payload__job=str(job.id)).count() == again
