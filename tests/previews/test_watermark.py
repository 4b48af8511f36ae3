"""Watermarks are burnt in where they belong and nowhere else, whatever the text is made of."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from previews.media.builds.watermark import (
    POSITIONS,
    Mark,
    Picture,
    digest_of,
    draw_overlay,
    mark_pictures,
    mark_video,
    marked_rung,
    plain_text,
)
from previews.media.packaging.publishing import Published
from tests.previews.media import Told, built, clip, decoded_numbers, joined

SIZE = (640, 360)
AWKWARD = {
    "filters": "%{pts} ,;:[a]=\\\\' \"{localtime}'",
    "lines": "one\ntwo\nthree",
    "emoji": "Grace \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "right to left": "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "chinese": "\u4e2d\u6587\u5ba1\u7247",
    "long": "A Very Long Name Indeed " * 13,
    "one long word": "x" * 300,
    "leading dash": "-i /etc/passwd",
}


def grey(path: Path) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    with Image.open(path) as opened:
        return np.asarray(opened.convert("L"), np.int16)


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "clean.webp"
    Image.linear_gradient("L").resize(SIZE).convert("RGB").save(path, "WEBP", quality=95)
    return path


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_any_text_is_drawn_inside_the_picture(text: str, tmp_path: Path) -> None:
    area = draw_overlay(Mark(plain_text(text)), size=SIZE, out=tmp_path / "mark.png")

    with Image.open(tmp_path / "mark.png") as drawn:
        assert (drawn.width, drawn.height) == (area.width, area.height)
        assert np.asarray(drawn)[:, :, 3].any()
    assert area.x + area.width <= SIZE[0]
    assert area.y + area.height <= SIZE[1]
    assert not any(each % 2 for each in (area.x, area.y, area.width, area.height))


@pytest.mark.parametrize("position", POSITIONS)
def test_a_still_differs_where_the_mark_is_and_nowhere_else(
    position: str, still: Path, tmp_path: Path
) -> None:
    mark = Mark("For Ada Lovelace only", position, 0.8)
    area = draw_overlay(mark, size=SIZE, out=tmp_path / "mark.png")

    mark_pictures(mark, [Picture(still, tmp_path / "marked.webp")], scratch=tmp_path)

    change = np.abs(grey(tmp_path / "marked.webp") - grey(still))
    inside = np.zeros(change.shape, bool)
    inside[area.y : area.y + area.height, area.x : area.x + area.width] = True
    assert change[inside].max() > 60
    assert inside.all() or change[~inside].max() < 20


def test_every_tile_of_a_sheet_is_marked(still: Path, tmp_path: Path) -> None:
    mark_pictures(
        Mark("Ada", "center", 1.0),
        [Picture(still, tmp_path / "sheet.webp", tile=(160, 90))],
        scratch=tmp_path,
    )

    change = np.abs(grey(tmp_path / "sheet.webp") - grey(still))
    tiles = [
        change[top : top + 90, left : left + 160] for top in range(0, 360, 90) for left in range(0, 640, 160)
    ]
    assert all(tile.max() > 40 for tile in tiles)


@pytest.mark.parametrize(
    ("rate", "frames"), [("24000/1001", 61), ("25", 60), ("30000/1001", 75), ("60000/1001", 150), ("25", 9)]
)
def test_a_marked_video_has_every_frame_at_its_place(rate: str, frames: int, tmp_path: Path) -> None:
    done = built(clip(f"marked-{frames}.mp4", rate, frames=frames))
    told = Told(tmp_path / "store")
    work = tmp_path / "work"
    work.mkdir()
    fractions: list[float] = []

    renditions = mark_video(
        Mark("Ada\nada@example.test"),
        proxy=done.proxy,
        rate=Fraction(rate),
        published=Published(told),
        scratch=work,
        on_progress=fractions.append,
    )

    exact: Any = [(number, pytest.approx(number / Fraction(rate), abs=1e-3)) for number in range(frames)]
    assert decoded_numbers(told.store / "mp4/proxy.mp4") == exact
    if frames > 9:
        assert decoded_numbers(joined(told.store, "v0")) == exact
        assert {"hls/live.m3u8", "hls/master.m3u8"} <= {name for name, _, _ in told.published}
    assert renditions[-1].meta["frame_count"] == frames
    assert fractions == sorted(fractions)


def test_the_mark_is_in_the_first_frame_and_in_the_last(tmp_path: Path) -> None:
    done = built(clip("marked-60.mp4", "25", frames=60))
    (tmp_path / "work").mkdir()
    told = Told(tmp_path / "store")
    mark = Mark("ADA LOVELACE", "bottom_right", 1.0)

    [*_, mp4] = mark_video(
        mark,
        proxy=done.proxy,
        rate=Fraction(25),
        published=Published(told),
        scratch=tmp_path / "work",
        on_progress=lambda _: None,
    )

    area = draw_overlay(mark, size=(mp4.width or 0, mp4.height or 0), out=tmp_path / "mark.png")
    clean, marked = frames_of(done.proxy), frames_of(told.store / "mp4/proxy.mp4")
    for number in (0, -1):
        change = np.abs(marked[number] - clean[number])
        inside = change[area.y : area.y + area.height, area.x : area.x + area.width]
        assert inside.max() > 80
        change[area.y - 8 : area.y + area.height + 8, area.x - 8 : area.x + area.width + 8] = 0
        assert change.mean() < 3


def frames_of(path: Path) -> "list[np.ndarray[tuple[int, int], np.dtype[np.int16]]]":
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray").astype(np.int16) for frame in container.decode(video=0)]


def test_text_never_reaches_a_filter(tmp_path: Path) -> None:
    from previews.media.builds.watermark_argv import Job, watermark_argv
    from previews.media.recipes import plan_timing

    job = Job(
        proxy=tmp_path / "proxy.mp4",
        overlay=tmp_path / "mark.png",
        x=2,
        y=4,
        rung=marked_rung(1920, 1080),
        timing=plan_timing(100, rate=Fraction(25)),
        has_sound=True,
    )

    words = watermark_argv(Path("ffmpeg"), job, progress_fd=3)

    assert not any("drawtext" in each for each in words)
    assert any("overlay=2:4" in each for each in words)


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        ((1920, 1080), (1280, 720)),
        ((1280, 720), (1280, 720)),
        ((640, 360), (640, 360)),
        ((1080, 1920), (720, 1280)),
    ],
)
def test_one_rung_of_720_where_the_source_has_it(source: tuple[int, int], marked: tuple[int, int]) -> None:
    rung = marked_rung(*source)

    assert (rung.width, rung.height) == marked


def test_what_hides_or_reorders_text_is_left_out() -> None:
    assert plain_text("a\u202eb\x07\u2066c\r\n\n  d  ") == "abc\nd"


def test_digest_recipe_text_and_place_each_make_another_copy() -> None:
    made = {
        digest_of(sha, recipe=recipe, mark=mark)
        for sha in ("a" * 64, "b" * 64)
        for recipe in ("1/g0", "1/g1")
        for mark in (Mark("x"), Mark("y"), Mark("x", "top"), Mark("x", opacity=0.2))
    }

    assert len(made) == 16
    assert all(len(each) == 64 for each in made)
