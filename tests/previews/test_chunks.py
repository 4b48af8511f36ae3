"""A film that many workers encode in parts has the frames of its source, each once and in its place."""

import shutil
import tarfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from previews.media.builds.chunks import Cutter, name_of, order_of, read_order, unpack_part
from previews.media.encoding import parts as words
from previews.media.encoding.encoders import X264
from previews.media.engine import BuildFailed, BuildRequest, BuildResult, Film, MediaFacts, VideoFacts, build
from previews.media.recipes import plan_timing, plan_video
from previews.media.recipes.parts import Part, cut_parts, why_whole
from tests.previews.media import FAST, Told, clip, joined, made, picture, run

LOSSLESS = replace(
    X264,
    words=tuple("high444" if word == "high" else word for word in X264.words),
    quality="qp",
    quality_offset=-19,
)
FFV1 = ["-c:v", "ffv1"]
DNX = ["-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p"]
OPEN = [*FAST[:-2], "-x264-params", "open-gop=1:keyint=60:min-keyint=60"]
TAKEN_APART = "select='not(mod(n,5))+gt(mod(n,7),4)'"


class Crew:
    """Workers who do their part when they are asked for it, each in a folder of its own."""

    part_s = 2.0

    def __init__(self, source: Path, place: Path) -> None:
        self.source, self.place = source, place
        self.film: Film | None = None
        self.done = 0

    def share(self, film: Film) -> "Crew":
        self.film = film
        return self

    def collect(self, number: int) -> Path:
        assert self.film is not None
        part = next(each for each in self.film.parts if each.number == number)
        order = order_of(self.film, part)
        archive = Cutter(self.place / f"worker-{number}", threads=1).make(
            order, self.source, on_frames=lambda *_: None
        )
        self.done += part.frames
        return archive

    def frames_done(self) -> int:
        return self.done


def shared(source: Path, place: Path) -> tuple[BuildResult, Told, Crew]:
    (place / "work").mkdir()
    told, crew = Told(place / "store"), Crew(source, place)
    request = BuildRequest(source, place / "work", source.name, threads=1, crew=crew)
    return build(request, told), told, crew


def dnxhr(path: Path) -> None:
    run(*picture("24000/1001", size="320x180"), "-frames:v", "150", *DNX, str(path))


def interlaced(path: Path) -> None:
    field = ["-vf", "tinterlace=4", "-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-flags", "+ildct+ilme"]
    run(*picture("50", size="320x180"), "-frames:v", "150", *field, "-q:v", "2", str(path))


def uneven(path: Path) -> None:
    run(*picture("50"), "-frames:v", "300", "-vf", TAKEN_APART, "-fps_mode", "vfr", *FAST, str(path))


SOURCES = {
    "23.976.mxf": lambda: made("parts-23976.mxf", dnxhr),
    "25.mov": lambda: clip("parts-25.mov", "25", frames=150, codec=["-c:v", "mjpeg", "-q:v", "6"]),
    "29.97.mkv": lambda: clip("parts-2997.mkv", "30000/1001", frames=175, codec=FFV1),
    "open-gop.mp4": lambda: clip("parts-open.mp4", "25", frames=150, codec=OPEN),
    "interlaced.mxf": lambda: made("parts-interlaced.mxf", interlaced),
    "uneven.mp4": lambda: made("parts-uneven.mp4", uneven),
}


def hashes(path: Path) -> list[int]:
    """Decode a clip to one hash a frame."""
    with av.open(str(path)) as container:
        return [hash(frame.to_ndarray(format="yuv420p").tobytes()) for frame in container.decode(video=0)]


@pytest.mark.parametrize("name", SOURCES)
def test_the_join_has_exactly_the_frames_of_one_encode(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "X264", LOSSLESS)
    source = SOURCES[name]()

    result, told, crew = shared(source, tmp_path)

    assert crew.film is not None
    assert len(crew.film.parts) >= 2
    whole = tmp_path / "whole"
    whole.mkdir()
    alone = Crew(source, whole)
    alone.film = replace(crew.film, parts=(Part(0, 0, crew.film.plan.timing.frames, is_last=True),))
    with tarfile.open(alone.collect(0)) as archive:
        archive.extractall(whole, filter="data")
    path = whole / "whole.mp4"
    segments = sorted((whole / "v0").glob("*.m4s"))
    path.write_bytes(b"".join(each.read_bytes() for each in [whole / "v0/init.mp4", *segments]))
    expected = hashes(path)
    assert len(expected) == result.facts.frame_count
    assert hashes(told.store / "mp4/proxy.mp4") == expected
    assert hashes(joined(told.store, "v0")) == expected


