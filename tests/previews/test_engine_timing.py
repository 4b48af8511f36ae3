"""The right frame: every rate is kept exactly, in the MP4 and in every rung."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from previews.media.packaging.mp4box import read_tracks
from tests.previews.fields import stream_of_fields
from tests.previews.media import (
    FAST,
    built,
    clip,
    decoded_numbers,
    joined,
    made,
    picture,
    run,
    sound_of,
    tone,
)

RATES = ["24000/1001", "25", "30000/1001", "50", "60000/1001"]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "4"]
CONTAINERS = [("mkv", "30000/1001", FAST), ("ts", "24000/1001", FAST), ("mxf", "25", MPEG2)]


def assert_every_frame(path: Path, *, rate: str, frames: int) -> None:
    exact = Fraction(rate)
    numbers = decoded_numbers(path)
    assert [number for number, _ in numbers] == list(range(frames))
    assert all(abs(time - float(number / exact)) < 1e-4 for number, time in numbers)


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_is_at_its_time_in_the_mp4_and_in_hls(rate: str) -> None:
    frames = int(3.4 * Fraction(rate))
    done = built(clip(f"rate-{rate.replace('/', '-')}.mov", rate, frames=frames))

    assert done.result.state == "ready"
    assert done.result.facts.frame_rate == str(Fraction(rate)) + ("/1" if "/" not in rate else "")
    assert done.result.facts.frame_count == frames
    assert_every_frame(done.proxy, rate=rate, frames=frames)
    assert_every_frame(joined(done.store, "v0"), rate=rate, frames=frames)


def test_a_film_of_few_frames_a_second_plays() -> None:
    done = built(clip("rate-1-2.mov", "1/2", frames=4))

    assert done.result.state == "ready"
    assert_every_frame(joined(done.store, "v0"), rate="1/2", frames=4)


@pytest.mark.parametrize(("container", "rate", "codec"), CONTAINERS)
def test_the_rate_is_exact_in_containers_with_coarse_clocks(
    container: str, rate: str, codec: list[str]
) -> None:
    done = built(clip(f"coarse.{container}", rate, frames=61, codec=codec))

    assert done.result.facts.frame_rate == str(Fraction(rate)) + ("/1" if "/" not in rate else "")
    assert_every_frame(done.proxy, rate=rate, frames=61)


@pytest.mark.parametrize("frames", [1, 2, 6])
def test_a_clip_shorter_than_a_second_is_mp4_alone_with_every_frame(frames: int) -> None:
    done = built(clip(f"short-{frames}.mov", "25", frames=frames))

    assert not any(name.startswith("hls/") for name in done.result.published)
    assert {"mp4/proxy.mp4", "img/poster.webp", "img/storyboard.vtt"} <= done.result.published
    assert_every_frame(done.proxy, rate="25", frames=frames)


@pytest.mark.parametrize("tail", [1, 2, 11])
def test_no_short_segment_is_left_at_the_end(tail: int) -> None:
    done = built(clip(f"tail-{tail}.mov", "25", frames=50 + tail))

    playlist = (done.store / "hls/v0/index.m3u8").read_text()
    last = float(playlist.strip().splitlines()[-3].removeprefix("#EXTINF:").rstrip(","))
    assert last * 25 >= 12
    assert_every_frame(joined(done.store, "v0"), rate="25", frames=50 + tail)


def test_a_variable_rate_becomes_constant_and_keeps_its_length() -> None:
    def make(path: Path) -> None:
        slow = "select='lt(n,30)+not(mod(n,4))'"
        run(*picture("60", seconds=3), *tone(3), "-vf", slow, "-fps_mode", "vfr", *FAST, str(path))

    done = built(made("variable.mkv", make))

    video = done.result.facts.video
    assert video is not None
    assert video.is_variable
    assert video.rate == 60
    assert abs((done.result.facts.duration or 0) - 3.0) < 0.07
    numbers = decoded_numbers(done.proxy)
    assert len(numbers) == done.result.facts.frame_count
    assert all(abs(number - time * 60) < 4.1 for number, time in numbers)


@pytest.mark.parametrize(
    ("rate", "thinned"), [("120", "60/1"), ("120000/1001", "60000/1001"), ("100", "50/1")]
)
def test_a_rate_above_sixty_is_thinned_to_every_second_frame(rate: str, thinned: str) -> None:
    done = built(clip(f"fast-{rate.replace('/', '-')}.mov", rate, frames=140))

    assert done.result.facts.frame_rate == thinned
    numbers = decoded_numbers(done.proxy)
    assert [number for number, _ in numbers] == list(range(0, 140, 2))
    assert all(abs(time - float(number / Fraction(rate))) < 1e-4 for number, time in numbers)


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_interlaced_frames_stay_frames(order: str) -> None:
    codec = ["-vf", f"setfield={order}", "-c:v", "mpeg2video", "-q:v", "3", "-flags", "+ildct+ilme"]
    done = built(clip(f"interlaced-{order}.mov", "25", frames=40, codec=codec))

    assert done.result.facts.video is not None
    assert done.result.facts.video.is_interlaced
    assert_every_frame(done.proxy, rate="25", frames=40)


def test_frames_whose_fields_are_stored_apart_are_counted_once() -> None:
    def make(path: Path) -> None:
        coded = path.with_suffix(".h264")
        coded.write_bytes(stream_of_fields(36))
        run("-r", "50", "-f", "h264", "-i", str(coded), "-c", "copy", str(path))

    done = built(made("fields.ts", make))

    assert (done.result.state, done.result.facts.frame_rate) == ("ready", "25/1")
    assert_every_frame(done.proxy, rate="25", frames=36)


def test_a_recording_that_begins_inside_a_group_of_pictures_keeps_its_sound_in_time() -> None:
    """What a tuner records begins anywhere; pictures come with the next keyframe, sound at once."""
    beep = "aevalsrc='if(lt(mod(t,1),0.04),sin(2*PI*1000*t),0)':s=48000"
    coded = ["-c:v", "mpeg2video", "-q:v", "4", "-bf", "2", "-g", "30", "-sc_threshold", "1000000000"]
    words = [*picture("25"), "-f", "lavfi", "-t", "4", "-i", beep, "-frames:v", "100", *coded, "-c:a", "mp2"]
    whole = made("tuned.ts", lambda path: run(*words, str(path)))
    packets = whole.stat().st_size // 188
    cut = made("cut.ts", lambda path: path.write_bytes(whole.read_bytes()[packets // 8 * 188 :]))

    done = built(cut)

    numbers = [number for number, _ in decoded_numbers(done.proxy)]
    assert (done.result.state, numbers) == ("ready", list(range(numbers[0], 100)))
    assert 0 < numbers[0] <= 30
    beeped = float(np.argmax(np.abs(sound_of(done.proxy)) > 0.3)) / 48000
    assert abs((numbers[0] / 25 + beeped) % 1 - 0.02) < 0.045


@pytest.mark.parametrize("then", ["0", "2000"])
def test_recordings_joined_end_to_end_play_on_whatever_their_clocks_say(then: str) -> None:
    def make(path: Path) -> None:
        for number, offset in enumerate(("1000", then)):
            words = [
                *picture("25"),
                *tone(1),
                "-frames:v",
                "25",
                *FAST,
                "-c:a",
                "mp2",
                "-output_ts_offset",
                offset,
            ]
            run(*words, str(path.with_suffix(f".{number}.ts")))
        path.write_bytes(b"".join(path.with_suffix(f".{number}.ts").read_bytes() for number in range(2)))

    done = built(made(f"joined-{then}.ts", make))

    assert (done.result.state, done.result.facts.frame_rate) == ("ready", "25/1")
    assert [number for number, _ in decoded_numbers(done.proxy)] == [*range(25), *range(25)]
    assert len(sound_of(done.proxy)) / 48000 == pytest.approx(2, abs=0.1)


def test_an_edit_list_that_cuts_into_a_group_of_pictures_is_obeyed() -> None:
    source = clip("whole.mov", "25", frames=75)
    done = built(
        made("edited.mov", lambda path: run("-ss", "0.8", "-i", str(source), "-c", "copy", str(path)))
    )

    numbers = [number for number, _ in decoded_numbers(done.proxy)]
    assert numbers == list(range(20, 75))
    assert done.result.facts.frame_count == 55


PIECES = {
    "all-keys": (["-g", "1", "-bf", "0"], [(10, 15), (40, 12), (5, 8)]),
    # Pictures are stored in another order than they are shown in, and each piece begins inside a group.
    "b-frames": (["-g", "12", "-bf", "3"], [(30, 15), (5, 10)]),
    "b-frames-far": (["-g", "50", "-bf", "2"], [(52, 10), (3, 30)]),
}


@pytest.mark.parametrize("name", PIECES)
def test_an_edit_list_of_several_pieces_shows_each_in_its_turn(name: str) -> None:
    words, pieces = PIECES[name]
    source = clip(f"uncut-{name}.mov", "25", frames=70, codec=[*FAST, *words])
    done = built(
        made(f"pieces-{name}.mov", lambda path: path.write_bytes(with_pieces(source.read_bytes(), pieces)))
    )

    wanted = [first + number for first, frames in pieces for number in range(frames)]
    assert [number for number, _ in decoded_numbers(done.proxy)] == wanted
    assert (done.result.state, done.result.facts.frame_count) == ("ready", len(wanted))


def with_pieces(data: bytes, pieces: list[tuple[int, int]]) -> bytes:
    """Let the picture of a 25 fps MOV, whose index comes last, show `(first frame, frames)` one after the other."""
    places = [data.index(kind) + 16 for kind in (b"mvhd", b"mdhd")]
    movie, scale = (int.from_bytes(data[at : at + 4], "big") for at in places)
    # Where its frames are stored in another order, the first is shown later than at zero.
    zero = int.from_bytes(data[data.index(b"elst") + 16 :][:4], "big")
    entries = b"".join(
        struct.pack(">IiI", frames * movie // 25, zero + first * scale // 25, 1 << 16)
        for first, frames in pieces
    )
    out = bytearray(data)
    place = data.index(b"edts") - 4
    old = int.from_bytes(data[place : place + 4], "big")
    elst = struct.pack(">I4sII", 16 + len(entries), b"elst", 0, len(pieces)) + entries
    out[place : place + old] = struct.pack(">I4s", 8 + len(elst), b"edts") + elst
    for kind in (b"moov", b"trak"):
        at = data.index(kind) - 4
        size = int.from_bytes(data[at : at + 4], "big") + 8 + len(elst) - old
        out[at : at + 4] = size.to_bytes(4, "big")
    return bytes(out)


@pytest.mark.parametrize("seconds", ["0.2", "4"])
def test_frames_before_the_zero_of_a_matroska_file_are_shown(seconds: str) -> None:
    """Its reader gives no time to what lies before; here a part of the film, or all of it."""
    source = clip("after-zero.mkv", "25", frames=30)
    words = ["-itsoffset", f"-{seconds}", "-i", str(source), "-c", "copy", "-avoid_negative_ts", "disabled"]
    done = built(made(f"before-{seconds}.mkv", lambda path: run(*words, str(path))))

    assert done.result.state == "ready"
    assert_every_frame(done.proxy, rate="25", frames=30)


@pytest.mark.parametrize("late", ["picture", "sound"])
def test_a_flash_and_its_beep_stay_together(late: str) -> None:
    def make(path: Path) -> None:
        flash = "color=black:s=320x180:r=25,drawbox=color=white:t=fill:enable='eq(n,25)'"
        beep = "aevalsrc='if(between(t,1,1.04),sin(2*PI*1000*t),0)':s=48000"
        shift = ["-itsoffset", "0.2"] if late == "picture" else []
        after = ["-itsoffset", "0.2"] if late == "sound" else []
        words = ["-f", "lavfi", "-t", "2", "-i"]
        run(*shift, *words, flash, *after, *words, beep, *FAST, "-c:a", "pcm_s16le", str(path))

    done = built(made(f"flash-{late}.mov", make))

    with av.open(str(done.proxy)) as container:
        flashed = next(
            float(frame.time or 0)
            for frame in container.decode(video=0)
            if frame.to_ndarray(format="gray").mean() > 128
        )
    beeped = float(np.argmax(np.abs(sound_of(done.proxy)) > 0.3)) / 48000
    assert abs(beeped - flashed - (0.2 if late == "sound" else -0.2)) < 0.010


@pytest.mark.parametrize(("timecode", "is_drop"), [("01:00:00;02", True), ("10:00:00:00", False)])
def test_start_timecode_and_drop_frame_are_read(timecode: str, is_drop: bool) -> None:
    name = f"timecode-{is_drop}.mov"
    done = built(clip(name, "30000/1001", frames=35, extra=["-timecode", timecode]))

    assert done.result.facts.start_timecode == timecode
    assert done.result.facts.drop_frame is is_drop


def test_both_tracks_of_the_mp4_begin_at_zero() -> None:
    done = built(clip("rate-25.mov", "25", frames=85))

    assert [track.presented_start for track in read_tracks(done.proxy)] == [0, 0]


def test_a_film_of_a_frame_more_than_announced_keeps_its_sound_to_the_end() -> None:
    """A tail of one frame joins the segment before it, and so does the sound beneath."""
    longer = made(
        "longer.avi",
        lambda path: run(
            *picture("25", seconds=2),
            *["-f", "lavfi", "-t", "2", "-i", "sine=r=44100"],
            *["-c:v", "mpeg4", "-q:v", "5", str(path)],
        ),
    )

    done = built(longer)

    assert done.result.state == "ready"
    assert done.result.facts.frame_count == 51
    listed = [(done.store / f"hls/{each}/index.m3u8").read_text() for each in ("v0", "v2")]
    assert [each.count("#EXTINF") for each in listed] == [1, 1]
