"""The life of previews: played they stay, forgotten they go, and whoever plays them gets them back."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from assets.models import Version
from dam.core import failpoints, storage, tenancy
from jobs import services as jobs
from jobs.models import Job
from previews import queries, services
from previews.media.recipes import RECIPE_VERSION
from previews.models import Preview
from previews.services import requests
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.previews_room.deliveries import fresh, preview_of, request

FILES = (
    "hls/master.m3u8",
    "hls/v0/index.m3u8",
    "hls/v0/00000.m4s",
    "mp4/proxy.mp4",
    "img/poster.webp",
    "img/150.webp",
    "img/300.webp",
    "img/1280.webp",
    "img/storyboard.vtt",
    "img/storyboard-000.webp",
    "img/frames/7.webp",
)
PICTURES = {"img/poster.webp", "img/150.webp", "img/300.webp", "img/1280.webp"}


def publish(version: Version, *, generation: int = 0, **changes: Any) -> Preview:
    """Store what stands for a finished build, and note it."""
    prefix = f"{version.organization_id}/" + (f"g{generation}/" if generation else "")
    for name in FILES:
        kind, _, rest = name.partition("/")
        key = f"{prefix}{kind}/{version.sha256}/{rest}"
        storage.put_bytes("gpu-writer", "previews", key, b"made", content_type="text/plain")
    with tenancy.scope(version.organization_id):
        given = {
            "recipe_version": RECIPE_VERSION,
            "state": "ready",
            "is_active": True,
            "published": sorted(queries.ADDRESSED & set(FILES)),
            "renditions": [{"name": "mp4"}],
            "started_at": timezone.now(),
        }
        preview = Preview.objects.create(sha256=version.sha256, generation=generation, **(given | changes))
        if preview.is_active:
            Version.objects.filter(id=version.id).update(preview_state="ready")
    return preview


def change(preview: Preview, **changes: Any) -> None:
    with tenancy.scope(preview.organization_id):
        Preview.objects.filter(id=preview.id).update(**changes)


def stored(version: Version, *, generation: int = 0) -> set[str]:
    """Return what lies in storage of one generation, under its published names."""
    prefix = f"{version.organization_id}/" + (f"g{generation}/" if generation else "")
    found = set()
    for folder in ("hls", "mp4", "img"):
        for key in storage.keys_under("gpu-writer", "previews", f"{prefix}{folder}/{version.sha256}/"):
            found.add(f"{folder}/{key.split(version.sha256 + '/')[1]}")
    return found


def jobs_about(version: Version, *, kind: str = "preview") -> list[Job]:
    with tenancy.scope(version.organization_id):
        return list(Job.objects.filter(version_id=version.id, kind=kind))


def long_ago(**past: float) -> Any:
    return timezone.now() - timedelta(**past)


# --- played ---------------------------------------------------------------------------------------


def test_twenty_who_play_what_was_never_made_start_one_build(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    together = threading.Barrier(20, timeout=30)

    def look(_: int) -> str:
        together.wait()
        try:
            answer = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
            return f"{answer.status} {answer['state']}"
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(look, range(20)))

    assert answers == {"200 building"}
    [job] = jobs_about(version)
    assert job.priority == 0, "somebody waits for it"
    assert fresh(version).preview_state == "building"


def test_a_guest_gets_back_what_was_dropped(cast: Cast) -> None:
    asset, version = deliver(cast.project)
    publish(version, state="none", published=sorted(PICTURES))
    made = cast.editor.post("/api/shares", {"project": str(cast.project.id), "assets": [str(asset.id)]})

    answer = cast.nobody.get(f"/api/s/{made['token']}/versions/{version.id}/playback")

    assert (answer.status, answer["state"], answer["progress"]) == (200, "building", 0.0)
    assert answer["estimate_s"] >= 1
    assert preview_of(version).generation == 1
    assert len(jobs_about(version)) == 1


def test_what_is_played_is_noted_once_an_hour(cast: Cast) -> None:
    _, version = deliver(cast.project)
    preview = publish(version, played_at=long_ago(minutes=50))

    cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert fresh(preview).played_at < long_ago(minutes=49)
    change(preview, played_at=long_ago(hours=2))
    cast.viewer.get(f"/api/versions/{version.id}/playback")

    assert fresh(preview).played_at > long_ago(minutes=1)


def test_what_somebody_looks_at_goes_before_its_organisations_other_work(cast: Cast) -> None:
    waiting = [deliver(cast.project)[1] for _ in range(3)]
    for each in waiting:
        request(each)

    answer = cast.viewer.get(f"/api/versions/{waiting[2].id}/playback")

    assert [jobs_about(each)[0].priority for each in waiting] == [50, 50, 0]
    assert answer["estimate_s"] >= 1
    assert isinstance(answer["queue_position"], int)


def test_a_running_build_tells_its_progress_and_what_is_left(cast: Cast) -> None:
    _, version = deliver(cast.project)
    _, [job], _ = request(version)
    renditions = [{"name": "720p", "state": "running", "progress": 0.5}]
    with tenancy.scope(cast.org_id):
        Job.objects.filter(id=job.id).update(
            state="running", progress=0.2, expected_s=100, renditions=renditions
        )

    answer = cast.viewer.get(f"/api/versions/{version.id}/playback")

    assert (answer["progress"], answer["renditions"], answer["estimate_s"], answer["queue_position"]) == (
        0.2,
        renditions,
        80,
        None,
    )


# --- dropped --------------------------------------------------------------------------------------


def test_what_nobody_played_is_dropped_after_its_days_and_its_pictures_stay(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    _, watched = deliver(committed_cast.project)
    preview = publish(version, played_at=long_ago(days=91))
    publish(watched, played_at=long_ago(days=89))

    services.sweep()

    assert (fresh(version).preview_state, fresh(watched).preview_state) == ("none", "ready")
    assert "put away" in fresh(version).preview_reason
    assert stored(version) == set(FILES), "addresses given out before are still good"
    with tenancy.scope(version.organization_id):
        document = queries.playback(committed_cast.viewer.actor, fresh(version))
    assert (document["hls"], document["mp4"]) == (None, None)
    assert document["poster"]
    change(preview, updated_at=long_ago(hours=13))

    services.sweep()

    assert stored(version) == PICTURES
    assert stored(watched) == set(FILES)
    assert committed_cast.viewer.get(f"/api/versions/{version.id}/playback")["state"] == "building"
    assert preview_of(version).generation == 1


def test_a_generation_that_was_replaced_goes_after_its_addresses(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    left = publish(version, is_active=False)
    publish(version, generation=1)
    services.sweep()
    assert stored(version) == set(FILES)
    change(left, updated_at=long_ago(hours=13))

    services.sweep()

    assert (stored(version), stored(version, generation=1)) == (set(), set(FILES))
    with tenancy.scope(version.organization_id):
        assert list(Preview.objects.values_list("generation", flat=True)) == [1]


def test_a_sweep_that_dies_is_repeated(committed_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _, version = deliver(committed_cast.project)
    left = publish(version, is_active=False)
    publish(version, generation=1)
    change(left, updated_at=long_ago(hours=13))

    def die(point: str) -> None:
        raise KeyboardInterrupt(point)

    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "reach", die)
        with pytest.raises(KeyboardInterrupt):
            services.sweep()
    assert fresh(left).state == "ready"

    services.sweep()

    with tenancy.scope(version.organization_id):
        assert not Preview.objects.filter(id=left.id).exists()


def test_the_newest_generation_keeps_its_number_when_its_files_go(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    publish(version)
    failed = publish(version, generation=1, is_active=False, state="failed")
    change(failed, updated_at=long_ago(hours=13))

    services.sweep()

    assert stored(version, generation=1) == set()
    assert request(version, force=True)[0].generation == 2


# --- gone -----------------------------------------------------------------------------------------


def lose(version: Version) -> None:
    key = f"{version.organization_id}/hls/{version.sha256}/master.m3u8"
    storage.delete("gpu-writer", "previews", key)


def test_a_player_that_meets_holes_has_them_filled(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    preview = publish(version)
    address = f"/api/versions/{version.id}/playback"
    assert committed_cast.viewer.get(address)["state"] == "ready"
    assert jobs_about(version, kind="preview-check") == []
    assert committed_cast.viewer.get(f"{address}?missing=true")["state"] == "ready"
    [looking] = jobs_about(version, kind="preview-check")
    assert jobs.run(looking.id, organization_id=looking.organization_id)
    assert fresh(preview).state == "ready", "nothing is missing"
    lose(version)
    make_old(looking)
    committed_cast.viewer.get(f"{address}?missing=true")
    [again] = [each for each in jobs_about(version, kind="preview-check") if each.id != looking.id]

    assert jobs.run(again.id, organization_id=again.organization_id)

    assert fresh(again).result == {"missing": True}
    assert preview_of(version).generation == 1
    assert committed_cast.viewer.get(address)["state"] == "building"


def make_old(looking: Job) -> None:
    """Let the same look be asked for again without waiting for the next half minute."""
    with tenancy.scope(looking.organization_id):
        Job.objects.filter(id=looking.id).update(idem_key=f"{looking.id} before")


def test_storage_is_asked_now_and_then(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    preview = publish(version, checked_at=long_ago(days=8))
    services.sweep()
    assert fresh(preview).checked_at > long_ago(minutes=1)
    lose(version)
    change(preview, checked_at=long_ago(days=8))

    services.sweep()

    assert (fresh(version).preview_state, jobs_about(version)) == ("none", [])
    assert "not found in storage" in fresh(version).preview_reason


# --- made anew ------------------------------------------------------------------------------------


def test_a_newer_recipe_is_built_beside_what_plays(cast: Cast) -> None:
    _, version = deliver(cast.project)
    publish(version, recipe_version=RECIPE_VERSION - 1)
    body = {"version_sha": version.sha256}

    first, again = (cast.editor.post("/api/preview", body) for _ in range(2))

    assert (first.status, again.status) == (202, 200)
    assert first["jobs"][0]["id"] == again["jobs"][0]["id"]
    playback = cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert playback["state"] == "ready"
    assert playback["hls"]
    with tenancy.scope(cast.org_id):
        assert sorted(Preview.objects.values_list("generation", "is_active")) == [(0, True), (1, False)]


def test_a_build_that_is_begun_again_leaves_nothing_behind(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    begun = publish(version, state="building")
    with tenancy.scope(version.organization_id):
        requests.leave_generation(Preview.objects.select_for_update().get(id=begun.id))
        Preview.objects.filter(generation=0).update(updated_at=long_ago(hours=13))

    services.sweep()

    assert stored(version) == set()
    assert (preview_of(version).generation, preview_of(version).id) == (1, begun.id)


def test_a_person_tries_again_what_failed(cast: Cast) -> None:
    _, version = deliver(cast.project)
    _, [job], _ = request(version)
    with tenancy.scope(cast.org_id):
        Job.objects.filter(id=job.id).update(state="failed", attempts=3)
        services.fail_build(job.id, cast.org_id, {"detail": "The file is damaged."})
    playback = cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert (playback["state"], playback["reason"]) == ("failed", "The file is damaged.")

    again = cast.editor.post("/api/preview", {"version_sha": version.sha256, "force": True})

    assert again.status == 202
    assert cast.viewer.get(f"/api/versions/{version.id}/playback")["state"] == "building"


# --- by operators ---------------------------------------------------------------------------------


def command(cast: Cast, *words: str) -> str:
    out = io.StringIO()
    call_command("previews", *words, "--org", str(cast.org_id), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_operators_have_older_previews_built_anew_behind_all_other_work(committed_cast: Cast) -> None:
    older, current = (deliver(committed_cast.project)[1] for _ in range(2))
    publish(older, recipe_version=RECIPE_VERSION - 1)
    publish(current)

    assert "2" in command(committed_cast, "status")
    assert command(committed_cast, "rebuild", "--older-than-recipe") == "1 builds began.\n"
    assert command(committed_cast, "rebuild", "--older-than-recipe") == "0 builds began.\n"

    [job] = jobs_about(older)
    assert (job.priority, jobs_about(current)) == (90, [])
    assert fresh(older).preview_state == "ready", "what plays goes on playing"


def test_operators_put_a_projects_previews_away(committed_cast: Cast) -> None:
    _, version = deliver(committed_cast.project)
    publish(version)

    said = command(committed_cast, "drop", "--project", str(committed_cast.project.id))

    assert (said, fresh(version).preview_state) == ("1 previews were put away.\n", "none")
    with pytest.raises(CommandError, match="no organisation"):
        call_command("previews", "drop", "--org", "nobody")