def test_what_goes_on_across_a_cut_is_found_once(tmp_path: Path) -> None:
    def dark(path: Path) -> None:
        night = "drawbox=color=black:t=fill:enable='between(t,1.5,2.6)+between(t,4.4,4.5)'"
        run(*picture("25"), "-frames:v", "150", "-vf", night, *FAST, str(path))

    result, _, _ = shared(made("parts-dark.mp4", dark), tmp_path)

    [black] = result.meta["qc"]["black"]
    assert (black["start"], black["end"]) == (pytest.approx(1.52, abs=0.05), pytest.approx(2.6, abs=0.05))


def facts(**changes: Any) -> MediaFacts:
    video = VideoFacts(
        index=0,
        codec="prores",
        pixel_format="yuv422p10le",
        coded_width=1920,
        coded_height=1080,
        display_width=1920,
        display_height=1080,
        rotation=0,
        rate=Fraction(25),
        source_rate=Fraction(25),
        source_frames=15000,
        frames=15000,
        offset_s=Fraction(0),
        is_interlaced=False,
        is_variable=False,
        is_hdr=False,
        matrix="bt709",
    )
    meta = {"media": {"format": changes.pop("format", "mov,mp4"), "complaint": None}}
    readable = changes.pop("readable", 1.0)
    return MediaFacts("video", "video/mp4", meta=meta, video=replace(video, **changes), readable=readable)


@pytest.mark.parametrize(
    ("changes", "idle_workers", "reason"),
    [
        ({}, 1, None),
        ({"is_interlaced": True}, 3, None),
        ({"is_variable": True}, 3, None),
        ({"format": "mxf"}, 1, None),
        ({"format": "matroska,webm"}, 1, None),
        ({}, 0, "nobody else is idle"),
        ({"frames": 1500}, 1, "too short"),
        ({"frames": 3000, "display_width": 640, "display_height": 360, "coded_width": 640}, 1, "too cheap"),
        ({"frames": 3000, "codec": "h264"}, 1, "too cheap"),
        ({"frames": 3000, "codec": "vvc"}, 1, None),
        ({"format": "mpegts"}, 1, "a container without an index"),
        ({"is_renumbered": True}, 1, "times that tell no places"),
        ({"readable": 0.5}, 1, "damaged or cut short"),
    ],
)
def test_when_a_film_is_shared(changes: dict[str, Any], idle_workers: int, reason: str | None) -> None:
    told = facts(**changes)

    assert why_whole(told, plan_video(told), idle_workers=idle_workers) == reason


@pytest.mark.parametrize("frames", [1500, 1501, 2999, 90_001])
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)])
def test_parts_are_whole_segments_without_gap_or_overlap(frames: int, rate: Fraction) -> None:
    timing = plan_timing(frames, rate=rate)

    parts = cut_parts(timing, part_s=10)

    assert [part.first for part in parts] == [
        sum(each.frames for each in parts[:n]) for n in range(len(parts))
    ]
    assert sum(part.frames for part in parts) == frames
    assert all(part.first % timing.segment_frames == 0 for part in parts)
    assert [part.is_last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert 2 * parts[-1].frames >= parts[0].frames


def test_an_order_says_all_and_the_same_order_has_the_same_name() -> None:
    told = facts(rate=Fraction(30000, 1001), source_rate=Fraction(30000, 1001))
    film = Film(told, plan_video(told), cut_parts(plan_video(told).timing))

    orders = [order_of(film, part) for part in film.parts]

    video, plan, part = read_order(orders[1])
    assert (video, plan.timing, plan.rungs, part) == (
        told.video,
        film.plan.timing,
        film.plan.rungs,
        film.parts[1],
    )
    assert [name_of(each) for each in orders] == [name_of(order_of(film, each)) for each in film.parts]
    assert len({name_of(each) for each in orders}) == len(orders)


def test_an_archive_with_other_files_is_refused(tmp_path: Path) -> None:
    path, bait = tmp_path / "part.tar", tmp_path / "bait"
    bait.write_text("x")
    with tarfile.open(path, "w") as archive:
        archive.add(bait, "../outside")

    with pytest.raises(BuildFailed):
        unpack_part(
            path, Part(0, 0, 50, is_last=True), rungs=1, place=tmp_path / "in", target=tmp_path / "enc"
        )

    assert not (tmp_path / "outside").exists()
    shutil.rmtree(tmp_path)
