"""Clips that say in their pixels which frame is which: with them any browser can prove that it shows the right one."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from previews.media import sandbox
from previews.media.encoding.arguments import global_words
from previews.media.encoding.running import run_ffmpeg
from previews.media.failures import BuildFailed
from previews.media.tools import ffmpeg

CLIPS_VERSION = 1
"""Counts up whenever the clips are drawn differently."""

BITS, CELL = 12, 32
WIDTH, HEIGHT = BITS * CELL, 216
BAND = 72
"""The topmost rows show each bit as a white or black box, as many rows below show its inverse."""

_ENCODED = [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-qp",
    "14",
    "-bf",
    "2",
    "-g",
    "50",
    "-pix_fmt",
    "yuv420p",
]
_ENCODED += ["-c:a", "aac", "-f", "mov"]


@dataclass(frozen=True)
class Clip:
    """One clip to make; `timecode` is that of frame 0."""

    name: str
    rate: Fraction
    frames: int
    timecode: str


CLIPS = (
    Clip("23.976", Fraction(24000, 1001), 192, "01:00:00:00"),
    Clip("25", Fraction(25), 200, "10:00:00:00"),
    Clip("29.97", Fraction(30000, 1001), 240, "00:59:58;00"),
    Clip("59.94", Fraction(60000, 1001), 480, "00:59:58;00"),
)


def draw_clip(clip: Clip, *, out: Path) -> None:
    """Encode a clip with a tone into `out`, whose folder it may write.

    Raises: BuildFailed when ffmpeg made nothing.
    """
    seconds = float(clip.frames / clip.rate)
    sound = f"sine=frequency=440:sample_rate=48000:duration={seconds:.6f}"
    ran = run_ffmpeg(
        lambda progress_fd: [
            *global_words(ffmpeg(), progress_fd),
            *["-f", "lavfi", "-i", _picture(clip), "-f", "lavfi", "-i", sound],
            *["-frames:v", str(clip.frames), "-timecode", clip.timecode, *_ENCODED, str(out)],
        ],
        read=[],
        scratch=out.parent,
        limits=sandbox.encode_limits(seconds, kilobits=4000),
    )
    if ran.code or not out.exists():
        raise BuildFailed(f"The clip at {clip.name} frames a second could not be drawn.", permanent=False)


def _picture(clip: Clip) -> str:
    """Write the graph of a moving picture under two bands of boxes: the bits of the frame number, and their inverse."""
    boxes = []
    for bit in range(BITS):
        is_set, at = (
            f"mod(floor(n/{2**bit}),2)",
            f"drawbox=x={bit * CELL}:w={CELL}:h={BAND}:color=white:t=fill",
        )
        boxes += [f"{at}:y=0:enable='{is_set}'", f"{at}:y={BAND}:enable='1-{is_set}'"]
    ground = f"drawbox=y=0:h={2 * BAND}:color=black:t=fill"
    return ",".join([f"testsrc2=s={WIDTH}x{HEIGHT}:r={clip.rate}", ground, *boxes])
