"""Sound: every layout becomes audible stereo in time with the picture; loudness is of the original."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.previews.media import FAST, Built, built, clip, joined, made, picture, run, sound_of, tone

PCM = ["-c:a", "pcm_s16le"]


def waveform(done: Built) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((done.store / "img/waveform.json").read_text())
    return document


def loud_from(samples: "np.ndarray[Any, Any]") -> float:
    """Seconds before the first sound."""
    return float(np.argmax(np.abs(samples) > 0.01)) / 48000


@pytest.mark.parametrize("layout", ["mono", "5.1", "7.1", "stereo"])
def test_every_layout_plays_as_stereo_and_is_measured(layout: str) -> None:
    source = made(
        f"layout-{layout}.mov",
        lambda path: run(*picture("25", seconds=2), *tone(2, layout=layout), *FAST, *PCM, str(path)),
    )

    done = built(source)

    assert done.result.facts.channels == {"mono": 1, "5.1": 6, "7.1": 8, "stereo": 2}[layout]
    assert np.abs(sound_of(done.proxy)).max() > 0.02
    assert done.result.meta["loudness"]["integrated_lufs"] is not None
    assert done.result.meta["loudness"]["true_peak_dbtp"] < 0
    document = waveform(done)
    assert (document["v"], document["channels"], document["rate"]) == (1, 1, 100)
    assert 2 * 198 <= len(document["peaks"]) <= 2 * 202
    assert max(document["peaks"]) > 3


def test_a_centre_that_sounds_alone_stays_audible() -> None:
    centre = "pan=5.1|FC=c0"
    source = made(
        "centre.mov",
        lambda path: run(
            *picture("25", seconds=1.5), *tone(1.5, layout="mono"), "-af", centre, *FAST, *PCM, str(path)
        ),
    )

    assert np.abs(sound_of(built(source).proxy)).max() > 0.02


def tones(name: str, tracks: list[int], *, labels: list[str] | None = None) -> Path:
    """A clip with one mono track for each frequency; 0 is silence."""

    def make(path: Path) -> None:
        inputs = [*picture("25", seconds=1.2)]
        for number, hertz in enumerate(tracks):
            layout = f",aformat=channel_layouts={labels[number]}" if labels else ""
            source = f"sine=f={hertz}:r=48000" if hertz else "anullsrc=r=48000:cl=mono"
            inputs += ["-f", "lavfi", "-t", "1.2", "-i", source + layout]
        maps = [word for number in range(len(tracks) + 1) for word in ("-map", str(number))]
        run(*inputs, *maps, *FAST, *PCM, str(path))

    return made(name, make)


def strongest(done: Built) -> list[float | None]:
    """The loudest frequency on each side, to 10 Hz; None where a side is silent."""
    with av.open(str(done.proxy)) as container:
        sides = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    found: list[float | None] = []
    for side in sides:
        middle = side[4800:52_800]
        peak = float(np.argmax(np.abs(np.fft.rfft(middle))) * 48000 / len(middle))
        found.append(round(peak, -1) if np.abs(middle).max() > 0.01 else None)
    return found


@pytest.mark.parametrize(
    ("tracks", "labels", "sides"),
    [
        ([440, 880, 300, 300, 300, 300, 300, 300], None, [440, 880]),
        ([0, 0, 500, 700, 0, 0, 0, 0], None, [500, 700]),
        ([0, 0, 0, 600, 0, 0, 0, 0], None, [600, 600]),
        ([440, 0], None, [440, 440]),
        ([0, 0, 800, 0, 0, 0], None, [800, 800]),
        ([0, 900, 0], ["FL", "FC", "FR"], [900, 900]),
    ],
)
def test_mono_tracks_are_heard_as_the_sound_that_they_are_together(
    tracks: list[int], labels: list[str] | None, sides: list[float]
) -> None:
    done = built(tones(f"tracks-{'-'.join(map(str, tracks))}.mov", tracks, labels=labels))

    assert strongest(done) == sides
    assert done.result.meta["loudness"]["integrated_lufs"] is not None


def test_two_of_sixteen_channels_are_heard() -> None:
    channels = "|".join(f"c{number}={'c0' if number == 5 else '0*c0'}" for number in range(16))
    words = ["-af", f"pan=16c|{channels}", *FAST, *PCM]
    source = made(
        "sixteen.mov",
        lambda path: run(*picture("25", seconds=1.2), *tone(1.2, layout="mono"), *words, str(path)),
    )

    assert strongest(built(source)) == [440, 440]


def test_a_silent_first_track_gives_way_to_the_one_that_sounds() -> None:
    quiet = ["-f", "lavfi", "-t", "1.2", "-i", "anullsrc=r=48000:cl=stereo"]
    words = ["-map", "0", "-map", "1", "-map", "2", *FAST, *PCM]
    source = made(
        "second.mov", lambda path: run(*picture("25", seconds=1.2), *quiet, *tone(1.2), *words, str(path))
    )

    assert strongest(built(source)) == [440, 440]


def test_languages_are_never_mixed() -> None:
    words = ["-map", "0", "-map", "1", "-map", "2", "-metadata:s:a:0", "language=eng"]
    words += ["-metadata:s:a:1", "language=deu", *FAST, *PCM]
    sounds = [*tone(1.2, layout="mono"), *tone(1.2, layout="mono", hz=900)]
    source = made("languages.mkv", lambda path: run(*picture("25", seconds=1.2), *sounds, *words, str(path)))

    assert strongest(built(source)) == [440, 440]


def test_opposite_phases_do_not_vanish_from_the_waveform() -> None:
    source = made(
        "phases.mov",
        lambda path: run(
            *picture("25", seconds=1.5),
            *tone(1.5, layout="mono"),
            "-af",
            "pan=stereo|c0=c0|c1=-1*c0",
            *FAST,
            *PCM,
            str(path),
        ),
    )

    assert max(waveform(built(source))["peaks"]) > 3


def test_a_silent_video_has_no_sound_and_no_waveform() -> None:
    source = made("mute.mov", lambda path: run(*picture("25", seconds=1.6), *FAST, str(path)))

    done = built(source)

    assert done.result.state == "ready"
    assert "img/waveform.json" not in done.result.published
    assert done.result.meta["loudness"] is None
    assert "AUDIO" not in (done.store / "hls/master.m3u8").read_text()
    assert done.result.facts.channels == 0


@pytest.mark.parametrize("late", [0.5, -0.4])
def test_sound_that_begins_late_or_early_keeps_its_place(late: float) -> None:
    def make(path: Path) -> None:
        silence = f"adelay={round(1000 * max(0, -late)) + 200}:all=1"
        shift = ["-itsoffset", str(late)] if late > 0 else []
        lead = [] if late > 0 else ["-itsoffset", str(-late)]
        run(*lead, *picture("25", seconds=2), *shift, *tone(1.2), "-af", silence, *FAST, *PCM, str(path))

    done = built(made(f"late-{late}.mkv", make))

    expected = 0.7 if late > 0 else 0.2
    assert abs(loud_from(sound_of(done.proxy)) - expected) < 0.03
    assert abs(loud_from(sound_of(joined(done.store, "v1"))) - expected) < 0.03
    peaks = waveform(done)["peaks"]
    assert abs(next(number for number, peak in enumerate(peaks[1::2]) if peak > 1) / 100 - expected) < 0.03


def test_sound_ends_with_the_picture() -> None:
    done = built(clip("rate-25.mov", "25", frames=85))

    heard = sum(
        float(line.removeprefix("#EXTINF:").rstrip(","))
        for line in (done.store / "hls/v1/index.m3u8").read_text().splitlines()
        if line.startswith("#EXTINF")
    )
    assert 85 / 25 - 0.022 < heard <= 85 / 25


@pytest.mark.parametrize(
    ("name", "codec"), [("music.mp3", []), ("music.wav", PCM), ("music.flac", ["-c:a", "flac"])]
)
def test_sound_alone_gets_hls_mp4_waveform_and_loudness(name: str, codec: list[str]) -> None:
    done = built(made(name, lambda path: run(*tone(2.5), *codec, str(path))))

    assert done.result.facts.kind == "audio"
    assert abs((done.result.facts.duration or 0) - 2.5) < 0.06
    assert done.result.facts.frame_rate is None
    assert {
        "hls/master.m3u8",
        "hls/live.m3u8",
        "hls/v0/index.m3u8",
        "mp4/proxy.mp4",
        "img/waveform.json",
    } <= (done.result.published)
    assert done.result.meta["loudness"]["integrated_lufs"] < 0
    assert abs(len(sound_of(done.proxy)) / 48000 - 2.5) < 0.1
    assert abs(len(sound_of(joined(done.store, "v0"))) / 48000 - 2.5) < 0.1


def test_a_cover_does_not_make_music_a_video() -> None:
    cover = made("cover.png", lambda path: run(*picture("25"), "-frames:v", "1", str(path)))

    def make(path: Path) -> None:
        run(
            *tone(1.5),
            "-i",
            str(cover),
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-disposition:v",
            "attached_pic",
            str(path),
        )

    assert built(made("covered.mp3", make)).result.facts.kind == "audio"


def test_a_blip_of_sound_is_an_mp4_alone() -> None:
    done = built(made("blip.wav", lambda path: run(*tone(0.4), *PCM, str(path))))

    assert "mp4/proxy.mp4" in done.result.published
    assert not any(name.startswith("hls/") for name in done.result.published)


def test_black_frozen_and_silent_stretches_are_found() -> None:
    def make(path: Path) -> None:
        black = ["-f", "lavfi", "-t", "3", "-i", "color=black:s=320x180:r=25"]
        run(*black, "-f", "lavfi", "-t", "3", "-i", "anullsrc=r=48000:cl=stereo", *FAST, str(path))

    qc = built(made("black.mov", make)).result.meta["qc"]

    assert qc["black"][0]["start"] == 0
    assert qc["freeze"]
    assert qc["silence"][0]["start"] < 0.1
