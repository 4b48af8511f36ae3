"""Asking for previews: idempotent under any race, and only for those who may."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from assets.models import Version
from dam.core import tenancy
from jobs.models import Job
from previews.models import Preview
from tests.assets.catalogue import deliver, new_digest
from tests.cast import Cast
from tests.previews_room.deliveries import request


@pytest.fixture
def version(cast: Cast) -> Version:
    return deliver(cast.project)[1]


def test_the_first_request_starts_a_job_and_a_repeated_one_names_it(cast: Cast, version: Version) -> None:
    first = cast.editor.post("/api/preview", {"version_sha": version.sha256})
    again = cast.owner.post("/api/preview", {"versionSha": version.sha256, "renditions": ["hls"]})

    assert (first.status, again.status) == (202, 200)
    assert [each["id"] for each in first["jobs"]] == [each["id"] for each in again["jobs"]]
    job = first["jobs"][0]
    assert (job["kind"], job["state"], job["version"]) == ("preview", "queued", str(version.id))
    assert cast.viewer.get(f"/api/versions/{version.id}")["preview_state"] == "building"


def test_roles_and_strangers(cast: Cast, version: Version) -> None:
    body = {"version_sha": version.sha256}

    assert cast.reviewer.post("/api/preview", body).status == 403
    assert cast.viewer.post("/api/preview", body).status == 403
    assert cast.nobody.post("/api/preview", body).status == 401
    stranger = cast.stranger.post("/api/preview", body)
    unknown = cast.editor.post("/api/preview", {"version_sha": new_digest()})
    assert (stranger.status, stranger.errors) == (unknown.status, unknown.errors)
    assert (unknown.status, list(unknown.errors)) == (400, ["version_sha"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version_sha": "F" * 64}, "version_sha"),
        ({"version_sha": "f" * 63}, "version_sha"),
        ({"version_sha": None}, "version_sha"),
        ({"renditions": ["cinema"]}, "renditions.0"),
        ({"renditions": []}, "renditions"),
        ({"force": "perhaps"}, "force"),
        ({"preset": "fast"}, "preset"),
        ({"org": "x"}, "org"),
    ],
)
def test_bad_input_names_its_field(cast: Cast, version: Version, change: dict[str, Any], field: str) -> None:
    answer = cast.editor.post("/api/preview", {"version_sha": version.sha256} | change)

    assert (answer.status, list(answer.errors)) == (400, [field])


def test_twenty_requests_at_once_make_one_job(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    together = threading.Barrier(20, timeout=30)

    def ask(_: int) -> Any:
        together.wait()
        try:
            preview, [job], is_new = request(version)
            return preview.id, job.id, is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))

    assert len({answer[:2] for answer in answers}) == 1
    assert sum(is_new for *_, is_new in answers) == 1
    with tenancy.scope(committed_cast.org_id):
        assert Preview.objects.filter(sha256=version.sha256).count() == 1
        assert Job.objects.filter(version_id=version.id).count() == 1


def test_twenty_forced_requests_at_once_make_one_rebuild(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    request(version)
    with tenancy.scope(committed_cast.org_id):
        Preview.objects.filter(sha256=version.sha256).update(state="failed")
    together = threading.Barrier(20, timeout=30)

    def ask(_: int) -> Any:
        together.wait()
        try:
            return request(version, force=True)[1][0].id
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        jobs = set(pool.map(ask, range(20)))

    assert len(jobs) == 1
    with tenancy.scope(committed_cast.org_id):
        assert sorted(Preview.objects.values_list("generation", "is_active")) == [(0, False), (1, True)]


def test_a_cancelled_build_says_so_until_it_is_retried(cast: Cast, version: Version) -> None:
    job = cast.editor.post("/api/preview", {"version_sha": version.sha256})["jobs"][0]

    assert cast.editor.post(f"/api/jobs/{job['id']}/cancel").status == 200

    playback = cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert (playback["state"], playback["reason"]) == ("failed", "The job was cancelled.")
    forced = cast.editor.post("/api/preview", {"version_sha": version.sha256, "force": True})
    assert forced.status == 202
    assert forced["jobs"][0]["id"] != job["id"]
    assert cast.viewer.get(f"/api/versions/{version.id}")["preview_state"] == "building"
