"""Sound that stands at full scale is found, in which pieces, on the channels as they were recorded."""

from pathlib import Path

import pytest

from previews.media.encoding.qc import Log
from tests.previews.media import built, made, run


def sound(name: str, filters: str, *codec: str) -> Path:
    return made(
        name,
        lambda path: run(
            "-f",
            "lavfi",
            "-i",
            f"sine=f=440:r=48000:d=4,{filters}",
            *(codec or ("-c:a", "pcm_s16le")),
            str(path),
        ),
    )


def test_pieces_that_join_make_one_range() -> None:
    log = Log()
    for time in ("2", "2.1", "2.2", "5"):
        log.feed(f"[Parsed_ametadata_5 @ 0x7f] [info] frame:0    pts:96000   pts_time:{time}")
        log.feed("[Parsed_ametadata_5 @ 0x7f] [info] lavfi.astats.Overall.Flat_factor=30.4")

    assert log.qc()["clipped"] == [{"start": 2.0, "end": 2.3}, {"start": 5.0, "end": 5.1}]
    assert log.qc()["clipped_seconds"] == 0.4


@pytest.mark.parametrize(
    ("name", "layout"), [("loud.wav", "mono"), ("loud-stereo.wav", "stereo"), ("loud-wide.wav", "5.1")]
)
def test_a_passage_that_clips_is_found_where_it_is(name: str, layout: str) -> None:
    # Only the first channel clips, and only for half a second: a mix of all would hide it.
    source = sound(
        name,
        f"volume='if(between(t,1,1.5),30,1)':eval=frame,pan={layout}|c0=c0",
    )

    [found] = built(source).result.meta["qc"]["clipped"]

    assert found["start"] == pytest.approx(1.0, abs=0.11)
    assert found["end"] == pytest.approx(1.5, abs=0.11)


def test_loud_sound_that_does_not_clip_is_left_alone() -> None:
    full = built(sound("full.wav", "volume=7.99")).result.meta["qc"]
    square = built(sound("square.wav", "volume=30,aformat=sample_fmts=s16,volume=-6dB")).result.meta["qc"]

    assert (full["clipped"], square["clipped"]) == ([], [])
