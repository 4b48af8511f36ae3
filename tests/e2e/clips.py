"""Clips that say in their pixels which frame is which."""

import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import monotonic

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from dam.stack.servers import binaries

WIDTH, HEIGHT = 320, 180
BITS = 16
_CELL = WIDTH // BITS

#: Reads the frame number out of the picture on screen: every bit is drawn once as it is and once inverted, and an
#: unreadable picture is -1.
READ_FRAME = f"""() => {{
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  canvas.width = {WIDTH};
  canvas.height = {HEIGHT};
  const context = canvas.getContext("2d", {{ willReadFrequently: true }});
  context.drawImage(video, 0, 0, {WIDTH}, {HEIGHT});
  let frame = 0;
  for (let bit = 0; bit < {BITS}; bit += 1) {{
    const x = bit * {_CELL} + {_CELL // 2};
    const set = context.getImageData(x, 30, 1, 1).data[0] > 128;
    if (set === context.getImageData(x, 90, 1, 1).data[0] > 128) return -1;
    if (set) frame += 2 ** bit;
  }}
  return frame;
}}"""


@dataclass(frozen=True)
class Clip:
    """A clip to make: its rate as a fraction, and its length in frames."""

    name: str
    rate: str
    frames: int
    timecode: str | None = None


def make_clip(clip: Clip, *, directory: Path) -> Path:
    """Encode a clip whose pictures carry their own number, with a tone."""
    path = directory / f"{clip.name}.mov"
    numerator, _, denominator = clip.rate.partition("/")
    seconds = clip.frames * int(denominator or 1) / int(numerator)
    argv = [str(binaries.ffmpeg()), "-y", "-loglevel", "error"]
    argv += ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", clip.rate, "-i", "-"]
    argv += ["-f", "lavfi", "-i", f"sine=440:sample_rate=48000:duration={seconds}"]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-qp", "10", "-pix_fmt", "yuv420p", "-bf", "2"]
    argv += ["-c:a", "aac"] + (["-timecode", clip.timecode] if clip.timecode else []) + [str(path)]
    pictures = b"".join(_picture(number) for number in range(clip.frames))
    subprocess.run(argv, input=pictures, check=True)
    return path


def _picture(number: int) -> bytes:
    picture = np.full((HEIGHT, WIDTH), 90, np.uint8)
    for bit in range(BITS):
        value = 255 if number >> bit & 1 else 0
        columns = slice(bit * _CELL, (bit + 1) * _CELL)
        picture[0:60, columns] = value
        picture[60:120, columns] = 255 - value
    return picture.tobytes()


def frame_on_screen(page: Page, *, within_seconds: float = 10) -> int:
    """Read the frame number from what is painted, so that a poster over the video is not overlooked.

    A dimmed stand-in is unreadable; it is waited for to go away. Another bright picture is told as it is.
    """
    deadline = monotonic() + within_seconds
    while True:
        frame = _frame_painted(page)
        if frame >= 0 or monotonic() > deadline:
            return frame
        page.wait_for_timeout(50)


def _frame_painted(page: Page) -> int:
    shot = Image.open(BytesIO(page.locator("video").screenshot(animations="allow"))).convert("L")
    scale = min(shot.width / WIDTH, shot.height / HEIGHT)
    left, top = (shot.width - WIDTH * scale) / 2, (shot.height - HEIGHT * scale) / 2
    pixels = np.asarray(shot)
    frame = 0
    for bit in range(BITS):
        column = int(left + (bit + 0.5) * _CELL * scale)
        value, inverse = (bool(pixels[int(top + y * scale), column] > 128) for y in (30, 90))
        if value == inverse:
            return -1
        frame += value << bit
    return frame
