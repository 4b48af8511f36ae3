"""A bulk job works in short steps: it can be killed, stopped and repeated anywhere, and its caller judged again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import Event
from activity.services import tell_to_fetch_anew
from assets.models import Asset
from bulk.services import running
from dam.core import failpoints, tenancy
from dam.core.access import SYSTEM, Role
from dam.core.models import Outbox
from dam.core.pace import HELD_S, LEAST, MOST, Pace
from jobs import services
from jobs.errors import LeaseLost
from jobs.models import Job
from orgs.models import Grant
from orgs.services import Place, Reach, create_project, issue_token, remove_member, set_grant
from tests.assets.catalogue import deliver
from tests.bulk.work import ask, assets_of, bulk, finish, ids_of, row, undo
from tests.cast import Answer, Api, Cast

ROOT = Path(__file__).resolve().parents[2]
DIES = "import django; django.setup(); from jobs.services import run; from uuid import UUID; import sys; " + (
    "run(UUID(sys.argv[1]), organization_id=UUID(sys.argv[2]))"
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let six assets make three steps, of which the first two are slices of one part."""
    monkeypatch.setattr("bulk.services.parts.PART", 4)
    monkeypatch.setattr("bulk.services.parts.GATHERED", 4)
    monkeypatch.setattr("dam.core.pace._FIRST", 2)
    monkeypatch.setattr("dam.core.pace.MOST", 2)


def make_due(cast: Cast, job: Answer) -> None:
    """Let the lease of a dead worker be over, or a back-off."""
    past = timezone.now() - timedelta(seconds=1)
    with tenancy.scope(cast.org_id):
        Job.objects.filter(id=job["id"]).update(lease_until=past, due_at=past)


def tagged(cast: Cast) -> int:
    with tenancy.scope(cast.org_id):
        return Asset.objects.filter(tags__contains=["x"]).count()


def lines_of(cast: Cast, job: Answer) -> int:
    with tenancy.scope(cast.org_id):
        return Event.objects.filter(operation_id=job["id"], verb="asset.updated").count()


def after_step(monkeypatch: pytest.MonkeyPatch, number: int, act: Any) -> None:
    """Do something once, between one step of the next job and the one after it."""
    reached = []

    def reach(point: str) -> None:
        if point == "bulk:part":
            reached.append(point)
            if len(reached) == number:
                act()

    monkeypatch.setattr(failpoints, "reach", reach)


def test_a_killed_worker_leaves_whole_steps_and_the_next_goes_on(committed_cast: Cast) -> None:
    cast = committed_cast
    job = ask(cast.editor, assets_of(cast, 6), {"tag": ["x"]})

    died = subprocess.run(
        [sys.executable, "-c", DIES, job["id"], str(cast.org_id)],
        cwd=ROOT,
        env=os.environ | {"DAM_FAILPOINTS": "1", "DAM_FAIL_AT": "bulk:part"},
        stderr=subprocess.DEVNULL,
        check=False,
    )

    assert died.returncode == -signal.SIGKILL
    assert tagged(cast) == 4
    assert cast.editor.get(f"/api/jobs/{job['id']}")["result"]["done"] == 4
    make_due(cast, job)
    ended = finish(cast, job)
    assert (ended["state"], ended["result"]["done"], ended["attempts"]) == ("succeeded", 6, 2)
    assert (tagged(cast), lines_of(cast, job)) == (6, 6)


