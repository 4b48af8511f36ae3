"""A long queue: what one plays is made at once, the rest waits, is dropped, and made up when it is calm."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from assets.models import Version
from dam.core import storage, tenancy
from jobs import queries as jobs_queries
from jobs.models import Job, Priority
from jobs.services import run
from previews import services
from tests.cast import Cast
from tests.jobs.kinds import change, clear_queues, queue
from tests.previews.media import FAST, clip, made, picture, tone
from tests.previews.media import run as make_file
from tests.previews_room.deliveries import build, fresh, preview_of, store


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual patience: other tests have more."""
    monkeypatch.setattr(settings, "PREVIEW_WAIT_AFTER_S", 300)
    monkeypatch.setattr(settings, "PREVIEW_DROP_AFTER_S", 1800)


@pytest.fixture
def version(committed_cast: Cast) -> Version:
    clear_queues()
    return store(committed_cast.project, clip("two-seconds.mp4", "25", frames=50))[1]


def keep_waiting(cast: Cast, *, minutes: float, priority: int = Priority.USUAL) -> Job:
    """Let another organisation's job lie in the queue for so long."""
    job = queue(
        cast.foreign.organization_id,
        "test.note",
        queue="encode",
        priority=priority,
        idem_key=f"{minutes} {priority}",
    )
    change(job, due_at=timezone.now() - timedelta(minutes=minutes))
    return job


def extras_of(version: Version) -> list[Job]:
    with tenancy.scope(version.organization_id):
        return list(Job.objects.filter(version_id=version.id, kind=services.EXTRAS_KIND))


def test_what_is_rebuilt_in_bulk_is_no_pressure(committed_cast: Cast) -> None:
    clear_queues()
    keep_waiting(committed_cast, minutes=60, priority=Priority.BULK)
    assert jobs_queries.waiting_s("encode") == 0
    keep_waiting(committed_cast, minutes=2)

    assert 119 < jobs_queries.waiting_s("encode") < 130


def test_under_pressure_the_storyboard_waits_and_is_made_from_the_proxy(
    committed_cast: Cast, version: Version
) -> None:
    keep_waiting(committed_cast, minutes=6)

    assert build(version).state == "succeeded"

    address = f"/api/versions/{version.id}/playback"
    playback = committed_cast.viewer.get(address)
    assert (playback["state"], playback["storyboard"]) == ("ready", None)
    assert playback["hls"]
    assert playback["waveform"]
    assert preview_of(version).withheld == ["storyboard"]
    [extras] = extras_of(version)
    assert extras.priority == Priority.BULK

    assert run(extras.id, organization_id=extras.organization_id)

    assert (fresh(extras).state, fresh(extras).result) == ("succeeded", {"made": ["storyboard"]})
    assert preview_of(version).withheld == []
    assert committed_cast.viewer.get(address)["storyboard"]["image"].endswith("storyboard-000.webp")
    key = f"{version.organization_id}/img/{version.sha256}/storyboard.vtt"
    assert storage.get_bytes("edge-reader", "previews", key).startswith(b"WEBVTT")


def test_past_the_second_threshold_it_is_dropped_and_made_up_when_it_is_calm(
    committed_cast: Cast, version: Version
) -> None:
    waiting = keep_waiting(committed_cast, minutes=40)
    build(version)
    assert (preview_of(version).withheld, extras_of(version)) == (["storyboard"], [])
    services.sweep()
    assert extras_of(version) == [], "still under pressure"

    change(waiting, state="cancelled", finished_at=timezone.now())
    services.sweep()
    services.sweep()

    [extras] = extras_of(version)
    assert (extras.state, extras.priority) == ("queued", Priority.BULK)


def test_a_person_may_ask_for_what_was_left_out_alone(committed_cast: Cast, version: Version) -> None:
    keep_waiting(committed_cast, minutes=40)
    build(version)
    body = {"version_sha": version.sha256, "renditions": ["storyboard"]}

    first, again = (committed_cast.editor.post("/api/preview", body) for _ in range(2))

    assert (first.status, again.status) == (202, 200)
    assert [each["kind"] for each in first["jobs"] + again["jobs"]] == ["preview-extras"] * 2


@pytest.fixture(scope="module")
def long_film() -> Path:
    source = [*picture("5", seconds=62, size="640x480"), *tone(62), "-shortest"]
    return made("long-film.mp4", lambda path: make_file(*source, *FAST, "-c:a", "aac", str(path)))


def test_while_others_wait_a_long_film_plays_in_a_small_rung_before_its_ladder(
    committed_cast: Cast, long_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PREVIEW_QUICK_AFTER_S", 30)
    clear_queues()
    version = store(committed_cast.project, long_film)[1]
    address = f"/api/versions/{version.id}/playback"
    keep_waiting(committed_cast, minutes=1)

    assert build(version).state == "succeeded"

    quick = committed_cast.viewer.get(address)
    assert (quick["state"], quick["reason"], quick["storyboard"]) == ("partial", None, None)
    assert quick["hls"].endswith("master.m3u8")
    assert quick["estimate_s"] > 0
    assert rungs_of(version) == ["360p"]
    [ladder] = waiting_builds(version)
    again = committed_cast.editor.post("/api/preview", {"version_sha": version.sha256})
    assert again.status == 200
    services.sweep()
    assert waiting_builds(version) == [ladder], "it is asked for once"

    assert run(ladder.id, organization_id=ladder.organization_id)

    whole = committed_cast.viewer.get(address)
    assert (whole["state"], rungs_of(version)) == ("ready", ["480p", "360p", "240p"])
    assert whole["storyboard"]
    assert whole["hls"] != quick["hls"]
    assert waiting_builds(version) == []


def test_a_ladder_that_fails_leaves_the_small_rung_and_says_so(
    committed_cast: Cast, long_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PREVIEW_QUICK_AFTER_S", 30)
    clear_queues()
    version = store(committed_cast.project, long_film)[1]
    keep_waiting(committed_cast, minutes=1)
    build(version)
    [ladder] = waiting_builds(version)

    assert committed_cast.editor.post(f"/api/jobs/{ladder.id}/cancel", {}).status == 200

    playback = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert playback["state"] == "partial"
    assert playback["reason"].startswith("Only a small picture could be made.")
    services.sweep()
    assert waiting_builds(version) == []


def waiting_builds(version: Version) -> list[Job]:
    with tenancy.scope(version.organization_id):
        return list(Job.objects.filter(version_id=version.id, kind="preview", state="queued"))


def rungs_of(version: Version) -> list[str]:
    return [each["name"] for each in preview_of(version).renditions if each["kind"] == "hls"]


def test_a_calm_queue_leaves_nothing_out(version: Version) -> None:
    build(version)

    assert preview_of(version).withheld == []
    assert "img/storyboard.vtt" in preview_of(version).published
