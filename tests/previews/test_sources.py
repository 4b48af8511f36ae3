"""Every kind of source that editors send: recognised, every frame in its place, sound heard."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.previews.media import FAST, Built, built, clip, decoded_numbers, made, picture, run, sound_of, tone

PCM, AAC = ["-c:a", "pcm_s16le"], ["-c:a", "aac"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]
SOURCES = {
    "prores.mov": ("24000/1001", "prores", ["-c:v", "prores_ks", "-profile:v", "3", *PCM]),
    "dnxhr.mxf": ("25", "dnxhd", ["-vf", "scale=480:270", "-c:v", "dnxhd", "-profile:v", "dnxhr_sq", *PCM]),
    "hevc10.mp4": ("60000/1001", "hevc", [*X265, "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", *AAC]),
    "av1.mkv": (
        "25",
        "av1",
        ["-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-crf", "20", *AAC],
    ),
    "vp9.webm": ("30000/1001", "vp9", ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime"]),
    "h264.flv": ("25", "h264", [*FAST, *AAC]),
    "h264.m2ts": ("30000/1001", "h264", [*FAST, "-c:a", "ac3"]),
    "mpeg2.mpg": ("30000/1001", "mpeg2video", ["-c:v", "mpeg2video", "-q:v", "3", "-bf", "2", "-c:a", "mp2"]),
    "mpeg2.mxf": ("25", "mpeg2video", ["-c:v", "mpeg2video", "-q:v", "3", "-bf", "2", *PCM]),
    "mpeg4.avi": ("25", "mpeg4", ["-c:v", "mpeg4", "-q:v", "3", "-bf", "2", "-c:a", "libmp3lame"]),
    "dv.mov": ("25", "dvvideo", ["-vf", "scale=720:576", "-c:v", "dvvideo", "-pix_fmt", "yuv420p", *PCM]),
    "wmv2.wmv": ("25", "wmv2", ["-c:v", "wmv2", "-q:v", "3", "-c:a", "wmav2"]),
    "mjpeg.avi": ("30", "mjpeg", ["-c:v", "mjpeg", "-q:v", "3", *PCM]),
    "theora.ogv": ("25", "theora", ["-c:v", "libtheora", "-q:v", "7", "-c:a", "libvorbis"]),
    "v210.mov": ("50", "v210", ["-c:v", "v210", *PCM]),
    "fragments.mp4": ("25", "h264", [*FAST, *AAC, "-movflags", "frag_keyframe+empty_moov"]),
    "live.mkv": ("25", "h264", [*FAST, *AAC, "-live", "1", "-f", "matroska"]),
}


def assert_exact(done: Built, *, rate: str, frames: int) -> None:
    numbers = decoded_numbers(done.proxy)
    assert [number for number, _ in numbers] == list(range(frames))
    assert all(abs(time - float(number / Fraction(rate))) < 1e-4 for number, time in numbers)


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_plays_with_every_frame_and_its_sound(name: str) -> None:
    rate, coding, words = SOURCES[name]
    done = built(clip(f"source-{name}", rate, frames=30, codec=words))

    facts = done.result.facts
    assert (done.result.state, facts.kind, facts.frame_count) == ("ready", "video", 30)
    assert Fraction(facts.frame_rate or 0) == Fraction(rate)
    assert facts.video is not None
    assert facts.video.codec == coding
    assert_exact(done, rate=rate, frames=30)
    assert np.abs(sound_of(done.proxy)).max() > 0.05


@pytest.mark.parametrize("name", ["moving.gif", "moving.png"])
def test_a_moving_picture_is_a_video(name: str) -> None:
    words = ["-an"] if name.endswith("gif") else ["-an", "-c:v", "apng", "-plays", "0", "-f", "apng"]
    done = built(clip(name, "10", frames=12, codec=words))

    assert done.result.facts.kind == "video"
    assert_exact(done, rate="10", frames=12)


def test_a_gif_of_one_picture_stays_a_still() -> None:
    still = made("still.gif", lambda path: run(*picture("10"), "-frames:v", "1", str(path)))

    assert built(still).result.facts.kind == "image"


def test_a_coding_without_a_decoder_ends_with_facts_and_says_why() -> None:
    done = built(clip("foreign.avi", "25", frames=12, codec=["-c:v", "snow", *PCM]))

    assert (done.result.state, done.result.renditions) == ("ready", ())
    assert "snow" in (done.result.reason or "")
    assert "downloaded" in (done.result.reason or "")
    assert (done.result.facts.width, done.result.facts.height) == (320, 180)
    assert done.result.meta["media"]["mediainfo"]


SOUNDS = {
    "sound.aiff": ["-c:a", "pcm_s24be"],
    "sound.m4a": AAC,
    "sound.opus": ["-c:a", "libopus"],
    "sound.ogg": ["-c:a", "libvorbis"],
    "sound.wma": ["-c:a", "wmav2"],
    "sound.caf": ["-c:a", "alac"],
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_alone_plays_and_shows_its_waveform(name: str) -> None:
    done = built(made(name, lambda path: run(*tone(1.6), *SOUNDS[name], str(path))))

    assert (done.result.state, done.result.facts.kind) == ("ready", "audio")
    assert {"hls/master.m3u8", "mp4/proxy.mp4", "img/waveform.json"} <= done.result.published
    assert abs(len(sound_of(done.proxy)) / 48000 - 1.6) < 0.1
    assert max(json.loads((done.store / "img/waveform.json").read_text())["peaks"]) > 3


def covered(name: str, cover: Path) -> Path:
    words = ["-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic"]
    return made(name, lambda path: run(*tone(1.2), "-i", str(cover), *words, str(path)))


@pytest.mark.parametrize("name", ["cover.mp3", "cover.flac", "cover.m4a"])
def test_the_cover_of_a_sound_is_its_poster(name: str) -> None:
    red = ["-f", "lavfi", "-i", "color=red:s=400x400", "-frames:v", "1"]
    cover = made("red.jpg", lambda path: run(*red, str(path)))

    done = built(covered(name, cover))

    assert done.result.facts.kind == "audio"
    with Image.open(done.store / "img/poster.webp") as poster:
        assert poster.size == (400, 400)
        red_, green, blue = poster.convert("RGB").getpixel((200, 200))  # type: ignore[misc]
    assert red_ > 200 > 60 > max(green, blue)
    assert {each.name for each in done.result.renditions} >= {"poster", "thumbnails", "mp4"}


def test_a_cover_that_cannot_be_read_does_not_fail_the_sound() -> None:
    noise = made("noise.jpg", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8))
    source = covered(
        "broken.mp3", made("green.jpg", lambda path: run(*picture("25"), "-frames:v", "1", str(path)))
    )
    data = source.read_bytes()
    start = data.index(b"\xff\xd8\xff")
    broken = data[: start + 4] + noise.read_bytes()[4:2000] + data[start + 2000 :]

    done = built(made("broken-cover.mp3", lambda path: path.write_bytes(broken)))

    assert done.result.state == "ready"
    assert "img/poster.webp" not in done.result.published
