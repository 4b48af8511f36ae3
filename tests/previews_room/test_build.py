"""Previews are built by a job: verified bytes in, published files out, states told, scratch removed."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from assets.models import Version
from dam.core import storage, tenancy
from jobs.errors import LeaseLost
from jobs.models import Job
from previews.media import engine
from previews.models import Preview
from tests.cast import Cast
from tests.previews.media import clip, drawn_number
from tests.previews_room.deliveries import build, fresh, preview_of, request, store

FRAMES = 50


@pytest.fixture
def two_seconds() -> Path:
    return clip("two-seconds.mp4", "25", frames=FRAMES)


def keys_of(version: Version) -> set[str]:
    return set(storage.keys_under("edge-reader", "previews", f"{version.organization_id}/"))


def scratch(version: Version) -> list[Path]:
    """Return what the version's own builds have left; others build beside them."""
    with tenancy.scope(version.organization_id):
        builds = Job.objects.filter(version_id=version.id).values_list("id", flat=True)
        return [left for each in builds for left in settings.SCRATCH_DIR.glob(f"{each}*")]


def test_a_clip_becomes_playable(committed_cast: Cast, two_seconds: Path) -> None:
    _, version = store(committed_cast.project, two_seconds)

    job = build(version)

    assert (job.state, job.error) == ("succeeded", None)
    version = fresh(version)
    assert (version.preview_state, version.preview_reason, version.poster) == ("ready", "", True)
    assert (version.frame_count, version.frame_rate, version.kind) == (FRAMES, "25/1", "video")
    assert version.duration == pytest.approx(2.0, abs=0.5)
    assert version.meta is not None
    assert set(version.meta) == {"media", "ebucore", "loudness", "exif", "qc", "iptc", "xmp", "package"}
    assert "ebucore:ebuCoreMain" in version.meta["ebucore"]
    assert (version.codec, version.container, version.hdr) == ("h264", "mp4", False)
    prefix, sha = version.organization_id, version.sha256
    assert {
        f"{prefix}/hls/{sha}/master.m3u8",
        f"{prefix}/mp4/{sha}/proxy.mp4",
        f"{prefix}/img/{sha}/poster.webp",
        f"{prefix}/img/{sha}/storyboard.vtt",
        f"{prefix}/img/{sha}/waveform.json",
    } <= keys_of(version)
    assert scratch(version) == []
    assert {each["state"] for each in job.renditions} == {"succeeded"}

    playback = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")

    assert playback["state"] == "ready"
    assert playback["hls"].endswith(f"/hls/{sha}/master.m3u8")
    assert playback["mp4"].endswith(f"/mp4/{sha}/proxy.mp4")
    assert playback["thumbnails"]["300"].endswith(f"/img/{sha}/300.webp")
    assert playback["storyboard"]["image"].endswith("storyboard-000.webp")
    row = committed_cast.viewer.get("/api/assets?include=thumbnail")["results"][0]
    assert row["thumbnail"].endswith(f"/img/{sha}/300.webp")
    assert row["storyboard"]["vtt"].endswith("storyboard.vtt")
    assert row["duration"] == version.duration


def test_an_exact_frame_is_cut_once_and_addressed(committed_cast: Cast, two_seconds: Path) -> None:
    _, version = store(committed_cast.project, two_seconds)
    address = f"/api/versions/{version.id}/frames/7.webp"
    assert committed_cast.viewer.get(address).problem == "preview-not-ready"
    build(version)

    first = committed_cast.viewer.get(address)

    assert first.status == 302
    assert first.headers["Location"].endswith(f"/img/{version.sha256}/frames/7.webp")
    key = f"{version.organization_id}/img/{version.sha256}/frames/7.webp"
    assert storage.get_bytes("edge-reader", "previews", key)[8:12] == b"WEBP"
    assert committed_cast.viewer.get(address).status == 302
    for number in (FRAMES, "-1", "x", "1.5", "9" * 30):
        assert committed_cast.viewer.get(f"/api/versions/{version.id}/frames/{number}.webp").status == 404
    assert committed_cast.stranger.get(address).status == 404
    assert scratch(version) == []


def test_every_still_shows_its_own_frame(committed_cast: Cast, two_seconds: Path) -> None:
    _, version = store(committed_cast.project, two_seconds)
    build(version)

    for number in (0, 1, 24, 25, 26, FRAMES - 1):
        assert committed_cast.viewer.get(f"/api/versions/{version.id}/frames/{number}.webp").status == 302
        key = f"{version.organization_id}/img/{version.sha256}/frames/{number}.webp"
        still = Image.open(io.BytesIO(storage.get_bytes("edge-reader", "previews", key)))
        assert drawn_number(np.asarray(still.convert("L"))) == number


