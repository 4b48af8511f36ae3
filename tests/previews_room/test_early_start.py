"""The first seconds play before the whole master has arrived; nothing is ready before its digest is proven."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.models import Version
from dam.core import storage
from previews.services import fetching
from tests.cast import Cast
from tests.previews.media import clip, decoded_numbers
from tests.previews_room.deliveries import build, fresh, preview_of, store

FRAMES = 700
LONG_GOP = ["-c:v", "mpeg2video", "-q:v", "4", "-bf", "2", "-g", "12"]
SOURCES = {
    "index-first.mp4": (None, ["-movflags", "+faststart"]),
    "index-last.mov": (["-c:v", "mjpeg", "-q:v", "8"], ["-c:a", "pcm_s16le"]),
    "long-gop.mxf": (LONG_GOP, ["-c:a", "pcm_s16le", "-ar", "48000"]),
    "film.mkv": (None, []),
}


def source(name: str) -> Path:
    codec, extra = SOURCES[name]
    return clip(f"early-{name}", "25", frames=FRAMES, codec=codec, extra=extra)


@pytest.fixture(autouse=True)
def everything_counts_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "EARLY_BYTES", 1)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Hold the download of the whole back until the event is set; ranges are served."""
    released = threading.Event()
    real = fetching.MasterSupply._fetch

    def waiting(self: fetching.MasterSupply) -> str:
        assert released.wait(30)
        return real(self)

    monkeypatch.setattr(fetching.MasterSupply, "_fetch", waiting)
    yield released
    released.set()


def when_published(monkeypatch: pytest.MonkeyPatch, name: str, then: Callable[[], object]) -> list[str]:
    """Do something once a name is stored; lists every name in its order."""
    stored: list[str] = []
    real = storage.put_file

    def put(identity: str, bucket: str, key: str, path: Path, **extra: Any) -> None:
        real(identity, bucket, key, path, **extra)
        stored.append(key)
        if key.endswith(name):
            then()

    monkeypatch.setattr(storage, "put_file", put)
    return stored


def proxy_numbers(version: Version, folder: Path) -> list[int]:
    prefix = f"{version.organization_id}/"
    generation = preview_of(version).generation
    prefix += f"g{generation}/" if generation else ""
    path = folder / "proxy.mp4"
    storage.download("edge-reader", "previews", f"{prefix}mp4/{version.sha256}/proxy.mp4", path)
    return [number for number, _ in decoded_numbers(path)]


@pytest.mark.parametrize("name", SOURCES)
def test_the_first_segments_play_while_the_rest_is_still_on_its_way(
    committed_cast: Cast, held: threading.Event, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    _, version = store(committed_cast.project, source(name))
    seen: list[Any] = []

    def look() -> None:
        if not held.is_set():
            seen.append(committed_cast.viewer.get(f"/api/versions/{version.id}/playback").json)
            held.set()

    key = f"{version.organization_id}/hls/{version.sha256}/live.m3u8"
    stored = when_published(monkeypatch, key, look)
    job = build(version)

    assert (job.state, job.error) == ("succeeded", None)
    assert seen[0]["state"] == "building"
    before = [each.rsplit("/", 2)[-2:] for each in stored[: stored.index(key)]]
    assert {("v0", "00000.m4s"), ("v1", "00000.m4s")} <= {tuple(each) for each in before}
    assert preview_of(version).generation == 0
    assert (fresh(version).frame_count, fresh(version).preview_state) == (FRAMES, "ready")
    assert proxy_numbers(version, tmp_path) == list(range(FRAMES))


def test_the_rest_does_not_compete_with_the_first_seconds(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, version = store(committed_cast.project, source("index-last.mov"))
    stored, real = when_published(monkeypatch, "live.m3u8", lambda: None), fetching.MasterSupply._fetch
    before: list[str] = []

    def noting(self: fetching.MasterSupply) -> str:
        before.extend(stored)
        return real(self)

    monkeypatch.setattr(fetching.MasterSupply, "_fetch", noting)
    assert build(version).state == "succeeded"

    assert f"{version.organization_id}/hls/{version.sha256}/live.m3u8" in before


def test_what_was_shown_of_bytes_that_are_not_the_acknowledged_ones_is_withdrawn(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, version = store(committed_cast.project, source("index-first.mp4"), sha256="0" * 64)
    stored = when_published(monkeypatch, "live.m3u8", lambda: None)

    job = build(version)

    assert any(key.endswith("/live.m3u8") for key in stored)
    assert job.error is not None
    assert job.error["type"].endswith("digest-mismatch")
    playback = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert (playback["state"], playback["hls"], playback["poster"]) == ("failed", None, None)
    assert not list(storage.keys_under("edge-reader", "previews", f"{version.organization_id}/"))


def test_first_seconds_that_were_made_of_a_flipped_bit_are_made_anew(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, version = store(committed_cast.project, source("index-last.mov"))
    real = fetching.MasterSupply._range

    def flipped(self: fetching.MasterSupply, start: int, end: int) -> Iterator[bytes]:
        for piece in real(self, start, end):
            yield piece if end - start < 100_000 else piece[:-1] + bytes([piece[-1] ^ 1])

    monkeypatch.setattr(fetching.MasterSupply, "_range", flipped)

    job = build(version)

    assert (job.state, job.attempts) == ("succeeded", 1)
    assert preview_of(version).generation == 1
    assert proxy_numbers(version, tmp_path) == list(range(FRAMES))