def test_a_step_that_fails_leaves_nothing_of_itself(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask(cast.editor, assets_of(cast, 6), {"tag": ["x"]})
    remember, calls = running._remember, []

    def fail_once(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise OSError("the database went away")
        remember(*args)

    monkeypatch.setattr(running, "_remember", fail_once)
    assert finish(cast, job)["state"] == "queued"
    assert (tagged(cast), lines_of(cast, job)) == (2, 2)

    make_due(cast, job)
    ended = finish(cast, job)
    assert (ended["state"], ended["result"]["done"]) == ("succeeded", 6)
    assert (tagged(cast), lines_of(cast, job)) == (6, 6)


def test_a_cancelled_job_stops_between_steps_and_its_part_can_be_undone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(cast.editor, assets_of(cast, 6), {"tag": ["x"]})
    cancel = partial(cast.editor.post, f"/api/jobs/{job['id']}/cancel")
    after_step(monkeypatch, 2, cancel)

    ended = finish(cast, job)

    assert (ended["state"], ended["result"]["done"], tagged(cast)) == ("cancelled", 4, 4)
    assert undo(cast, ended)["result"]["done"] == 4
    assert tagged(cast) == 0


def test_a_cancelled_job_that_is_retried_goes_on_where_it_stopped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(cast.editor, {"project": str(cast.project.id)}, {"tag": ["x"]})
    assets_of(cast, 6)
    after_step(monkeypatch, 1, lambda: cast.editor.post(f"/api/jobs/{job['id']}/cancel"))
    assert finish(cast, job)["state"] == "cancelled"

    assert cast.editor.post(f"/api/jobs/{job['id']}/retry").status == 202
    ended = finish(cast, job)

    assert (ended["state"], ended["result"]["done"]) == ("succeeded", 6)
    assert (tagged(cast), lines_of(cast, job)) == (6, 6)


def test_a_role_that_is_lost_meanwhile_stops_the_rest(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = assets_of(cast, 6)
    job = ask(cast.editor, chosen, {"tag": ["x"]})

    def demote() -> None:
        with tenancy.scope(cast.org_id):
            set_grant(user=cast.editor.person, place=Place(project=cast.project), role=Role.VIEWER)

    after_step(monkeypatch, 1, demote)

    ended = finish(cast, job)

    assert (ended["result"]["done"], ended["result"]["failed"], tagged(cast)) == (2, 4, 2)
    assert {each["detail"] for each in ended["result"]["errors"]} == {"Your role here does not allow this."}
    assert [each["id"] for each in ended["result"]["errors"]] == ids_of(chosen[2:])


def test_who_leaves_the_organisation_ends_the_job(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask(cast.editor, assets_of(cast, 6), {"tag": ["x"]})

    def leave() -> None:
        with tenancy.scope(cast.org_id):
            for grant in Grant.objects.filter(user=cast.editor.person):
                remove_member(grant, actor=SYSTEM)

    after_step(monkeypatch, 1, leave)

    ended = finish(cast, job)

    assert (ended["state"], ended["error"]["type"], tagged(cast)) == ("failed", "/problems/forbidden", 2)


def test_a_token_of_one_project_reaches_no_other(cast: Cast) -> None:
    ours = assets_of(cast, 1)
    with tenancy.scope(cast.org_id):
        other = create_project(actor=SYSTEM, name="Other")
    theirs, _ = deliver(other)
    token = issue_token(user=cast.owner.person, reach=Reach(project=cast.project))
    one = Api(headers={"Authorization": f"Bearer {token}"})

    ended = finish(cast, ask(one, {}, {"tag": ["x"]}))

    assert (ended["result"]["matched"], row(cast, ours[0])["tags"]) == (1, ["x"])
    assert row(cast, theirs)["tags"] == []
    assert ask(one, [theirs], {"tag": ["x"]}).status == 400


def test_an_undo_that_is_killed_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = bulk(cast, assets_of(cast, 6), {"tag": ["x"]})
    asked = cast.editor.post(f"/api/jobs/{edit['id']}/undo")
    after_step(monkeypatch, 2, lambda: cast.editor.post(f"/api/jobs/{asked['id']}/cancel"))
    assert finish(cast, asked)["state"] == "cancelled"
    assert tagged(cast) == 2

    again = cast.editor.post(f"/api/jobs/{edit['id']}/undo")

    assert (again.status, again["id"]) == (202, asked["id"])
    assert (finish(cast, again)["result"]["done"], tagged(cast)) == (6, 0)


def test_rows_are_held_shorter_where_the_machine_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    pace = Pace()
    first = pace.size

    pace.follow(2.0)
    slowed = pace.size
    pace.follow(HELD_S)
    steady = pace.size
    for _ in range(20):
        pace.follow(0.01)

    assert (slowed, steady) == (LEAST, LEAST)
    assert LEAST < first < pace.size == MOST
    pace.follow(HELD_S * 2)
    assert pace.size * HELD_S * 2 / MOST < HELD_S


def test_steps_hold_the_job_for_one_worker(committed_cast: Cast) -> None:
    cast = committed_cast
    job = ask(cast.editor, assets_of(cast, 2), {"tag": ["x"]})
    with tenancy.scope(cast.org_id):
        stale = services.JobRun(Job.objects.get(id=job["id"]))

    ended = finish(cast, job)

    with pytest.raises(LeaseLost), stale.step():
        raise AssertionError("a late worker wrote something")
    assert ended["result"]["done"] == 2


def resets_of(cast: Cast, job: Answer) -> int:
    with tenancy.scope(cast.org_id):
        return Event.objects.filter(operation_id=job["id"], type="reset").count()


def test_watchers_are_told_now_and_then_and_in_the_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activity.services.recording.MOST_TOLD_SINGLY", 0)
    monkeypatch.setattr(running, "TELL_EVERY", timedelta(hours=1))

    whole = bulk(cast, assets_of(cast, 6), {"tag": ["x"]})
    job = ask(cast.editor, assets_of(cast, 6), {"tag": ["x"]})
    after_step(monkeypatch, 2, lambda: cast.editor.post(f"/api/jobs/{job['id']}/cancel"))
    stopped = finish(cast, job)

    assert (whole["state"], resets_of(cast, whole)) == ("succeeded", 2)
    assert (stopped["state"], resets_of(cast, stopped)) == ("cancelled", 2)


def test_many_projects_are_told_in_as_many_statements_as_one(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        places = [create_project(actor=SYSTEM, name=f"Place {number}").id for number in range(6)]
        numbers = []
        for told in (places[:1], places):
            with CaptureQueriesContext(connection) as asked:
                tell_to_fetch_anew(SYSTEM, told, operation_id=places[0])
            numbers.append(len(asked))
        resets = Event.objects.filter(operation_id=places[0], type="reset")

        assert numbers[0] == numbers[1]
        assert Counter(resets.values_list("project_id", flat=True)) == Counter([places[0], *places])
        assert (
            Outbox.objects.filter(
                topic="live", payload__event__in=list(map(str, resets.values_list("id", flat=True)))
            ).count()
            == 7
        )
