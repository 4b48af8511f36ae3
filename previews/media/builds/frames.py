"""Exact frames as stills: always from the MP4 proxy, whose seeks are exact in every library."""

from fractions import Fraction
from pathlib import Path

from previews.media import sandbox

CHILD = Path(__file__).with_name("frames_child.py")
FRAME_TYPE = "image/webp"
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, file_bytes=64 * sandbox.MIB, cpu_s=60, wall_s=60.0)
_NO_SUCH_FRAME = 3


class FrameMissing(Exception):
    """The clip has no frame of that number."""


class FrameUnreadable(Exception):
    """The proxy could not be decoded this time."""


def cut_frame(proxy: Path, *, number: int, rate: Fraction, out: Path) -> Path:
    """Write frame `number` of a proxy to `out` as WebP, in the proxy's full size.

    Units and shapes: frames count from 0; frame n is the picture shown at n / `rate` seconds.
    Raises: FrameMissing when the clip is shorter; FrameUnreadable when decoding failed or took too long.
    """
    if number < 0:
        raise FrameMissing(str(number))
    argv = sandbox.python(CHILD, str(proxy), str(number), str(out), f"{rate.numerator}/{rate.denominator}")
    ended = sandbox.run(argv, read=[proxy, CHILD], scratch=out.parent, limits=_LIMITS)
    if ended.code == _NO_SUCH_FRAME:
        raise FrameMissing(str(number))
    if ended.code != 0 or not out.exists():
        raise FrameUnreadable(ended.stderr[-500:])
    return out
