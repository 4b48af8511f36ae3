"""The checks see what is wrong: each sabotage of a good build is found."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from previews.media.builds import video
from previews.media.encoding.arguments import video_argv
from previews.media.encoding.storyboard import write_vtt
from previews.media.engine import BuildFailed, BuildRequest, build
from previews.media.packaging.appearance import check_appearance
from previews.media.packaging.checks import (
    check_count,
    check_loudness,
    check_pictures,
    check_proxy,
    check_rung,
    check_rungs,
    check_sizes,
    check_sound,
    check_storyboard,
    check_waveform,
    merged_tail,
)
from previews.media.packaging.listings import check_cues, check_playlist
from previews.media.packaging.mp4box import BoxesBroken, read_fragment, read_tracks
from previews.media.packaging.playlists import Segment, Variant, media_playlist
from previews.media.recipes import plan_storyboard, plan_timing
from tests.previews.media import Told, built, clip, packaged, run

TIMING = plan_timing(85, rate=Fraction(25))


@pytest.fixture(scope="module")
def rung() -> Variant:
    return packaged(built(clip("rate-25.mov", "25", frames=85), may_copy=False), "v0")


@pytest.fixture(scope="module")
def sound() -> Variant:
    return packaged(built(clip("rate-25.mov", "25", frames=85), may_copy=False), "v1", is_audio=True)


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


def test_a_segment_whose_first_picture_needs_others_is_found(rung: Variant, tmp_path: Path) -> None:
    segment = rung.segments[1]
    data = bytearray(segment.path.read_bytes())
    at = data.index(b"mdat") + 4
    while data[at + 4] & 31 != 5:
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    data[at + 4] = data[at + 4] & 0xE0 | 1
    spoilt = tmp_path / segment.name
    spoilt.write_bytes(bytes(data))
    segments = (rung.segments[0], replace(segment, path=spoilt), *rung.segments[2:])

    found = check_rung(replace(rung, segments=segments), TIMING)

    assert any("keyframe" in complaint for complaint in found)


def test_a_good_picture_says_what_it_is(rung: Variant) -> None:
    assert check_appearance(rung.init, codec=rung.track.codec) == []


COLOR = b"nclx\x00\x01\x00\x01\x00\x01\x00"
SPOILT: dict[str, tuple[bytes, bytes]] = {
    "square": (b"pasp\x00\x00\x00\x01\x00\x00\x00\x01", b"pasp\x00\x00\x00\x10\x00\x00\x00\x0f"),
    "bt709": (COLOR, b"nclx\x00\x09\x00\x10\x00\x09\x00"),
    "full range": (COLOR, COLOR[:-1] + b"\x80"),
    "4:2:0": (b"\xfd\xf8\xf8\x00", b"\xfe\xfa\xfa\x00"),
    "decoder configuration": (b"avcC\x01\x64", b"avcC\x01\x4d"),
    "tags of its source": (b"\xa9too", b"\xa9nam"),
    "odd side": (b"\x01\x40\x00\xb4\x00\x48", b"\x01\x3f\x00\xb4\x00\x48"),
    "does not say": (b"avc1", b"hev1"),
}


@pytest.mark.parametrize("words", SPOILT)
def test_each_wrong_word_about_the_picture_is_found(rung: Variant, words: str, tmp_path: Path) -> None:
    before, after = SPOILT[words]
    data = rung.init.read_bytes()
    assert before in data
    (tmp_path / "init.mp4").write_bytes(data.replace(before, after))

    found = check_appearance(tmp_path / "init.mp4", codec=rung.track.codec)

    assert any(words in complaint for complaint in found), found


def test_a_codec_that_the_playlist_names_wrong_is_found(rung: Variant) -> None:
    assert "names another codec" in check_appearance(rung.init, codec="avc1.640028")[0]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("#EXT-X-ENDLIST", "", "does not end"),
        ("#EXT-X-VERSION:7", "#EXT-X-VERSION:3", "another version"),
        ("#EXTINF:2.000000", "#EXTINF:1.900000", "adds up to"),
        ("#EXT-X-TARGETDURATION:2", "#EXT-X-TARGETDURATION:1", "above its target"),
        ("00001.m4s", "", "without a file"),
        ("00001.m4s", "00009.m4s", "missing or empty"),
        ("init.mp4", "begin.mp4", "missing or empty"),
    ],
)
def test_each_sabotage_of_a_playlist_is_found(rung: Variant, before: str, after: str, words: str) -> None:
    text = media_playlist(rung, target_s=2, is_final=True, is_ended=True)
    sizes = {"init.mp4": 9, **{segment.name: segment.size_bytes for segment in rung.segments}}
    assert check_playlist(text, sizes=sizes, lasts_s=3.4, name="v0") == []
    assert before in text

    found = check_playlist(text.replace(before, after), sizes=sizes, lasts_s=3.4, name="v0")

    assert any(words in complaint for complaint in found), found


def test_cues_that_do_not_touch_or_cover_are_found() -> None:
    story = plan_storyboard(TIMING, width=320, height=180)
    text = write_vtt(story, TIMING)
    assert check_cues(text, tiles=story.tiles, lasts_s=3.4) == []
    assert check_cues(text, tiles=story.tiles + 1, lasts_s=3.4)
    assert check_cues(text, tiles=story.tiles, lasts_s=3.5)
    assert check_cues(text.replace("00:00:00.000 -->", "00:00:00.010 -->"), tiles=story.tiles, lasts_s=3.4)


def test_frames_that_vanish_between_source_and_outputs_are_found() -> None:
    facts = built(clip("rate-25.mov", "25", frames=85), may_copy=False).result.facts.video
    assert facts is not None
    halved = replace(facts, rate=facts.rate / 2)
    assert check_count(85, decoded=85, errors=0, video=facts) == []
    assert check_count(84, decoded=85, errors=0, video=facts)
    assert check_count(84, decoded=85, errors=1, video=facts) == []
    assert check_count(42, decoded=85, errors=0, video=halved)
    assert check_count(43, decoded=85, errors=0, video=halved) == []


def test_loudness_that_was_not_measured_is_found() -> None:
    assert check_loudness(None)
    assert check_loudness({"silent": False, "true_peak_dbtp": None})
    assert check_loudness({"silent": True, "true_peak_dbtp": None}) == []
    assert check_loudness({"silent": False, "true_peak_dbtp": -3.0}) == []


def test_a_sheet_of_another_size_is_found() -> None:
    folder = built(clip("rate-25.mov", "25", frames=85), may_copy=False).store / "img"
    story = plan_storyboard(TIMING, width=320, height=180)
    size = (story.columns * story.tile_width, story.rows * story.tile_height)
    assert check_sizes(folder, ["storyboard-000.webp"], size=size) == []
    assert check_sizes(folder, ["storyboard-000.webp", "absent.webp"], size=(size[0] + 2, size[1]))


def test_a_build_whose_output_is_spoilt_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(*args: Any, **words: Any) -> list[str]:
        return [
            word.replace("colorspace=bt709", "colorspace=smpte170m") for word in video_argv(*args, **words)
        ]

    monkeypatch.setattr(video, "video_argv", spoil)
    (tmp_path / "work").mkdir()
    source = clip("rate-25.mov", "25", frames=85)

    with pytest.raises(BuildFailed, match="not tagged bt709"):
        build(BuildRequest(source, tmp_path / "work", source.name, may_copy=False), Told(tmp_path / "store"))


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
    proxy = built(clip("rate-25.mov", "25", frames=85), may_copy=False).proxy
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
    whole = built(clip("rate-25.mov", "25", frames=85), may_copy=False).store / "img/poster.webp"
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
