"""The conformance clips: made when somebody asks, by the engine, and open to anybody; nothing else is."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from PIL import Image

from dam.core import storage
from previews.media.builds.conformance import BAND, BITS, CELL, CLIPS
from previews.services import conformance, prepare_conformance
from tests.cast import Api


@pytest.fixture
def nobody(committed: None) -> Iterator[Api]:
    cache.delete_many([conformance.MANIFEST, conformance.WANTED, conformance.BUILDING])
    yield Api()
    for key in list(storage.keys_under("gpu-writer", "previews", f"{conformance.NOBODY}/")):
        storage.delete("gpu-writer", "previews", key)
    cache.delete_many([conformance.MANIFEST, conformance.WANTED])


def stored(url: str) -> bytes:
    token, kind, rest = url.split("/e/")[1].split("/", 2)
    key = f"{conformance.NOBODY}/g{token.split('.')[5]}/{kind}/{rest}"
    return storage.get_bytes("edge-reader", "previews", key)


def number_in(still: bytes) -> int:
    """Read the bits, each drawn once as it is and once inverted."""
    with Image.open(io.BytesIO(still)) as opened:
        grey = np.asarray(opened.convert("L")) > 128
    columns = [int((bit + 0.5) * CELL) for bit in range(BITS)]
    bits, inverse = grey[BAND // 2, columns], grey[BAND + BAND // 2, columns]
    assert (bits != inverse).all()
    return sum(1 << bit for bit in range(BITS) if bits[bit])


def test_clips_are_made_when_somebody_asks_and_show_their_frames(nobody: Api) -> None:
    prepare_conformance()
    waiting = nobody.get("/api/conformance")
    assert (waiting.status, waiting["state"], waiting["clips"]) == (200, "building", [])

    prepare_conformance()

    ready: Any = nobody.get("/api/conformance").json
    assert ready["state"] == "ready"
    assert [(each["name"], each["frame_count"]) for each in ready["clips"]] == [
        (each.name, each.frames) for each in CLIPS
    ]
    assert [each["rate"] for each in ready["clips"]] == ["24000/1001", "25/1", "30000/1001", "60000/1001"]
    assert [each["drop_frame"] for each in ready["clips"]] == [False, False, True, True]
    for clip in ready["clips"]:
        assert b"#EXTM3U" in stored(clip["hls"])
        frames = json.loads(stored(clip["map"]))
        assert (frames["rate"], frames["frame_count"]) == (clip["rate"], clip["frame_count"])
        for number in (0, 1, clip["frame_count"] // 2, clip["frame_count"] - 1):
            answer = nobody.get(f"/api/conformance/{clip['name']}/frames/{number}.webp")
            assert answer.status == 302
            assert number_in(stored(answer.headers["Location"])) == number

    name = ready["clips"][0]["name"]
    for path in (
        f"{name}/frames/192.webp",
        f"{name}/frames/-1.webp",
        f"{name}/frames/x.webp",
        "12/frames/0.webp",
    ):
        assert nobody.get(f"/api/conformance/{path}").status == 404
    assert nobody.get("/api/conformance?clip=1").status == 400
