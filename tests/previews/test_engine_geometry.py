"""Pictures are as they should be seen: turned, unsqueezed, even, never enlarged."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from previews.media.packaging.mp4box import read_tracks
from tests.previews.media import FAST, Built, built, clip, made, picture, run


def shown_size(done: Built) -> tuple[int, int]:
    video = next(track for track in read_tracks(done.proxy) if track.handler == "vide")
    return video.width, video.height


def plain(name: str, *, size: str, extra: list[str]) -> Path:
    return made(name, lambda path: run(*picture("25", seconds=1.2, size=size), *FAST, *extra, str(path)))


@pytest.mark.parametrize("turn", [90, 270])
def test_a_portrait_recorded_on_its_side_stands_upright(turn: int) -> None:
    flat = plain("landscape.mp4", size="640x360", extra=[])
    source = made(
        f"turned-{turn}.mp4",
        lambda path: run("-display_rotation", str(turn), "-i", str(flat), "-c", "copy", str(path)),
    )

    done = built(source)

    assert (done.result.facts.width, done.result.facts.height) == (360, 640)
    assert shown_size(done) == (360, 640)
    assert [rendition.height for rendition in done.result.renditions if rendition.kind == "hls"] == [640, 426]
    with Image.open(done.store / "img/poster.webp") as poster:
        assert poster.size == (360, 640)


TURNS = {
    "90": (["-display_rotation", "90"], Image.Transpose.ROTATE_90),
    "180": (["-display_rotation", "180"], Image.Transpose.ROTATE_180),
    "270": (["-display_rotation", "270"], Image.Transpose.ROTATE_270),
    "mirrored": (["-display_hflip"], Image.Transpose.FLIP_LEFT_RIGHT),
    "upside-down": (["-display_vflip"], Image.Transpose.FLIP_TOP_BOTTOM),
}


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_or_mirrored_picture_is_seen_as_it_was_meant(turn: str) -> None:
    words, way = TURNS[turn]
    flat = plain("landscape.mp4", size="640x360", extra=[])
    source = made(f"seen-{turn}.mp4", lambda path: run(*words, "-i", str(flat), "-c", "copy", str(path)))

    with (
        Image.open(built(source).store / "img/poster.webp") as shown,
        Image.open(built(flat).store / "img/poster.webp") as before,
    ):
        wanted = before.convert("L").transpose(way)
        assert shown.size == wanted.size
        apart = np.abs(np.asarray(shown.convert("L"), float) - np.asarray(wanted, float)).mean()
    assert apart < 4


def test_squeezed_pixels_are_stretched_to_the_display_size() -> None:
    done = built(plain("anamorphic.mp4", size="360x288", extra=["-vf", "setsar=64/45"]))

    assert (done.result.facts.width, done.result.facts.height) == (512, 288)
    assert shown_size(done) == (512, 288)


def test_odd_sizes_lose_a_pixel_and_nothing_is_enlarged() -> None:
    codec = ["-vf", "format=yuv444p,scale=321:181,setsar=1", "-c:v", "ffv1"]
    source = made("odd.mkv", lambda path: run(*picture("25", seconds=1.2), *codec, str(path)))

    done = built(source)

    assert (done.result.facts.width, done.result.facts.height) == (321, 181)
    assert shown_size(done) == (320, 180)
    with Image.open(done.store / "img/1280.webp") as largest:
        assert largest.size == (320, 180)


def test_the_ladder_goes_by_the_short_side_and_all_rungs_share_their_cuts() -> None:
    done = built(plain("ladder.mp4", size="854x480", extra=[]))

    rungs = [rendition for rendition in done.result.renditions if rendition.kind == "hls"]
    assert [(rung.name, rung.width, rung.height) for rung in rungs] == [
        ("480p", 854, 480),
        ("360p", 640, 360),
        ("240p", 428, 240),
    ]
    assert len({len(rung.paths) for rung in rungs}) == 1
    assert done.told.known[0].width == 854


def test_nothing_of_the_source_s_tags_survives() -> None:
    tags = ["-metadata", "title=secret-title", "-metadata", "location=+47.0+008.0/"]
    done = built(clip("tagged.mov", "25", frames=30, extra=tags))

    assert "secret-title" in str(done.result.meta["media"])
    for path in done.store.rglob("*"):
        assert path.is_dir() or (
            b"secret-title" not in path.read_bytes() and b"+47.0" not in path.read_bytes()
        )
