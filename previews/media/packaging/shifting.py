"""Move a media segment to its place in a longer film: its boxes' times and number, never its pictures.

Every part of a film is encoded by a process of its own, whose clock begins at 0; the segments of all parts become
those of one encode when their decode times, and nothing else, are moved.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from previews.media.packaging.mp4box import BoxesBroken

_CONTAINERS = {b"moof", b"traf"}


def shift_segment(source: Path, target: Path, *, ticks: int, sequence: int) -> None:
    """Write a segment to `target` with its times `ticks` of its track later; its fragments count from `sequence`.

    Raises: BoxesBroken when the segment is cut or has no decode time.
    Source: ISO/IEC 14496-12: `mfhd`, `tfdt`, `sidx`.
    """
    data = bytearray(source.read_bytes())
    moved = 0
    for kind, at, end in _leaves(data, 0, len(data)):
        if kind == b"tfdt":
            _add(data, at + 4, wide=data[at] == 1, amount=ticks)
            moved += 1
        elif kind == b"sidx":
            _add(data, at + 12, wide=data[at] == 1, amount=ticks)
        elif kind == b"mfhd" and end - at >= 8:
            struct.pack_into(">I", data, at + 4, sequence + moved)
    if not moved:
        raise BoxesBroken("no decode time")
    target.write_bytes(data)


def _add(data: bytearray, at: int, *, wide: bool, amount: int) -> None:
    layout, limit = (">Q", 1 << 64) if wide else (">I", 1 << 32)
    value = struct.unpack_from(layout, data, at)[0] + amount
    if not 0 <= value < limit:
        raise BoxesBroken("a time does not fit its box")
    struct.pack_into(layout, data, at, value)


def _leaves(data: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, content and end of every box that holds no other of interest; media data is stepped over."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        content = at + 8
        if size == 1 and at + 16 <= end:
            size, content = struct.unpack_from(">Q", data, at + 8)[0], at + 16
        if size < content - at or at + size > end:
            raise BoxesBroken(f"{kind!r} is longer than its place")
        if kind in _CONTAINERS:
            yield from _leaves(data, content, at + size)
        else:
            yield bytes(kind), content, at + size
        at += size
