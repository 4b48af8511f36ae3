"""Stills of frames: the very frame that was asked for, or a plain no."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from previews.media.builds.frames import FrameMissing, FrameUnreadable, cut_frame
from tests.previews.media import built, clip, drawn_number


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60000/1001"])
def test_the_still_is_the_frame_asked_for(rate: str, tmp_path: Path) -> None:
    frames = int(3.4 * Fraction(rate))
    proxy = built(clip(f"rate-{rate.replace('/', '-')}.mov", rate, frames=frames)).proxy

    for number in (0, 1, frames // 2, frames - 1):
        still = cut_frame(proxy, number=number, rate=Fraction(rate), out=tmp_path / f"{number}.webp")
        with Image.open(still) as image:
            assert drawn_number(np.asarray(image.convert("L"))) == number


@pytest.mark.parametrize("number", [-1, 85, 10**9])
def test_a_frame_beyond_the_clip_is_missing(number: int, tmp_path: Path) -> None:
    proxy = built(clip("rate-25.mov", "25", frames=85)).proxy

    with pytest.raises(FrameMissing):
        cut_frame(proxy, number=number, rate=Fraction(25), out=tmp_path / "x.webp")


def test_a_proxy_that_is_damaged_is_unreadable_not_missing(tmp_path: Path) -> None:
    broken = tmp_path / "proxy.mp4"
    broken.write_bytes(b"not an mp4")

    with pytest.raises(FrameUnreadable):
        cut_frame(broken, number=0, rate=Fraction(25), out=tmp_path / "x.webp")
