"""Take samples of our own small pictures, in a sandboxed child: a decoder is a decoder, whoever wrote the file."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from previews.media import sandbox
from similarity.media.likeness import SAMPLE_BYTES, Sample

CHILD = Path(__file__).with_name("samples_child.py")
#: Where in a film pictures are taken, as parts of its length: never at the ends, where films begin and end alike.
PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, file_bytes=16 * sandbox.MIB, cpu_s=60, wall_s=60.0)
_TILE = re.compile(r"^([\w.-]+\.webp)#xywh=(\d+),(\d+),(\d+),(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Picture:
    """A file in the folder of a digest's pictures; `area` (x, y, width, height) where only a part of it counts."""

    name: str
    area: tuple[int, int, int, int] | None = None


class Unreadable(Exception):
    """The child came to no end; another try may go better."""


def tiles_of(storyboard: str) -> list[Picture]:
    """Choose the tiles of a storyboard (WebVTT) at `PLACES`; none where it has none."""
    tiles = [
        Picture(name, (int(x), int(y), int(width), int(height)))
        for name, x, y, width, height in _TILE.findall(storyboard)
    ]
    return [tiles[min(int(place * len(tiles)), len(tiles) - 1)] for place in PLACES] if tiles else []


def take_samples(pictures: Sequence[Picture], *, folder: Path, scratch: Path) -> list[Sample | None]:
    """Return a sample of each picture whose file lies in the folder; None where one cannot be read.

    Raises:
        Unreadable: the child was killed, or fell over.
    """
    wanted = [[str(folder / each.name), each.area] for each in pictures]
    files = sorted({folder / each.name for each in pictures})
    argv = sandbox.python(CHILD, json.dumps(wanted))
    ended = sandbox.run(argv, read=[*files, CHILD], scratch=scratch, limits=_LIMITS)
    if ended.code != 0:
        raise Unreadable(ended.stderr[-500:])
    return [_sample(each) for each in json.loads(ended.stdout)]


def _sample(told: str | None) -> Sample | None:
    packed = base64.b64decode(told) if told is not None else b""
    return Sample(packed) if len(packed) == SAMPLE_BYTES else None
