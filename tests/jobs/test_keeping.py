"""What becomes of jobs over time: tried again with patience, woken again, and forgotten at last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import dam.celery
from dam.core import tenancy
from dam.core.errors import DomainError
from dam.core.models import Outbox
from jobs import services
from jobs.handlers import register
from jobs.models import Job
from jobs.queries import load
from jobs.services import JobRun
from tests.cast import Cast
from tests.jobs.kinds import change, queue, read, register_all

register_all()
DAY = timedelta(days=1)


class Away(DomainError):
    code, status, title = "away", 503, "Something that is needed is away."


class Wrong(DomainError):
    code, status, title = "wrong", 409, "This will never do."


def away(run: JobRun) -> None:
    raise Away("come back later")


def wrong(run: JobRun) -> None:
    raise Wrong("not like this")


def test_what_is_away_is_tried_again_later_and_what_is_wrong_is_not(committed_cast: Cast) -> None:
    register("test.away", away)
    register("test.wrong", wrong)
    waiting = queue(committed_cast.org_id, "test.away")
    ended = queue(committed_cast.org_id, "test.wrong")

    for each in (waiting, ended):
        services.run(each.id, organization_id=each.organization_id)

    again = read(waiting)
    assert (again.state, again.attempts) == ("queued", 1)
    assert timezone.now() + timedelta(seconds=3) < again.due_at < timezone.now() + timedelta(seconds=6)
    assert again.error["type"].endswith("/away")
    assert (read(ended).state, read(ended).error["type"][-6:]) == ("failed", "/wrong")


def test_a_dead_workers_job_is_queued_again_at_once(committed_cast: Cast) -> None:
    job = queue(committed_cast.org_id, "test.note")
    change(job, state="running", attempts=2, fence=1, lease_until=timezone.now() - timedelta(seconds=1))

    services.sweep()

    assert read(job).state == "queued"
    assert read(job).due_at <= timezone.now()


def test_a_lost_wake_up_is_sent_again_even_if_the_queue_is_never_empty(committed_cast: Cast) -> None:
    dam.celery.app.set_default()
    job, recent = (queue(committed_cast.org_id, "test.note", idem_key=key) for key in ("old", "recent"))
    long_ago = timezone.now() - timedelta(hours=1)
    change(job, woken_at=long_ago, due_at=long_ago)
    change(recent, woken_at=timezone.now() - timedelta(minutes=2), due_at=long_ago)
    with tenancy.scope(committed_cast.org_id):
        Outbox.objects.all().delete()
    with dam.celery.app.connection_for_write() as broker:
        channel: Any = broker.default_channel
        channel.client.rpush("short", "somebody else's message")
        try:
            services.sweep()
        finally:
            channel.client.delete("short")

    with tenancy.scope(committed_cast.org_id):
        woken = [each.payload["job"] for each in Outbox.objects.filter(topic="job")]
    assert woken == [str(job.id)]


@pytest.mark.parametrize(
    ("state", "age", "is_kept"),
    [
        ("succeeded", 29 * DAY, True),
        ("succeeded", 31 * DAY, False),
        ("cancelled", 31 * DAY, False),
        ("failed", 31 * DAY, True),
        ("failed", 91 * DAY, False),
    ],
)
def test_jobs_are_forgotten_some_time_after_their_end(
    committed_cast: Cast, state: str, age: timedelta, is_kept: bool
) -> None:
    job = queue(committed_cast.org_id, "test.note")
    change(job, state=state, finished_at=timezone.now() - age)

    services.prune()

    with tenancy.scope(committed_cast.org_id):
        assert Job.objects.filter(id=job.id).exists() == is_kept


def test_what_is_not_done_is_never_forgotten_and_old_wake_ups_are(committed_cast: Cast) -> None:
    job = queue(committed_cast.org_id, "test.note")
    long_ago = timezone.now() - 400 * DAY
    change(job, created_at=long_ago, due_at=long_ago)
    with tenancy.scope(committed_cast.org_id):
        Outbox.objects.create(topic="live", payload={"event": str(job.id)})
        Outbox.objects.update(created_at=timezone.now() - 2 * DAY)

    services.prune()

    assert read(job).state == "queued"
    with tenancy.scope(committed_cast.org_id):
        assert [each.topic for each in Outbox.objects.all()] == ["live"]
        Outbox.objects.all().delete()


def test_a_job_set_running_by_hand_without_a_time_breaks_no_metrics(committed_cast: Cast) -> None:
    job = queue(committed_cast.org_id, "test.note")
    change(job, state="running", attempts=1, fence=1, started_at=None, queue="gpu")

    told = {(each.name, each.labels["state"]): each.value for each in load() if each.labels["queue"] == "gpu"}

    assert told["dam_jobs", "running"] == 1
    assert told["dam_job_oldest_seconds", "running"] == 0
    change(job, state="failed")
