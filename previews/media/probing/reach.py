"""Find which bytes of a master its first seconds are made from, so that the rest need not be waited for.

MP4 and MOV: the index wherever it stands, and what it names. Matroska: the beginning. MXF: the beginning and the end,
where its index is. `Reading` is how bytes are had; nothing else is known of where they come from.
"""

import json
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.encoding.inputs import CODECS, FORMATS
from previews.media.probing.sniff import HEAD_BYTES, sniff

CHILDREN = {each: Path(__file__).with_name(f"{each}_child.py") for each in ("index", "length")}
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, cpu_s=60, wall_s=60.0)
_INDEXED = ("video/mp4", "video/quicktime")
_MOST_BOXES, _LARGEST_INDEX = 64, 64 << 20
_PIECE = 1 << 20
_BEGINNING, _ENDING = 2 << 20, 4 << 20
_MOST = 2 / 3
"""Where more of a master than this were needed, it is waited for."""

_SPARE_BYTES, _UNEVEN = 4 << 20, 1.3
"""Pictures at the beginning may be larger than the mean; where they are larger still, the whole is waited for."""

Reading = Callable[[int, int], Iterable[bytes]]
"""Gives the bytes from the first offset up to the second, which is not included, piece by piece."""


@dataclass
class Partial:
    """A file with holes: what of a master has been written into it."""

    path: Path
    size: int
    read: Reading
    written: list[tuple[int, int]]

    def fill(self, start: int, end: int) -> None:
        """Read an extent and write it at its place."""
        start, end = max(0, start), min(end, self.size)
        if start >= end:
            return
        with self.path.open("r+b") as file:
            file.seek(start)
            for piece in self.read(start, end):
                file.write(piece)
        self.written.append((start, end))

    def peek(self, at: int, length: int) -> bytes:
        """Return bytes of the master, read anew only where they are not here yet."""
        if not any(start <= at and at + length <= end for start, end in self.written):
            self.fill(at, at + length)
        with self.path.open("rb") as file:
            file.seek(at)
            return file.read(length)

    def is_part_of(self, whole: Path) -> bool:
        """Tell whether what was written is what the whole master has at the same places."""
        with self.path.open("rb") as ours, whole.open("rb") as theirs:
            for start, end in self.written:
                for at in range(start, end, _PIECE):
                    ours.seek(at)
                    theirs.seek(at)
                    length = min(_PIECE, end - at)
                    if ours.read(length) != theirs.read(length):
                        return False
        return True


def reach(path: Path, *, name: str, size: int, read: Reading, seconds: float) -> Partial | None:
    """Write to `path` what the first seconds of a master are made from; None where that can't be told, or is most of it.

    `size` is the master's, in bytes. Whatever `read` raises comes through.
    """
    with path.open("wb") as file:
        file.truncate(size)
    partial = Partial(path, size, read, [])
    partial.fill(0, min(_BEGINNING, size // 4))
    with path.open("rb") as file:
        kind = sniff(file.read(HEAD_BYTES), name=name).mime
    if kind in _INDEXED:
        is_here = _fill_by_index(partial, seconds=seconds)
    elif kind == "application/mxf":
        partial.fill(size - _ENDING, size)
        is_here = _fill_beginning(partial, seconds=seconds)
    elif kind in ("video/x-matroska", "video/webm"):
        is_here = _fill_beginning(partial, seconds=seconds)
        with path.open("r+b") as file:
            # Its demuxer searches holes for the next cluster, byte by byte; an end it understands.
            file.truncate(max(end for _, end in partial.written))
    else:
        return None
    return partial if is_here else None


def _fill_by_index(partial: Partial, *, seconds: float) -> bool:
    found = _find_index(partial)
    if found is None:
        return False
    partial.fill(*found)
    told = _ask("index", partial.path, str(seconds))
    extents = told.get("extents") or []
    if not extents or sum(end - start for start, end in extents) > partial.size * _MOST:
        return False
    here = partial.written[0][1]
    for start, end in extents:
        partial.fill(max(start, here), end)
    return True


def _find_index(partial: Partial) -> tuple[int, int] | None:
    """Walk the top-level boxes to the index; None where it is missing, cut or unbelievably large."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at + 16 > partial.size:
            return None
        header = partial.peek(at, 16)
        size, kind = struct.unpack(">I4s", header[:8])
        if size == 1:
            size = struct.unpack(">Q", header[8:])[0]
        if size < 8 or at + size > partial.size:
            return None
        if kind == b"moov":
            return (at, at + size) if size <= _LARGEST_INDEX else None
        at += size
    return None


def _fill_beginning(partial: Partial, *, seconds: float) -> bool:
    told = _ask("length", partial.path, json.dumps({"formats": FORMATS, "codecs": CODECS}))
    whole_s = told.get("seconds")
    if not whole_s or whole_s <= seconds:
        return False
    wanted = int(partial.size * seconds / whole_s * _UNEVEN) + min(_SPARE_BYTES, partial.size // 16)
    if wanted > partial.size * _MOST:
        return False
    partial.fill(partial.written[0][1], wanted)
    return True


def _ask(what: str, path: Path, last: str) -> dict[str, Any]:
    child = CHILDREN[what]
    argv = sandbox.python(child, str(path), last)
    ended = sandbox.run(argv, read=[path, child], scratch=path.parent, limits=_LIMITS)
    try:
        told: dict[str, Any] = json.loads(ended.stdout) if ended.code == 0 else {}
    except ValueError:
        return {}
    return told