def test_a_truncated_file_fails_with_a_reason_and_stays(
    committed_cast: Cast, two_seconds: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(two_seconds.read_bytes()[:20_000])
    _, version = store(committed_cast.project, cut)

    job = build(version)

    assert job.state == "failed"
    assert job.error is not None
    assert job.error["type"].endswith("preview-failed")
    version = fresh(version)
    assert version.preview_state == "failed"
    playback = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert (playback["state"], playback["reason"], playback["hls"]) == (
        "failed",
        version.preview_reason,
        None,
    )
    assert len(version.preview_reason) > 10
    assert scratch(version) == []


def test_bytes_that_are_not_the_acknowledged_ones_are_never_shown(
    committed_cast: Cast, two_seconds: Path
) -> None:
    _, version = store(committed_cast.project, two_seconds, sha256="0" * 64)

    job = build(version)

    assert job.error is not None
    assert job.error["type"].endswith("digest-mismatch")
    assert fresh(version).preview_state == "failed"
    assert keys_of(version) == set()


def test_a_forced_rebuild_takes_over_when_it_is_done(committed_cast: Cast, two_seconds: Path) -> None:
    _, version = store(committed_cast.project, two_seconds)
    first = build(version)

    preview, [job], is_new = request(version, force=True)

    assert (is_new, preview.generation, job.id != first.id) == (True, 1, True)
    assert request(version, force=True)[1][0].id == job.id
    assert preview_of(version).generation == 0
    assert fresh(version).preview_state == "ready"
    build(version, force=True)
    assert preview_of(version).generation == 1
    playback = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert f"{version.organization_id}/g1/mp4/{version.sha256}/proxy.mp4" in keys_of(version)
    assert ".1." in playback["mp4"].split("/e/")[1].split("/")[0]


def test_a_repeated_build_publishes_under_a_generation_of_its_own(
    committed_cast: Cast, two_seconds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, version = store(committed_cast.project, two_seconds)
    real = engine.build

    def killed(request: engine.BuildRequest, sink: Any) -> engine.BuildResult:
        def publish(name: str, path: Path, content_type: str) -> None:
            if name.startswith("mp4/"):
                raise LeaseLost
            original(name, path, content_type)

        original, sink.publish = sink.publish, publish
        return real(request, sink)

    monkeypatch.setattr(engine, "build", killed)
    job = build(version)
    assert job.state == "running"
    assert scratch(version) == []
    growing = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert growing["state"] == "building"
    monkeypatch.setattr(engine, "build", real)
    with tenancy.scope(version.organization_id):
        type(job).objects.filter(id=job.id).update(lease_until="2020-01-01T00:00:00Z")

    job = build(version)

    assert (job.state, job.attempts) == ("succeeded", 2)
    assert preview_of(version).generation == 1
    assert f"{version.organization_id}/g1/hls/{version.sha256}/master.m3u8" in keys_of(version)


def test_while_a_build_runs_the_growing_playlist_is_handed_out(
    committed_cast: Cast, two_seconds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, version = store(committed_cast.project, two_seconds)
    seen: list[tuple[str, Any]] = []
    real = engine.build

    def watched(request: engine.BuildRequest, sink: Any) -> engine.BuildResult:
        def publish(name: str, path: Path, content_type: str) -> None:
            original(name, path, content_type)
            seen.append((name, committed_cast.viewer.get(f"/api/versions/{version.id}/playback").json))

        original, sink.publish = sink.publish, publish
        return real(request, sink)

    monkeypatch.setattr(engine, "build", watched)
    build(version)

    live = next(document for name, document in seen if name == "hls/live.m3u8")
    assert live["state"] == "building"
    assert live["hls"].endswith("/live.m3u8")
    poster = next(document for name, document in seen if name == "img/poster.webp")
    assert poster["poster"] is not None


def test_a_photograph_gets_pictures_and_nothing_to_play(committed_cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (640, 480), "teal").save(path)
    _, version = store(committed_cast.project, path, kind="image", content_type="image/jpeg")

    job = build(version)

    assert job.state == "succeeded"
    playback = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert playback["state"] == "ready"
    assert playback["thumbnails"]["150"] is not None
    assert playback["hls"] is playback["mp4"] is None
    assert (fresh(version).width, fresh(version).height) == (640, 480)


def test_identifiers_of_128_bits_are_told_whole(committed_cast: Cast) -> None:
    _, version = store(committed_cast.project, clip("identified.mkv", "25", frames=10))

    assert build(version).state == "succeeded"

    answer = committed_cast.viewer.get(f"/api/versions/{version.id}")
    assert answer["preview_state"] == "ready"
    assert answer["meta"]["media"]
    assert committed_cast.viewer.get(f"/api/assets/{version.asset_id}")["versions"]


def test_a_version_made_during_the_build_learns_of_its_end(committed_cast: Cast, two_seconds: Path) -> None:
    _, version = store(committed_cast.project, two_seconds)
    build(version)

    _, twin = store(committed_cast.project, two_seconds)
    _, [job], is_new = request(twin)

    assert (is_new, job.state) == (False, "succeeded")
    twin = fresh(twin)
    assert (twin.preview_state, twin.frame_count) == ("ready", FRAMES)
    with tenancy.scope(version.organization_id):
        assert Preview.objects.filter(sha256=version.sha256).count() == 1
        assert Version.objects.filter(sha256=version.sha256).count() == 2
