"""A master whose picture can be used as it is: a rule at a time, and what comes out when all of them hold."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from previews.media.engine import BuildRequest, OpeningWrong, build
from previews.media.facts import CopyFacts, MediaFacts, VideoFacts
from previews.media.recipes import Rung, plan_video
from previews.media.recipes.copying import RULES, why_encoded
from tests.previews.media import Told, built, clip, decoded_numbers, joined

TOP = Rung("720p", 1280, 720, 19, 6531)
COPYING = CopyFacts(
    container="mov,mp4,m4a,3gp,3g2,mj2",
    profile="High",
    level=31,
    step=Fraction(1, 25),
    keys=(0, 50, 100),
    is_on_grid=True,
    is_idr=True,
    is_turned=False,
    is_whole=True,
    other_sets=0,
    aspect=Fraction(1),
    bit_rate=4e6,
    colors=(None, "bt709", "bt709"),
    range="limited",
)
VIDEO = VideoFacts(
    index=0,
    codec="h264",
    pixel_format="yuv420p",
    coded_width=1280,
    coded_height=720,
    display_width=1280,
    display_height=720,
    rotation=0,
    rate=Fraction(25),
    source_rate=Fraction(25),
    source_frames=150,
    frames=150,
    offset_s=Fraction(0),
    is_interlaced=False,
    is_variable=False,
    is_hdr=False,
    matrix="bt709",
    copying=COPYING,
)
BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "its container is not MP4 or MOV": ({}, {"container": "matroska,webm"}, {}),
    "it is not 8-bit 4:2:0": ({"pixel_format": "yuv420p10le"}, {}, {}),
    "its profile is not for browsers": ({}, {"profile": "High 4:2:2"}, {}),
    "its level is above 5.1": ({}, {"level": 52}, {}),
    "it is interlaced": ({"is_interlaced": True}, {}, {}),
    "its pixels are not square": ({}, {"aspect": Fraction(4, 3)}, {}),
    "it is turned or mirrored": ({}, {"is_turned": True}, {}),
    "it has another size than the top rung": ({"coded_height": 722}, {}, {}),
    "its colours are not bt709": ({}, {"colors": ("bt2020", "pq", "bt2020nc")}, {}),
    "its matrix is not bt709": ({"matrix": "smpte170m"}, {}, {}),
    "it is full range": ({}, {"range": "full"}, {}),
    "its rate is variable": ({"is_variable": True}, {}, {}),
    "its frames are not evenly spaced": ({}, {"step": Fraction(1, 24)}, {}),
    "it has more than 60 frames a second": ({"source_rate": Fraction(120)}, {}, {}),
    "its bit rate is above the cap": ({}, {"bit_rate": 9.9e6}, {}),
    "its keyframes are too far apart": ({}, {"keys": (0, 40)}, {}),
    "its groups of pictures are open": ({}, {"is_idr": False}, {}),
    "it does not begin with a keyframe": ({}, {"keys": (2, 50, 100)}, {}),
    "it does not begin at zero": ({"offset_s": Fraction(1, 50)}, {}, {}),
    "its edit list hides frames": ({"source_frames": 149}, {}, {}),
    "it changes its parameters on the way": ({}, {"other_sets": 1}, {}),
    "it could not be read without an error": ({}, {"is_whole": False}, {}),
    "it is cut short": ({}, {}, {"readable": 0.9}),
    "its picture is shorter than three frames": ({"frames": 2, "source_frames": 2}, {"keys": (0,)}, {}),
}


def facts(video: dict[str, Any], copying: dict[str, Any], media: dict[str, Any]) -> MediaFacts:
    seen = replace(VIDEO, **video, copying=replace(COPYING, **copying))
    return replace(MediaFacts(kind="video", mime="video/mp4", video=seen), **media)


def test_a_master_that_breaks_no_rule_is_copied() -> None:
    assert why_encoded(facts({}, {}, {}), TOP) is None
    assert plan_video(facts({}, {}, {}), may_copy=True).copied == "rung"
    assert plan_video(facts({}, {}, {})).copied == "nothing"


def test_every_rule_has_its_test() -> None:
    assert [words for words, _ in RULES] == list(BROKEN)


@pytest.mark.parametrize("words", BROKEN)
def test_one_broken_rule_is_enough_to_encode(words: str) -> None:
    assert why_encoded(facts(*BROKEN[words]), TOP) == words
    assert plan_video(facts(*BROKEN[words]), may_copy=True).copied == "nothing"


def test_what_is_not_h264_is_encoded() -> None:
    assert why_encoded(MediaFacts(kind="video", mime="", video=replace(VIDEO, copying=None)), TOP)


def test_segments_begin_where_the_master_has_keyframes() -> None:
    wide = facts({"frames": 300, "source_frames": 300}, {"keys": (0, 75, 150, 225)}, {})
    assert plan_video(wide, may_copy=True).timing.gops_per_segment == 3
    odd = facts({"frames": 400, "source_frames": 400}, {"keys": tuple(range(0, 400, 40))}, {})
    assert plan_video(odd, may_copy=True).copied == "proxy"


def master(name: str, rate: str, *, gop: int, frames: int, container: str = "mp4") -> Path:
    words = [
        "-vf",
        "scale=1280:720,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv",
    ]
    words += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2", "-crf", "30"]
    words += ["-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0", "-flags", "+cgop", "-c:a", "aac"]
    return clip(f"{name}.{container}", rate, frames=frames, codec=words)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize(("rate", "gop"), [("25", 50), ("30000/1001", 30), ("24000/1001", 48)])
def test_a_copied_picture_keeps_the_contract_of_frames(rate: str, gop: int) -> None:
    source = master(f"copied-{gop}", rate, gop=gop, frames=100)

    done = built(source)

    assert done.result.state == "ready"
    assert done.result.facts.frame_count == 100
    assert packets(done.proxy) == packets(source)
    assert packets(joined(done.store, "v0")) == packets(source)
    for path in (done.proxy, joined(done.store, "v0"), joined(done.store, "v1")):
        numbers = decoded_numbers(path)
        assert [number for number, _ in numbers] == list(range(100))
        assert all(abs(time - float(number / Fraction(rate))) < 1e-4 for number, time in numbers)
    assert {each.name for each in done.result.renditions} >= {
        "poster",
        "720p",
        "480p",
        "audio",
        "mp4",
        "storyboard",
    }
    assert {"black", "freeze"} <= set(done.result.meta["qc"])


def test_where_keyframes_do_not_fit_the_proxy_alone_is_copied() -> None:
    source = master("odd-groups", "25", gop=40, frames=190)

    done = built(source)

    assert packets(done.proxy) == packets(source)
    assert packets(joined(done.store, "v0")) != packets(source)
    assert [number for number, _ in decoded_numbers(joined(done.store, "v0"))] == list(range(190))


def test_a_short_clip_is_copied_without_any_encode() -> None:
    source = master("short", "25", gop=50, frames=12, container="mov")

    done = built(source)

    assert packets(done.proxy) == packets(source)
    assert done.result.facts.frame_count == 12


def test_a_copy_that_breaks_a_promise_is_given_up_for_an_encode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = master("odd-groups", "25", gop=40, frames=190)
    monkeypatch.setattr("previews.media.recipes.planner.fits", lambda timing, video: True)
    (tmp_path / "work").mkdir()

    with pytest.raises(OpeningWrong, match="own picture"):
        build(BuildRequest(source, tmp_path / "work", source.name), Told(tmp_path / "store"))
