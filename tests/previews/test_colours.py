"""Colours come out as they were meant, whatever the source's matrix, range, gamut or transparency; judged by pixels."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.previews.media import FAST, Built, built, made, run

PATCHES = {"red": (200, 30, 30), "green": (30, 180, 40), "blue": (40, 40, 200), "grey": (128, 128, 128)}
TAGS = {
    "bt709": "color_primaries=bt709:color_trc=bt709:colorspace=bt709",
    "smpte170m": "color_primaries=smpte170m:color_trc=smpte170m:colorspace=smpte170m",
    "bt2020nc": "color_primaries=bt2020:color_trc=bt709:colorspace=bt2020nc",
}
LOSSLESS = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=none"]


def patches() -> list[str]:
    """Four colours side by side, in RGB."""
    inputs = []
    for red, green, blue in PATCHES.values():
        inputs += ["-f", "lavfi", "-t", "0.4", "-i", f"color=0x{red:02x}{green:02x}{blue:02x}:s=80x180:r=25"]
    return inputs


def stacked(rest: str) -> list[str]:
    return ["-filter_complex", f"hstack=4,format=gbrp,{rest}"]


def colours(done: Built) -> dict[str, Any]:
    """Decode the proxy as a player does, by bt709 and limited range, and look at the middle of every patch."""
    with av.open(str(done.proxy)) as container:
        frame = next(container.decode(video=0))
        luma, blue, red = (
            np.asarray(frame.reformat(format="yuv444p").to_ndarray()[plane], float) for plane in range(3)
        )
    found = {}
    for number, name in enumerate(PATCHES):
        at = (90, 40 + 80 * number)
        y, cb, cr = ((luma[at] - 16) / 219, (blue[at] - 128) / 224, (red[at] - 128) / 224)
        rgb = (y + 1.5748 * cr, y - 0.1873 * cb - 0.4681 * cr, y + 1.8556 * cb)
        found[name] = tuple(round(255 * value) for value in rgb)
    return found


def assert_close(found: dict[str, Any], *, within: int) -> None:
    for name, wanted in PATCHES.items():
        assert all(abs(ours - theirs) <= within for ours, theirs in zip(found[name], wanted, strict=True)), (
            found
        )


@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt2020nc"])
@pytest.mark.parametrize("full", [False, True])
def test_matrix_and_range_of_the_source_are_obeyed(matrix: str, full: bool) -> None:
    scale = f"scale=out_color_matrix={matrix.removesuffix('nc')}:out_range={'full' if full else 'tv'},format=yuv420p"
    tags = f"setparams={TAGS[matrix]}:range={'pc' if full else 'tv'}"
    gamut = "zscale=primariesin=709:primaries=2020:transferin=709:transfer=709:matrixin=gbr:matrix=gbr," * (
        matrix == "bt2020nc"
    )
    words = stacked(f"{gamut}{scale},{tags}")

    done = built(made(f"{matrix}-{full}.mov", lambda path: run(*patches(), *words, *LOSSLESS, str(path))))

    # Dark parts of a strong colour lie near the edge of the smaller gamut, where eight bits are coarse.
    assert_close(colours(done), within=32 if matrix == "bt2020nc" else 8)
    assert done.result.facts.color is not None
    assert (done.result.facts.color["hdr"], done.result.facts.color["tone_mapped"]) == (False, False)


@pytest.mark.parametrize(("transfer", "word"), [("smpte2084", "pq"), ("arib-std-b67", "hlg")])
def test_high_dynamic_range_is_brought_down_to_bt709_and_flagged(transfer: str, word: str) -> None:
    peak = "npl=203:" if word == "pq" else ""
    tags = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
    up = f"zscale={peak}primariesin=709:transferin=709:matrixin=gbr:primaries=2020:transfer={transfer}:matrix=2020_ncl"
    words = stacked(f"{up},format=yuv420p10le,{tags}")

    done = built(made(f"{word}.mp4", lambda path: run(*patches(), *words, *X265, str(path))))

    color = done.result.facts.color
    assert color is not None
    assert (color["hdr"], color["transfer"], color["tone_mapped"]) == (True, word, True)
    found = colours(done)
    assert 60 < found["grey"][0] < 200
    assert max(found["grey"]) - min(found["grey"]) < 10
    for number, name in enumerate(["red", "green", "blue"]):
        assert found[name][number] == max(found[name]) > 2 * sorted(found[name])[1], found
    again = built(done.proxy)
    assert again.result.facts.color is not None
    tagged = [again.result.facts.color[key] for key in ("transfer", "primaries", "matrix", "range")]
    assert tagged == ["bt709", "bt709", "bt709", "limited"]


def test_what_is_transparent_lies_on_black() -> None:
    def make(path: Path) -> None:
        sides = "geq=r=255:g=255:b=255:a='if(lt(X,107),255,if(lt(X,213),128,0))'"
        words = ["-vf", f"format=gbrap,{sides}", "-c:v", "prores_ks", "-profile:v", "4"]
        run(
            "-f",
            "lavfi",
            "-t",
            "0.2",
            "-i",
            "color=white:s=320x180:r=25",
            *words,
            "-pix_fmt",
            "yuva444p10le",
            str(path),
        )

    with av.open(str(built(made("alpha.mov", make)).proxy)) as container:
        luma = next(container.decode(video=0)).to_ndarray(format="gray")

    assert luma[90, 50] > 245
    assert 115 < luma[90, 160] < 140
    assert luma[90, 280] < 12


def test_dolby_vision_is_named() -> None:
    source = made(
        "plain-hevc.mp4", lambda path: run(*patches(), *stacked("format=yuv420p10le"), *X265, str(path))
    )

    done = built(
        made("dolby.mp4", lambda path: path.write_bytes(with_dolby_vision(source.read_bytes(), profile=5)))
    )

    assert done.result.facts.color is not None
    assert done.result.facts.color["dolby_vision"] == "dvhe.05"


def with_dolby_vision(data: bytes, *, profile: int) -> bytes:
    """Add the configuration box of Dolby Vision to the sample entry of an MP4 whose index comes last."""
    flags = (profile << 9) | (6 << 3) | 0b101
    record = bytes([1, 0]) + flags.to_bytes(2, "big") + bytes(20)
    box = (8 + len(record)).to_bytes(4, "big") + b"dvcC" + record
    out, at = bytearray(data), data.index(b"hvcC") - 4
    at += int.from_bytes(data[at : at + 4], "big")
    out[at:at] = box
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1"):
        place = data.index(kind) - 4
        size = int.from_bytes(data[place : place + 4], "big") + len(box)
        out[place : place + 4] = size.to_bytes(4, "big")
    return bytes(out)


def test_h264_in_another_gamut_keeps_its_tags_out_of_the_previews() -> None:
    words = stacked("format=yuv420p,setparams=color_primaries=smpte432:color_trc=bt709:colorspace=bt709")

    done = built(made("p3.mov", lambda path: run(*patches(), *words, *FAST, str(path))))

    assert done.result.facts.color is not None
    assert done.result.facts.color["primaries"] == "display-p3"
    found = colours(done)
    assert found["red"][0] > PATCHES["red"][0] + 5
    assert max(found["grey"]) - min(found["grey"]) < 8


@pytest.mark.parametrize("name", ["poster", "1280", "300", "storyboard-000"])
def test_the_pictures_of_a_film_have_the_colours_of_the_film(name: str) -> None:
    """Pictures on the web have a matrix of their own."""
    words = [*stacked("scale=out_color_matrix=bt709,format=yuv420p"), *LOSSLESS]
    source = made("pictured.mkv", lambda path: run(*patches(), *words, str(path)))

    with Image.open(built(source).store / f"img/{name}.webp") as image:
        shown = image.convert("RGB")
        high, wide = (90, 160) if name.startswith("storyboard") else (shown.height, shown.width)
        found = {
            patch: shown.getpixel((wide * (2 * number + 1) // 8, high // 2))
            for number, patch in enumerate(PATCHES)
        }

    assert_close(found, within=10)
