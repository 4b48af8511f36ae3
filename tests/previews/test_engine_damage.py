"""Damaged masters: what can be played plays and says how much; nothing that plays is ever called whole."""

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from previews.media.engine import BuildFailed, BuildRequest, MediaFacts, build
from previews.media.packaging.checks import check_sound
from previews.media.probing import probe as probing
from previews.media.recipes import plan_timing
from tests.previews.media import (
    Built,
    Told,
    built,
    clip,
    decoded_numbers,
    joined,
    made,
    packaged,
    run,
    tone,
)


def faststart() -> Path:
    return clip("faststart.mp4", "25", frames=100, extra=["-movflags", "+faststart", "-b:v", "800k"])


def test_a_file_cut_in_the_middle_is_partial_and_says_how_much_plays() -> None:
    whole = faststart().read_bytes()
    done = built(made("cut.mp4", lambda path: path.write_bytes(whole[: int(len(whole) * 0.6)])))

    frames = done.result.facts.frame_count or 0
    assert done.result.state == "partial"
    assert done.result.reason is not None
    assert "%" in done.result.reason
    assert f"{frames / 25:.1f} of 4.0 seconds play" in done.result.reason
    assert 30 < frames < 80
    for path in (done.proxy, joined(done.store, "v0")):
        numbers = [number for number, _ in decoded_numbers(path)]
        assert len(numbers) == frames
        assert numbers[:-3] == list(range(frames - 3))


CUT = {
    "cut.mkv": [],
    "cut.avi": ["-c:v", "mpeg4", "-q:v", "3", "-c:a", "libmp3lame"],
    "cut.mxf": ["-c:v", "mpeg2video", "-q:v", "3", "-c:a", "pcm_s16le"],
    "cut.flv": [],
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_file_of_any_container_plays_what_is_left(name: str) -> None:
    whole = clip(f"whole-{name}", "25", frames=100, codec=CUT[name] or None).read_bytes()
    done = built(made(name, lambda path: path.write_bytes(whole[: int(len(whole) * 0.6)])))

    frames = done.result.facts.frame_count or 0
    assert done.result.state == "partial"
    assert "of 4." in (done.result.reason or "")
    assert 30 < frames < 80
    numbers = [number for number, _ in decoded_numbers(done.proxy)]
    assert numbers == sorted(numbers)
    assert set(numbers) >= set(range(frames - 4))


def test_a_cut_sound_plays_what_is_left() -> None:
    sound = made("whole.wav", lambda path: run(*tone(4), "-c:a", "pcm_s16le", str(path)))
    data = sound.read_bytes()
    done = built(made("cut.wav", lambda path: path.write_bytes(data[: len(data) // 2])))

    assert done.result.state == "partial"
    assert "2.0 of 4.0 seconds" in (done.result.reason or "")


def test_a_wrong_length_in_the_header_of_a_whole_file_is_no_damage() -> None:
    def make(path: Path) -> None:
        data = bytearray(clip("long.mkv", "25", frames=50).read_bytes())
        at = data.index(b"\x44\x89\x88") + 3
        data[at : at + 8] = struct.pack(">d", 60_000.0)
        path.write_bytes(bytes(data))

    done = built(made("boasting.mkv", make))

    assert (done.result.state, done.result.facts.frame_count) == ("ready", 50)


def test_a_file_cut_before_its_index_fails_with_advice() -> None:
    whole = clip("rate-25.mov", "25", frames=85).read_bytes()

    with pytest.raises(BuildFailed, match="before its index") as failure:
        built(made("headless.mp4", lambda path: path.write_bytes(whole[: len(whole) // 2])))

    assert failure.value.permanent


def test_a_file_cut_right_after_its_index_fails() -> None:
    whole = faststart().read_bytes()
    start = whole.index(b"mdat") + 8

    with pytest.raises(BuildFailed) as failure:
        built(made("index-only.mp4", lambda path: path.write_bytes(whole[:start])))

    assert failure.value.permanent


def test_holes_in_the_picture_keep_sound_in_time() -> None:
    def make(path: Path) -> None:
        data = bytearray(clip("long.ts", "25", frames=100).read_bytes())
        for packet in range(len(data) // 188 * 4 // 10, len(data) // 188 * 5 // 10):
            data[packet * 188 : packet * 188 + 188] = b"\x47\x1f\xff\x10" + b"\xff" * 184
        path.write_bytes(bytes(data))

    done = built(made("holes.ts", make))

    numbers = decoded_numbers(done.proxy)
    late = [(number, time) for number, time in numbers if time > 3]
    assert late
    assert all(abs(number - time * 25) <= 2 for number, time in late)


@pytest.mark.parametrize("wrong", [-7, 9])
def test_a_probe_that_counted_wrong_is_mended_without_a_second_encode(
    wrong: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = clip("rate-25.mov", "25", frames=85)

    def miscount(source: Path, *, name: str, scratch: Path) -> MediaFacts:
        facts = probing.probe(source, name=name, scratch=scratch)
        assert facts.video is not None
        return replace(facts, frame_count=85 + wrong, video=replace(facts.video, frames=85 + wrong))

    monkeypatch.setattr("previews.media.engine.probe", miscount)
    told = Told(tmp_path / "store")
    (tmp_path / "work").mkdir()

    result = build(BuildRequest(source, tmp_path / "work", source.name), told)

    done = Built(result, told)
    assert result.facts.frame_count == 85
    assert [number for number, _ in decoded_numbers(done.proxy)] == list(range(85))
    timing = plan_timing(85, rate=result.facts.video.rate)  # type: ignore[union-attr]
    names = [rendition.paths[0].split("/")[1] for rendition in result.renditions if rendition.kind == "audio"]
    assert check_sound(packaged(done, names[0], is_audio=True), timing) == []
    assert names[0] in (done.store / "hls/master.m3u8").read_text()
    overwritten = [name for name, _, _ in told.published if not name.endswith("live.m3u8")]
    assert len(overwritten) == len(set(overwritten))
