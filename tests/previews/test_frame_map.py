"""The frame map says where every frame of every rendition lies, and the files agree."""

import json
from fractions import Fraction
from typing import Any

import av
import pytest

from tests.previews.media import built, clip, joined

RATES = [("24000/1001", 72), ("25", 60), ("30000/1001", 95), ("60000/1001", 190)]


@pytest.mark.parametrize(("rate", "frames"), RATES)
def test_every_frame_lies_where_the_map_says(rate: str, frames: int) -> None:
    extra = (
        ["-timecode", "00:59:59;28"] if rate in ("30000/1001", "60000/1001") else ["-timecode", "01:00:00:00"]
    )
    done = built(clip(f"mapped-{frames}.mov", rate, frames=frames, extra=extra))

    told: dict[str, Any] = json.loads((done.store / "img/frames.json").read_text())

    assert (Fraction(told["rate"]), told["frame_count"], told["first_pts"]) == (Fraction(rate), frames, 0)
    assert (told["start_timecode"], told["drop_frame"]) == (extra[1], ";" in extra[1])
    assert [each["kind"] for each in told["renditions"]][-1] == "mp4"
    for each in told["renditions"]:
        path = (
            done.store / each["path"]
            if each["kind"] == "mp4"
            else joined(done.store, each["path"].split("/")[1])
        )
        ticks = [number * each["frame_ticks"] + each["first_pts"] for number in range(frames)]
        assert times_of(path) == [Fraction(each_tick, each["timescale"]) for each_tick in ticks]
    rungs = [each for each in told["renditions"] if each["kind"] == "hls"]
    assert rungs
    for each in rungs:
        assert each["segment_starts"] == keyframe_starts(done.store / each["path"], Fraction(rate))


def times_of(path: Any) -> list[Fraction]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            Fraction(frame.pts or 0) * Fraction(stream.time_base or 1) for frame in container.decode(stream)
        ]


def keyframe_starts(playlist: Any, rate: Fraction) -> list[int]:
    """Return the first frame of each segment, by the lengths in the playlist."""
    starts, at = [], Fraction(0)
    for line in playlist.read_text().splitlines():
        if line.startswith("#EXTINF:"):
            starts.append(round(at * rate))
            at += Fraction(line[8:].rstrip(","))
    return starts
