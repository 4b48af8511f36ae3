"""Jobs over HTTP: the contract's document, lists by project and state, retry, cancel."""

from __future__ import annotations

import pytest

from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from orgs.services import Place, create_project, set_grant
from tests.cast import Cast
from tests.jobs.kinds import change, queue, read, register_all

register_all()


def test_a_job_has_the_contracts_document(cast: Cast) -> None:
    job = queue(cast.org_id, "test.note", project_id=cast.project.id)

    answer = cast.viewer.get(f"/api/jobs/{job.id}")

    assert answer.status == 200
    document = answer.json
    assert document.pop("created_at").endswith("Z")
    assert document == {
        "id": str(job.id),
        "kind": "test.note",
        "organization": str(cast.org_id),
        "project": str(cast.project.id),
        "version": None,
        "state": "queued",
        "progress": 0.0,
        "attempts": 0,
        "error": None,
        "result": None,
        "renditions": [],
        "started_at": None,
        "finished_at": None,
    }
    assert answer.headers["ETag"]


@pytest.mark.parametrize("path", ["", "/retry", "/cancel"])
def test_a_foreign_job_does_not_exist(cast: Cast, path: str) -> None:
    job = queue(cast.org_id, "test.note", project_id=cast.project.id)
    method = "POST" if path else "GET"

    assert cast.stranger.send(method, f"/api/jobs/{job.id}{path}", {} if path else None).status == 404
    assert cast.nobody.send(method, f"/api/jobs/{job.id}{path}", {} if path else None).status == 401
    assert cast.owner.send(method, f"/api/jobs/not-an-id{path}", {} if path else None).status == 404


def test_a_job_of_no_project_is_seen_by_its_maker_and_admins(cast: Cast) -> None:
    job = queue(cast.org_id, "test.note", created_by=cast.viewer.actor.id)

    assert cast.viewer.get(f"/api/jobs/{job.id}").status == 200
    assert cast.owner.get(f"/api/jobs/{job.id}").status == 200
    assert cast.editor.get(f"/api/jobs/{job.id}").status == 404
    assert cast.editor.get("/api/jobs").json["results"] == []
    assert len(cast.viewer.get("/api/jobs").json["results"]) == 1


def test_the_list_takes_project_and_state_and_pages_by_cursor(cast: Cast) -> None:
    jobs = [queue(cast.org_id, "test.note", project_id=cast.project.id, idem_key=str(n)) for n in range(5)]
    change(jobs[0], state="failed")

    failed = cast.viewer.get(f"/api/jobs?project={cast.project.id}&state=failed")
    assert [each["id"] for each in failed["results"]] == [str(jobs[0].id)]
    page = cast.viewer.get(f"/api/jobs?project={cast.project.id}&limit=3")
    rest = cast.viewer.get(page["next"])
    assert [each["id"] for each in page["results"] + rest["results"]] == [
        str(each.id) for each in reversed(jobs)
    ]
    assert cast.stranger.get(f"/api/jobs?project={cast.project.id}").status == 404
    assert list(cast.viewer.get("/api/jobs?state=sleeping").errors) == ["state"]
    assert list(cast.viewer.get("/api/jobs?colour=red").errors) == ["colour"]


def test_a_member_pages_through_the_jobs_of_all_their_projects_and_their_own(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        second, hidden = (create_project(actor=SYSTEM, name=name) for name in ("Second", "Hidden"))
        set_grant(user=cast.viewer.person, place=Place(project=second), role=Role.VIEWER)
    places = [cast.project.id, second.id, None, hidden.id] * 4
    by = cast.viewer.actor.id
    jobs = [
        queue(cast.org_id, "test.note", project_id=each, idem_key=str(n), created_by=by)
        for n, each in enumerate(places)
    ]
    change(jobs[0], state="failed")
    for each in jobs[4:9]:  # five of the same moment
        change(each, created_at=jobs[4].created_at)
    seen = [each for each, place in zip(jobs, places, strict=True) if place != hidden.id]
    seen.sort(key=lambda each: (read(each).created_at, each.id), reverse=True)

    page, pages = cast.viewer.get("/api/jobs?limit=5&count=exact"), []
    while page["next"]:
        pages.append(page)
        page = cast.viewer.get(page["next"])
    back = cast.viewer.get(page["previous"])

    listed = [each["id"] for one in [*pages, page] for each in one["results"]]
    assert listed == [str(each.id) for each in seen]
    assert back["results"] == pages[-1]["results"]
    assert pages[0]["count"] == {"value": 12, "exact": True}
    assert cast.viewer.get("/api/jobs?count=capped")["count"] == {"value": 12, "exact": True}
    failed = cast.viewer.get("/api/jobs?state=failed")
    assert [each["id"] for each in failed["results"]] == [str(jobs[0].id)]


def test_a_failed_job_is_retried_with_fresh_attempts(cast: Cast) -> None:
    job = queue(cast.org_id, "test.note", project_id=cast.project.id)
    change(job, state="failed", attempts=3, error={"type": "/problems/x"}, progress=0.5)

    assert cast.reviewer.post(f"/api/jobs/{job.id}/retry").status == 403
    answer = cast.editor.post(f"/api/jobs/{job.id}/retry")

    assert answer.status == 202
    assert (answer["state"], answer["attempts"], answer["error"], answer["progress"]) == (
        "queued",
        0,
        None,
        0.0,
    )
    assert cast.editor.post(f"/api/jobs/{job.id}/retry").status == 409


def test_a_queued_job_is_cancelled_once_and_for_all(cast: Cast) -> None:
    job = queue(cast.org_id, "test.note", project_id=cast.project.id)

    assert cast.reviewer.post(f"/api/jobs/{job.id}/cancel").status == 403
    for _ in range(2):
        answer = cast.editor.post(f"/api/jobs/{job.id}/cancel")
        assert (answer.status, answer["state"]) == (200, "cancelled")
        assert answer["finished_at"]
    assert cast.editor.get(f"/api/activities?project={cast.project.id}&verb=job.cancelled")["results"]


def test_what_has_ended_cannot_be_cancelled(cast: Cast) -> None:
    job = queue(cast.org_id, "test.note", project_id=cast.project.id)
    change(job, state="succeeded")
    assert cast.editor.post(f"/api/jobs/{job.id}/cancel").status == 409
