"""A watermarked link hands out marked copies alone, made when somebody looks and dropped when nobody does."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from assets.models import Asset, Version
from dam.core import storage, tenancy
from jobs.models import Job
from jobs.services import run
from previews.edge_tokens import revocation_of_digest
from previews.models import MarkedCopy, Revocation
from previews.services import sweep_copies, take_down
from tests.cast import Cast
from tests.previews.media import built, clip, drawn_number
from tests.previews_room.deliveries import build, store
from tests.shares.gallery import Guest, share

FRAMES = 50
TEXT = {"text": "PROPERTY OF ADA", "position": "bottom_right", "opacity": 1.0}


@pytest.fixture
def delivered(committed_cast: Cast) -> tuple[Asset, Version]:
    asset, version = store(committed_cast.project, clip("two-seconds.mp4", "25", frames=FRAMES))
    build(version)
    return asset, version


class Visitor(Guest):
    """A guest who plays."""

    def __init__(self, token: str, version: Version, **more: Any) -> None:
        super().__init__(token, **more)
        self.version = version

    def play(self) -> Any:
        answer = self.get(f"{self.base}/versions/{self.version.id}/playback")
        assert answer.status == 200, answer
        return answer

    def frame(self, number: int) -> Any:
        return self.get(f"{self.base}/versions/{self.version.id}/frames/{number}.webp")


def work_off(version: Version) -> list[Job]:
    """Do the jobs of marked copies that are queued, here and now."""
    with tenancy.scope(version.organization_id):
        queued = list(Job.objects.filter(kind="watermark", state="queued", version_id=version.id))
    for job in queued:
        assert run(job.id, organization_id=version.organization_id)
    with tenancy.scope(version.organization_id):
        return list(Job.objects.filter(id__in=[each.id for each in queued]))


def addresses(document: Any) -> list[str]:
    """Return every address in an answer."""
    if isinstance(document, dict):
        return [url for each in document.values() for url in addresses(each)]
    return [document] if isinstance(document, str) and "/e/" in document else []


def stored(version: Version, url: str) -> bytes:
    """Return the object that an edge address stands for."""
    token, kind, rest = url.split("/e/")[1].split("/", 2)
    generation = int(token.split(".")[5])
    place = f"{version.organization_id}/" + (f"g{generation}/" if generation else "")
    return storage.get_bytes("edge-reader", "previews", f"{place}{'mp4' if kind == 'dl' else kind}/{rest}")


def picture(body: bytes) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    with Image.open(io.BytesIO(body)) as opened:
        return np.asarray(opened.convert("L"), np.int16)


def test_a_guest_waits_for_a_copy_and_then_sees_nothing_but_it(
    committed_cast: Cast, delivered: tuple[Asset, Version]
) -> None:
    asset, version = delivered
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)
    clean = committed_cast.viewer.get(f"/api/versions/{version.id}/playback").json

    waiting = guest.play().json
    again = guest.play().json
    jobs = work_off(version)
    ready = guest.play().json

    assert (waiting["state"], again["state"], ready["state"]) == ("building", "building", "ready")
    assert waiting["preparing"] == {"progress": 0.0}
    assert addresses(waiting) == addresses(again) == []
    assert sorted((each.kind, each.state, each.queue) for each in jobs) == [
        ("watermark", "succeeded", "encode"),
        ("watermark", "succeeded", "short"),
    ]
    assert "preparing" not in ready
    assert {name for name, url in ready.items() if url} == {name for name, url in clean.items() if url}
    given = addresses(ready)
    assert len(given) == len(addresses(clean))
    assert not any(version.sha256 in url for url in given)
    assert len({url.split("/")[-2] for url in given if "/hls/" in url or "/mp4/" in url}) == 1

    for name in ("poster", *("thumbnails",) * 3):
        sizes = [None] if name == "poster" else ["150", "300", "1280"]
        for size in sizes:
            mine, theirs = (each[name] if size is None else each[name][size] for each in (ready, clean))
            change = np.abs(picture(stored(version, mine)) - picture(stored(version, theirs)))
            assert change[change.shape[0] // 2 :].max() > 60
            assert change[: change.shape[0] // 3].max() < 40
    assert stored(version, ready["waveform"]) == stored(version, clean["waveform"])
    assert b"storyboard-000.webp#xywh" in stored(version, ready["storyboard"]["vtt"])
    sheet = np.abs(
        picture(stored(version, ready["storyboard"]["image"]))
        - picture(stored(version, clean["storyboard"]["image"]))
    )
    assert sheet.max() > 60


def test_lists_show_marked_pictures_once_they_are_made(
    committed_cast: Cast, delivered: tuple[Asset, Version]
) -> None:
    asset, version = delivered
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)
    path = f"{guest.base}/assets?include=thumbnail"

    [before] = guest.get(path)["results"]
    [job] = work_off(version)
    [after] = guest.get(path)["results"]

    assert (before["thumbnail"], before["storyboard"]) == (None, None)
    assert job.queue == "short"
    assert after["thumbnail"].endswith("/300.webp")
    assert version.sha256 not in str(after["thumbnail"]) + str(after["storyboard"])


def test_frames_and_downloads_are_of_the_copy(committed_cast: Cast, delivered: tuple[Asset, Version]) -> None:
    asset, version = delivered
    guest = Visitor(share(committed_cast, asset, watermark=TEXT, allow_download=True)["token"], version)
    assert (guest.frame(7).status, guest.download(version).status) == (409, 409)
    guest.play()
    work_off(version)
    proxy = built(clip("two-seconds.mp4", "25", frames=FRAMES)).proxy.read_bytes()

    frame, download = guest.frame(7), guest.download(version)

    assert (frame.status, download.status) == (302, 302)
    still = picture(stored(version, frame.headers["Location"]))
    assert drawn_number(still.astype(np.uint8)) == 7
    committed_cast.viewer.get(f"/api/versions/{version.id}/frames/7.webp")
    clean = storage.get_bytes(
        "edge-reader", "previews", f"{version.organization_id}/img/{version.sha256}/frames/7.webp"
    )
    change = np.abs(still - picture(clean))
    assert change[change.shape[0] // 2 :].max() > 60
    assert "/dl/" in download.headers["Location"]
    assert version.sha256 not in frame.headers["Location"] + download.headers["Location"]
    assert stored(version, download.headers["Location"]) != proxy
    for number in (FRAMES, 10**9):
        assert guest.frame(number).status == 404


def test_a_link_that_allows_no_download_refuses_the_copy_too(
    committed_cast: Cast, delivered: tuple[Asset, Version]
) -> None:
    asset, version = delivered
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)

    assert guest.download(version).status == 403


def test_another_text_is_another_address_at_once_and_the_same_text_the_same_copy(
    committed_cast: Cast, delivered: tuple[Asset, Version]
) -> None:
    asset, version = delivered
    made = share(committed_cast, asset, watermark=TEXT)
    guest = Visitor(made["token"], version)
    guest.play()
    work_off(version)
    first = guest.play().json

    committed_cast.editor.patch(f"/api/shares/{made['id']}", {"watermark": TEXT | {"text": "OTHER"}})
    changed = guest.play().json
    other = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version).play().json

    assert addresses(changed) == []
    assert changed["state"] == "building"
    assert other["state"] == "ready"
    assert [url.split("/")[-2] for url in addresses(other)] == [
        url.split("/")[-2] for url in addresses(first)
    ]


def test_every_viewer_has_a_copy_of_their_own(committed_cast: Cast, delivered: tuple[Asset, Version]) -> None:
    asset, version = delivered
    token = share(committed_cast, asset, watermark={"text": "{name} {email}"})["token"]
    for name in ("Ada", "Grace %{pts} '\\n中文"):
        guest = Visitor(token, version)
        guest.unlock(name=name.replace("\n", " "), email="one@example.test")
        guest.play()
        jobs = work_off(version)
        assert {each.state for each in jobs} == {"succeeded"}
        assert guest.play()["state"] == "ready"

    with tenancy.scope(version.organization_id):
        copies = MarkedCopy.objects.filter(sha256=version.sha256, part="film")
        assert len({each.digest for each in copies}) == 2


def test_sound_plays_under_an_address_of_its_own(committed_cast: Cast, tmp_path: Path) -> None:
    from tests.previews.media import run as make
    from tests.previews.media import tone

    make(*tone(3.0), str(tmp_path / "tone.wav"))
    asset, version = store(
        committed_cast.project, tmp_path / "tone.wav", kind="audio", content_type="audio/wav"
    )
    build(version)
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)
    guest.play()

    jobs = work_off(version)

    assert {each.state for each in jobs} == {"succeeded"}, [each.error for each in jobs]
    ready = guest.play().json
    assert ready["state"] == "ready"
    assert ready["hls"]
    assert version.sha256 not in str(ready)
    assert b"index.m3u8" in stored(version, ready["hls"])


def test_a_copy_that_nobody_asks_for_is_dropped_and_made_again(
    committed_cast: Cast, delivered: tuple[Asset, Version]
) -> None:
    asset, version = delivered
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)
    guest.play()
    work_off(version)
    before = guest.play().json
    digest = before["mp4"].split("/")[-2]
    with tenancy.scope(version.organization_id):
        copies = MarkedCopy.objects.filter(sha256=version.sha256)
        copies.update(used_at=timezone.now() - timedelta(days=400))

    assert sweep_copies() >= 2

    keys = storage.keys_under("edge-reader", "previews", f"{version.organization_id}/")
    assert not any(digest in key for key in keys)
    assert guest.play()["state"] == "building"
    work_off(version)
    assert guest.play()["state"] == "ready"


def test_a_copy_that_failed_tells_why_and_is_tried_again_later(
    committed_cast: Cast, delivered: tuple[Asset, Version]
) -> None:
    asset, version = delivered
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)
    guest.play()
    key = f"{version.organization_id}/mp4/{version.sha256}/proxy.mp4"
    kept = storage.get_bytes("edge-reader", "previews", key)
    storage.delete("gpu-writer", "previews", key)
    work_off(version)

    failed = guest.play().json

    assert (failed["state"], failed["mp4"]) == ("failed", None)
    assert "no longer there" in failed["reason"]
    storage.put_bytes("gpu-writer", "previews", key, kept, content_type="video/mp4")
    with tenancy.scope(version.organization_id):
        copies = MarkedCopy.objects.filter(sha256=version.sha256, state="failed")
        copies.update(updated_at=timezone.now() - timedelta(minutes=5))
    assert guest.play()["state"] == "building"
    work_off(version)
    assert guest.play()["state"] == "ready"


def test_what_is_taken_down_takes_its_copies_along(
    committed_cast: Cast, delivered: tuple[Asset, Version]
) -> None:
    asset, version = delivered
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)
    guest.play()
    work_off(version)
    digest = guest.play()["mp4"].split("/")[-2]

    take_down(version.sha256, reason="a test")

    assert Revocation.objects.filter(entry=revocation_of_digest(digest), lifted_at=None).exists()
    keys = storage.keys_under("edge-reader", "previews", f"{version.organization_id}/")
    assert not any(digest in key for key in keys)
    assert addresses(guest.play().json) == []
    Revocation.objects.all().delete()


def test_pages_of_a_document_are_marked(committed_cast: Cast, tmp_path: Path) -> None:
    pages = [Image.new("RGB", (300, 400), shade) for shade in ("white", "grey")]
    pages[0].save(tmp_path / "two.pdf", save_all=True, append_images=pages[1:])
    asset, version = store(
        committed_cast.project, tmp_path / "two.pdf", kind="document", content_type="application/pdf"
    )
    build(version)
    guest = Visitor(share(committed_cast, asset, watermark=TEXT)["token"], version)
    guest.play()
    clean = committed_cast.viewer.get(f"/api/versions/{version.id}/playback").json

    work_off(version)

    ready = guest.play().json
    assert ready["pages"]["count"] == ready["pages"]["shown"] == 2
    assert version.sha256 not in str(ready)
    for number in ("1", "2"):
        mine, theirs = (
            stored(version, each["pages"]["image"].replace("{n}", number)) for each in (ready, clean)
        )
        assert np.abs(picture(mine) - picture(theirs)).max() > 60
