"""The plan: sizes by the short side, segments that players reach the end of."""

from dataclasses import replace
from fractions import Fraction

import pytest

from previews.media.encoding.storyboard import sheet_names, write_vtt
from previews.media.engine import plan
from previews.media.facts import AudioFacts, MediaFacts, VideoFacts
from previews.media.recipes import (
    LADDER_NAME,
    is_good_tail,
    plan_rungs,
    plan_storyboard,
    plan_timing,
    plan_video,
    plan_waveform_rate,
)
from previews.media.recipes.planner import WITHHOLDABLE
from previews.media.recipes.table import RECIPES

VIDEO = VideoFacts(
    index=0,
    codec="prores",
    pixel_format="yuv422p10le",
    coded_width=320,
    coded_height=180,
    display_width=320,
    display_height=180,
    rotation=0,
    rate=Fraction(25),
    source_rate=Fraction(25),
    source_frames=100,
    frames=100,
    offset_s=Fraction(0),
    is_interlaced=False,
    is_variable=False,
    is_hdr=False,
    matrix="bt709",
)
RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(25, 2)]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]),
        ((1080, 1920), [(1080, 1920), (720, 1280), (480, 854), (360, 640), (240, 426)]),
        ((3840, 2160), [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]),
        ((1600, 900), [(1600, 900), (1280, 720), (854, 480), (640, 360), (426, 240)]),
        ((1366, 768), [(1280, 720), (854, 480), (640, 360), (426, 240)]),
        ((320, 180), [(320, 180)]),
        ((101, 57), [(100, 56)]),
        ((1, 1), [(2, 2)]),
        ((20000, 1080), [(4096, 222)]),
    ],
)
def test_rungs_go_by_the_short_side_and_never_enlarge(
    size: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    assert [(rung.width, rung.height) for rung in plan_rungs(*size)] == expected


@pytest.mark.parametrize("rate", RATES)
def test_every_length_has_a_good_tail_or_says_that_it_needs_a_merge(rate: Fraction) -> None:
    for frames in range(1, 3000):
        timing = plan_timing(frames, rate=rate)
        if timing.gops_per_segment == 0:
            assert frames < timing.gop
        elif not timing.needs_tail_merge:
            assert is_good_tail(frames % timing.segment_frames, gop=timing.gop)


@pytest.mark.parametrize("rate", [Fraction(1), Fraction(1, 2), Fraction(1001, 1000)])
def test_a_frame_a_second_or_fewer_leaves_no_segment_of_two(rate: Fraction) -> None:
    for frames in range(4, 500):
        timing = plan_timing(frames, rate=rate)
        tail = frames % timing.segment_frames
        merged = timing.segment_frames + tail if timing.needs_tail_merge else timing.segment_frames
        assert is_good_tail(merged, gop=timing.gop)
        assert timing.needs_tail_merge or is_good_tail(tail, gop=timing.gop)


def test_the_measured_lengths_get_the_measured_segments() -> None:
    lengths = [(601, Fraction(25)), (721, Fraction(30000, 1001)), (1442, Fraction(60000, 1001))]
    assert [plan_timing(frames, rate=rate).gops_per_segment for frames, rate in lengths] == [5, 5, 5]
    assert plan_timing(49, rate=Fraction(24000, 1001)).gops_per_segment == 3
    assert plan_timing(420 * 25 + 1, rate=Fraction(25)).needs_tail_merge


@pytest.mark.parametrize("rate", RATES)
def test_sound_never_outlasts_the_picture(rate: Fraction) -> None:
    for frames in range(1, 2000, 7):
        end = Fraction(plan_timing(frames, rate=rate).audio_end, 48000)
        assert frames / rate - Fraction(1024, 48000) < end <= frames / rate


def test_the_storyboard_s_cues_touch_and_end_with_the_clip() -> None:
    timing = plan_timing(25 * 700 + 3, rate=Fraction(25))
    story = plan_storyboard(timing, width=1920, height=1080)

    vtt = write_vtt(story, timing)

    cues = [line for line in vtt.splitlines() if "-->" in line]
    places = [line for line in vtt.splitlines() if "#xywh=" in line]
    assert story.tiles == len(cues) == len(set(places))
    assert [cue.split(" --> ")[0] for cue in cues[1:]] == [cue.split(" --> ")[1] for cue in cues[:-1]]
    assert cues[0].startswith("00:00:00.000")
    assert cues[-1].endswith("00:11:40.120")
    assert {line.split("#")[0] for line in places} == set(sheet_names(story))
    assert story.tiles <= 620
    assert places[1].endswith("#xywh=160,0,160,90")


@pytest.mark.parametrize(("seconds", "rate"), [(1, 100), (360, 100), (7200, 5), (100_000, 1)])
def test_a_film_s_waveform_stays_small(seconds: float, rate: int) -> None:
    assert plan_waveform_rate(seconds) == rate


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("picture and sound", "poster 180p audio mp4 thumbnails storyboard waveform frames"),
        ("picture", "poster 180p mp4 thumbnails storyboard frames"),
        ("short", "poster mp4 thumbnails storyboard waveform frames"),
        ("sound", "audio mp4 waveform"),
        ("sound and cover", "audio mp4 waveform poster thumbnails"),
    ],
)
def test_the_table_says_what_is_made_of_each_source_the_most_wanted_first(source: str, wanted: str) -> None:
    picture = replace(VIDEO, frames=10 if source == "short" else 100)
    sound = None if source == "picture" else AudioFacts(1, "aac", 2, "stereo", 48_000, 4.0)
    is_sound = source.startswith("sound")
    facts = MediaFacts(
        kind="audio" if is_sound else "video",
        mime="",
        video=None if is_sound else picture,
        audio=sound,
        meta={"media": {"has_cover": "cover" in source}},
    )

    assert list(plan(facts).renditions) == wanted.split()


def test_what_plays_is_critical_and_only_what_is_extra_may_wait() -> None:
    assert {"poster", "rungs", "audio", "mp4"} == {
        name for name, priority in RECIPES["picture and sound"].items() if priority == "critical"
    }
    assert {"storyboard"} == WITHHOLDABLE
    assert all(recipe["mp4"] == "critical" for recipe in RECIPES.values())


@pytest.mark.parametrize(
    ("seconds", "size", "rungs", "has_storyboard"),
    [
        (61, (1920, 1080), ["360p"], False),
        (61, (854, 480), ["360p"], False),
        (60, (1920, 1080), ["1080p", "720p", "480p", "360p", "240p"], True),
        (61, (320, 180), ["180p"], True),
    ],
)
def test_only_a_long_film_that_has_a_ladder_gets_a_small_rung_before_it(
    seconds: int, size: tuple[int, int], rungs: list[str], has_storyboard: bool
) -> None:
    frames = seconds * 25
    video = replace(VIDEO, display_width=size[0], display_height=size[1], frames=frames, source_frames=frames)

    planned = plan_video(MediaFacts(kind="video", mime="", video=video), without={LADDER_NAME})

    assert [each.name for each in planned.rungs] == rungs
    assert planned.has_storyboard is has_storyboard
    assert planned.is_quick is not has_storyboard
