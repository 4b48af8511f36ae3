"""Clips that say in their pixels which frame is which."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dam.stack import binaries

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
