"""What changes midway: sound that gets another layout or rate, pictures that get another size."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.previews.media import (
    FAST,
    Built,
    built,
    decoded_numbers,
    drawn_number,
    made,
    picture,
    run,
    sound_of,
    tone,
)

INTERLACED = ["-c:v", "mpeg2video", "-q:v", "3", "-flags", "+ildct+ilme", "-bf", "0", "-g", "10"]


def after_one_another(path: Path, parts: list[list[str]], *, seconds: float = 2.0) -> None:
    """Write parts of one recording, their clock going on, as a transmitter sends them."""
    for number, words in enumerate(parts):
        clock = ["-output_ts_offset", str(10 + seconds * number)]
        run(*words, *clock, str(path.with_suffix(f".{number}{path.suffix}")))
    path.write_bytes(
        b"".join(path.with_suffix(f".{number}{path.suffix}").read_bytes() for number in range(len(parts)))
    )


def pitch(samples: "np.ndarray[Any, Any]", start: float, end: float) -> int:
    """Give the loudest frequency between two times, to 10 Hz; 0 where nothing sounds."""
    piece = samples[round(start * 48000) : round(end * 48000)]
    if np.abs(piece).max() < 0.01:
        return 0
    hertz = int(np.argmax(np.abs(np.fft.rfft(piece)))) * 48000 / len(piece)
    return 10 * round(hertz / 10)


SOUNDS = {
    "ac3-narrower": ("ac3", ("5.1", 48000), ("stereo", 48000), 6),
    "ac3-wider": ("ac3", ("stereo", 48000), ("5.1", 48000), 6),
    "eac3": ("eac3", ("5.1", 48000), ("mono", 48000), 6),
    "aac": ("aac", ("stereo", 44100), ("mono", 48000), 2),
    "mp2": ("mp2", ("mono", 48000), ("stereo", 32000), 2),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_that_changes_its_layout_or_rate_midway_goes_on_in_its_place(name: str) -> None:
    coding, *shapes, channels = SOUNDS[name]
    coded = ["-frames:v", "50", *FAST, "-c:a", coding]
    parts = [
        [*picture("25"), *tone(2, layout=layout, hz=hertz), *coded, "-ar", str(rate)]
        for hertz, (layout, rate) in zip((440, 880), shapes, strict=True)
    ]

    done = built(made(f"{name}.ts", lambda path: after_one_another(path, parts)))

    assert (done.result.state, done.result.facts.channels) == ("ready", channels)
    assert [number for number, _ in decoded_numbers(done.proxy)] == [*range(50), *range(50)]
    samples = sound_of(done.proxy)
    assert (pitch(samples, 0.1, 1.9), pitch(samples, 2.1, 3.9)) == (440, 880)
    assert (pitch(samples, 1.85, 1.95), pitch(samples, 2.05, 2.15)) == (440, 880)
    assert done.result.meta["loudness"]["integrated_lufs"] == pytest.approx(-21.7, abs=0.6)


def test_sound_alone_that_changes_midway_is_heard_to_its_end() -> None:
    parts = [["-c:a", "ac3"], ["-c:a", "ac3", "-ac", "2"]]
    words = [[*tone(2, layout="5.1", hz=hertz), *part] for hertz, part in zip((440, 880), parts, strict=True)]

    done = built(made("alone.ac3", lambda path: after_one_another(path, words)))

    samples = sound_of(done.proxy)
    assert (done.result.state, round(len(samples) / 48000)) == ("ready", 4)
    assert (pitch(samples, 0.1, 1.9), pitch(samples, 2.1, 3.9)) == (440, 880)


@pytest.mark.parametrize("coding", ["ac3", "eac3", "aac", "mp2", "libmp3lame"])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_sound_that_stays_as_it_is_is_decoded_once(coding: str, layout: str) -> None:
    words = [*tone(1, layout=layout), "-c:a", coding]
    done = built(made(f"steady-{coding}-{layout}.ts", lambda path: run(*words, str(path))))

    assert done.result.facts.audio is not None
    assert not done.result.facts.audio.is_changing


LONG = "aevalsrc='if(lt(t,8),0,0.3*random(0))':s=48000:d=16"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("quiet-first.aac", ["-c:a", "aac", "-q:a", "2"]),
        ("quiet-first.mp3", ["-q:a", "0", "-write_xing", "0"]),
    ],
)
def test_sound_whose_length_no_header_tells_is_not_called_cut_short(name: str, words: list[str]) -> None:
    """What is guessed from the quiet beginning is many times as long."""
    done = built(made(name, lambda path: run("-f", "lavfi", "-i", LONG, *words, str(path))))

    assert done.result.state == "ready"
    assert done.result.facts.duration == pytest.approx(16, abs=0.1)


def test_an_mp3_of_two_joined_end_to_end_is_whole() -> None:
    words = [[*tone(2), "-b:a", rate] for rate in ("64k", "192k")]

    done = built(made("joined.mp3", lambda path: after_one_another(path, words)))

    assert (done.result.state, round(done.result.facts.duration or 0)) == ("ready", 4)


def test_an_mp3_that_is_cut_still_says_so() -> None:
    whole = made("whole-length.mp3", lambda path: run(*tone(6), str(path))).read_bytes()

    done = built(made("cut-length.mp3", lambda path: path.write_bytes(whole[: len(whole) // 2])))

    assert done.result.state == "partial"


def call(path: Path, sizes: tuple[str, ...], *, codec: list[str]) -> None:
    """Record a call whose picture gets another size when the line changes; 30 frames of each."""
    with av.open(str(path), "w") as recording:
        stream = None
        for number, size in enumerate(sizes):
            part = path.with_name(f"{path.stem}-{number}.webm")
            run(*picture("25"), "-frames:v", "30", "-vf", f"scale={size},setsar=1", *codec, str(part))
            with av.open(str(part)) as container:
                stream = stream or recording.add_stream_from_template(container.streams.video[0])
                for packet in container.demux(video=0):
                    if packet.dts is not None and packet.pts is not None:
                        packet.pts, packet.dts = packet.pts + 1200 * number, packet.dts + 1200 * number
                        packet.stream = stream
                        recording.mux(packet)


def shown(done: Built) -> "list[np.ndarray[Any, Any]]":
    with av.open(str(done.proxy)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "800k"]
CALLS = {
    "larger": (("320:180", "640:360"), (180, 320)),
    # A shape that is narrower stands between black sides, one that is wider below black.
    "narrower": (("640:360", "480:360"), (360, 480)),
    "upright": (("640:360", "360:640"), (360, 200)),
    "wider": (("480:360", "640:360"), (268, 480)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_picture_that_changes_its_size_midway_keeps_its_shape_and_every_frame(name: str) -> None:
    sizes, (high, wide) = CALLS[name]

    done = built(made(f"call-{name}.webm", lambda path: call(path, sizes, codec=VP8)))

    assert (done.result.state, done.result.facts.frame_count) == ("ready", 60)
    frames = shown(done)
    height, width = frames[0].shape
    top, left = (height - high) // 2, (width - wide) // 2
    inside = [frame[top : top + high, left : left + wide] for frame in frames[30:]]
    assert [drawn_number(frame) for frame in [*frames[:30], *inside]] == [*range(30), *range(30)]
    for frame in frames[30:]:
        around = np.concatenate([frame[: max(0, top - 4)].ravel(), frame[:, : max(0, left - 4)].ravel(), [0]])
        assert around.max() < 30


TELEVISION = {
    # The decoder drops the picture that it holds back when the size changes; the one before stands in its place.
    "interlaced": (INTERLACED, "720:576,setsar=64/45,setfield=tff", "1280:720,setsar=1,setfield=tff", 28),
    "h264": (["-c:v", "libx264", "-bf", "0"], "1280:720,setsar=1", "720:576,setsar=64/45", 29),
}


@pytest.mark.parametrize("name", TELEVISION)
def test_a_broadcast_that_changes_its_size_midway_fills_its_frame(name: str) -> None:
    codec, *sizes, last = TELEVISION[name]
    coded = ["-frames:v", "30", *codec, "-c:a", "mp2"]
    parts = [
        [*picture("25"), *tone(1.2, hz=hertz), *coded, "-vf", f"scale={size}"]
        for hertz, size in zip((440, 880), sizes, strict=True)
    ]

    done = built(made(f"television-{name}.ts", lambda path: after_one_another(path, parts, seconds=1.2)))

    assert (done.result.state, done.result.facts.frame_count) == ("ready", 60)
    assert [drawn_number(frame) for frame in shown(done)] == [*range(29), last, *range(30)]
    samples = sound_of(done.proxy)
    assert (pitch(samples, 0.1, 1.1), pitch(samples, 1.3, 2.3)) == (440, 880)
