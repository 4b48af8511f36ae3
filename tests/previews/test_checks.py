"""The checks see what is wrong: each sabotage of a good build is found."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from previews.media.packaging.checks import (
    check_pictures,
    check_proxy,
    check_rung,
    check_rungs,
    check_sound,
    check_storyboard,
    check_waveform,
    merged_tail,
)
from previews.media.packaging.mp4box import BoxesBroken, read_fragment, read_tracks
from previews.media.packaging.playlists import Segment, Variant
from previews.media.recipes import plan_storyboard, plan_timing
from tests.previews.media import built, clip, packaged, run

TIMING = plan_timing(85, rate=Fraction(25))


@pytest.fixture(scope="module")
def rung() -> Variant:
    return packaged(built(clip("rate-25.mov", "25", frames=85)), "v0")


@pytest.fixture(scope="module")
def sound() -> Variant:
    return packaged(built(clip("rate-25.mov", "25", frames=85)), "v1", is_audio=True)


def test_a_good_build_has_no_complaints(rung: Variant, sound: Variant) -> None:
    assert check_rungs([rung, rung], TIMING) == []
    assert check_sound(sound, TIMING) == []


def changed(variant: Variant, number: int, **values: int | bool) -> Variant:
    segment = variant.segments[number]
    segments = list(variant.segments)
    segments[number] = replace(segment, fragment=replace(segment.fragment, **values))  # type: ignore[arg-type]
    return replace(variant, segments=tuple(segments))


@pytest.mark.parametrize(
    ("sabotage", "words"),
    [
        (lambda rung: replace(rung, segments=rung.segments[:-1]), "frames instead of"),
        (lambda rung: changed(rung, 1, start=3), "does not start or end on its frame"),
        (lambda rung: changed(rung, 1, is_sync_first=False), "keyframe"),
        (lambda rung: changed(rung, 0, min_pts=5), "does not begin at 0"),
        (
            lambda rung: replace(rung, track=replace(rung.track, edits=((80, -1), (0, 1024)))),
            "does not begin at 0",
        ),
        (lambda rung: changed(rung, -1, samples=2), "players do not reach"),
        (lambda rung: changed(rung, 0, samples=49), "inside a group of pictures"),
        (lambda rung: replace(rung, track=replace(rung.track, timescale=12801)), "whole ticks"),
        (lambda rung: replace(rung, segments=()), "no segments"),
    ],
)
def test_each_sabotage_of_a_rung_is_found(
    rung: Variant, sabotage: Callable[[Variant], Variant], words: str
) -> None:
    assert any(words in complaint for complaint in check_rung(sabotage(rung), TIMING))


def test_rungs_cut_apart_are_found(rung: Variant) -> None:
    assert "the rungs are not cut at the same frames" in check_rungs(
        [rung, changed(rung, 0, samples=25)], TIMING
    )


@pytest.mark.parametrize(
    ("sabotage", "words"),
    [
        (lambda sound: replace(sound, segments=sound.segments[:-1]), "samples of sound"),
        (lambda sound: changed(sound, 1, start=7), "gap"),
        (lambda sound: changed(sound, -1, samples=1), "three AAC frames"),
        (lambda sound: changed(sound, 0, min_pts=-1024), "does not begin at 0"),
    ],
)
def test_each_sabotage_of_the_sound_is_found(
    sound: Variant, sabotage: Callable[[Variant], Variant], words: str
) -> None:
    assert any(words in complaint for complaint in check_sound(sabotage(sound), TIMING))


def test_an_mp4_with_another_length_order_or_start_is_found(tmp_path: Path) -> None:
    proxy = built(clip("rate-25.mov", "25", frames=85)).proxy
    assert check_proxy(proxy, timing=TIMING, sound_end=TIMING.audio_end) == []

    assert check_proxy(proxy, timing=replace(TIMING, frames=84), sound_end=0)
    assert check_proxy(proxy, timing=TIMING, sound_end=TIMING.audio_end + 1024)
    assert check_proxy(tmp_path / "absent.mp4", timing=TIMING, sound_end=0)
    late = tmp_path / "late.mp4"
    run("-i", str(proxy), "-c", "copy", str(late))
    assert "the MP4 has its index at the end" in check_proxy(late, timing=TIMING, sound_end=0)
    shifted = tmp_path / "shifted.mp4"
    run("-itsoffset", "0.5", "-i", str(proxy), "-c", "copy", "-movflags", "+faststart", str(shifted))
    assert any(
        "does not begin at 0" in complaint for complaint in check_proxy(shifted, timing=TIMING, sound_end=0)
    )


def test_pictures_that_are_missing_empty_or_cut_are_found(tmp_path: Path) -> None:
    whole = built(clip("rate-25.mov", "25", frames=85)).store / "img/poster.webp"
    (tmp_path / "whole.webp").write_bytes(whole.read_bytes())
    (tmp_path / "cut.webp").write_bytes(whole.read_bytes()[:-20])
    (tmp_path / "empty.webp").touch()

    found = check_pictures(tmp_path, ["whole.webp", "cut.webp", "empty.webp", "absent.webp"])

    assert [line.split()[0] for line in found] == ["cut.webp", "empty.webp", "absent.webp"]


def test_a_storyboard_or_waveform_that_does_not_cover_the_clip_is_found() -> None:
    story = plan_storyboard(TIMING, width=320, height=180)
    assert check_storyboard(story, step_frames=story.step, frames=85) == []
    assert check_storyboard(story, step_frames=story.step, frames=85 + story.step)
    assert check_waveform({"peaks": [0, 1], "rate": 1}, heard_s=1) == []
    assert check_waveform({"peaks": [], "rate": 1}, heard_s=0)
    assert check_waveform({"peaks": [0, 1], "rate": 1}, heard_s=9)


def test_a_short_tail_is_merged_into_the_segment_before(rung: Variant, tmp_path: Path) -> None:
    copies = []
    for segment in rung.segments:
        path = tmp_path / segment.name
        path.write_bytes(segment.path.read_bytes())
        copies.append(Segment(path.name, path, segment.size_bytes, segment.fragment))

    merged = merged_tail(replace(rung, segments=tuple(copies)))

    assert len(merged.segments) == len(rung.segments) - 1
    assert read_fragment(merged.segments[-1].path) == merged.segments[-1].fragment
    assert check_rung(merged, TIMING) == []


def test_cut_boxes_are_refused(rung: Variant, tmp_path: Path) -> None:
    cut = tmp_path / "cut.m4s"
    cut.write_bytes(rung.segments[0].path.read_bytes()[:-50])

    with pytest.raises(BoxesBroken):
        read_fragment(cut)
    with pytest.raises(BoxesBroken):
        read_tracks(cut)
