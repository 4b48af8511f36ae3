"""A clock that ran ahead and is set back: nobody waits until it is that late again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from dam.core import tenancy
from dam.core.delivery import outbox, schedule, timetable
from dam.core.errors import TooManyRequests
from dam.core.models import Outbox, Schedule
from dam.core.web import limits
from dam.core.web.limits import Rate
from jobs import services
from tests.cast import Cast
from tests.jobs.kinds import change, queue, read
from tests.manners.counts import fresh_counts

AHEAD = timedelta(hours=1)


def test_the_schedule_goes_on(committed: None):
    task = schedule.Task("test.clock", 30, lambda: None)
    Schedule.objects.update_or_create(
        name=task.name, defaults={"due_at": timezone.now() + timedelta(seconds=20)}
    )
    assert not timetable.claim(task)
    Schedule.objects.filter(name=task.name).update(due_at=timezone.now() + AHEAD)

    assert timetable.claim(task)
    assert not timetable.claim(task)


def test_messages_go_out(committed_cast: Cast):
    with tenancy.scope(committed_cast.org_id):
        soon = outbox.publish("test.clock", {}, delay_s=20)
        late = outbox.publish("test.clock", {}, delay_s=AHEAD.total_seconds())

    outbox.straighten()

    with tenancy.scope(committed_cast.org_id):
        due = Outbox.objects.filter(available_at__lte=timezone.now()).values_list("sequence", flat=True)
        assert late.sequence in due
        assert soon.sequence not in due


def test_jobs_are_begun_and_those_of_the_dead_taken_up(committed_cast: Cast):
    later = timezone.now() + AHEAD
    waits = queue(committed_cast.org_id, "test.note", idem_key="waits")
    change(waits, due_at=later, woken_at=later)
    held = queue(committed_cast.org_id, "test.note", idem_key="held")
    change(held, state="running", attempts=1, fence=1, lease_until=later)
    tried = queue(committed_cast.org_id, "test.note", idem_key="tried")
    change(tried, due_at=timezone.now() + timedelta(seconds=20))

    services.sweep()

    assert read(waits).due_at <= timezone.now()
    assert read(held).lease_until <= timezone.now() + timedelta(seconds=settings.JOB_LEASE_S)
    assert read(tried).due_at > timezone.now()


def test_nobody_is_refused_for_what_was_counted_ahead(monkeypatch: pytest.MonkeyPatch):
    fresh_counts(monkeypatch, scale=1)
    in_an_hour = (timezone.now() + AHEAD).timestamp() * 1000
    limits._client().set(f"limit:{settings.PLATFORM_KEY}:clock", f"{in_an_hour:.3f}", px=60_000)

    limits.spend("rule", {"clock": Rate(2, 60)})
    limits.spend("rule", {"clock": Rate(2, 60)})

    with pytest.raises(TooManyRequests):
        limits.spend("rule", {"clock": Rate(2, 60)})
