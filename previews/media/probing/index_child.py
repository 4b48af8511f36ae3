"""The child that finds where the first seconds of a stranger's MP4 or MOV lie; prints JSON.

Runs alone (``python -I index_child.py FILE SECONDS``) inside the sandbox; it must import nothing of the house, and
nothing that takes long: a viewer waits for the first seconds. It reads the sample tables of a file of which perhaps
only those are here and answers the extents, in bytes, of every picture and sound up to SECONDS.
"""

import json
import struct
import sys
from collections.abc import Iterator
from typing import Any

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}
_LARGEST_TABLE = 64 << 20

Span = tuple[int, int]


def main() -> None:
    """Answer what was asked on the command line."""
    path, seconds = sys.argv[1:]
    try:
        answer = index(path, seconds=float(seconds))
    except (struct.error, ValueError, KeyError, IndexError):
        answer = {}
    sys.stdout.write(json.dumps(answer))


def index(path: str, *, seconds: float) -> dict[str, Any]:
    """Add up the spans of all tracks, near ones joined."""
    with open(path, "rb") as file:  # noqa: PTH123  one file, one child
        file.seek(0, 2)
        size, spans = file.tell(), []
        for kind, start, end in _boxes(file, 0, size):
            if kind != b"moov":
                continue
            for below, first, stop in _boxes(file, start, end):
                if below == b"trak":
                    # The first of a kind: QuickTime has a second handler, of the data.
                    tables = dict(reversed(list(_leaves(file, first, stop))))
                    spans += _spans(tables, seconds)
    return {"extents": _merged(spans)}


def _boxes(file: Any, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    at = start
    while at + 8 <= end:
        file.seek(at)
        header = file.read(16)
        size, kind = struct.unpack(">I4s", header[:8])
        content = at + 8
        if size == 1:
            size, content = struct.unpack(">Q", header[8:16])[0], at + 16
        elif size == 0:
            size = end - at
        if size < content - at or at + size > end:
            raise ValueError(kind)
        yield kind, content, at + size
        at += size


def _leaves(file: Any, start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    for kind, first, last in _boxes(file, start, end):
        if kind in _PARENTS:
            yield from _leaves(file, first, last)
        elif last - first <= _LARGEST_TABLE and (kind != b"hdlr" or last - first >= 12):
            file.seek(first)
            yield kind, file.read(last - first)


def _spans(tables: dict[bytes, bytes], seconds: float) -> list[Span]:
    """List where the chunks of a track lie that hold its samples up to so many seconds."""
    if tables.get(b"hdlr", b"")[8:12] not in (b"vide", b"soun") or b"stsz" not in tables:
        return []
    scale = struct.unpack_from(">I", tables[b"mdhd"], 20 if tables[b"mdhd"][0] else 12)[0]
    wanted = _samples_until(tables[b"stts"], (seconds + _cut_s(tables.get(b"elst"), scale)) * scale)
    fixed, count = struct.unpack_from(">II", tables[b"stsz"], 4)
    sizes = (
        [fixed] * min(count, wanted)
        if fixed
        else struct.unpack_from(f">{min(count, wanted)}I", tables[b"stsz"], 12)
    )
    found, sample = [], 0
    for offset, held in _chunks(tables):
        if sample >= len(sizes):
            break
        found.append((offset, offset + sum(sizes[sample : sample + held])))
        sample += held
    return found


def _cut_s(elst: bytes | None, scale: int) -> float:
    """Give how many seconds of a track its edit list leaves out at the beginning."""
    if elst is None:
        return 0.0
    layout, step = (">Qq", 20) if elst[0] else (">Ii", 12)
    for number in range(struct.unpack_from(">I", elst, 4)[0]):
        media_time = struct.unpack_from(layout, elst, 8 + number * step)[1]
        if media_time >= 0:
            return float(media_time / scale)
    return 0.0


def _samples_until(stts: bytes, ticks: float) -> int:
    samples, at = 0, 0
    for number in range(struct.unpack_from(">I", stts, 4)[0]):
        count, step = struct.unpack_from(">II", stts, 8 + 8 * number)
        if step and at + count * step > ticks:
            return samples + int((ticks - at) / step) + 1
        samples, at = samples + count, at + count * step
    return samples


def _chunks(tables: dict[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Yield the offset of every chunk, and how many samples it holds."""
    runs = tables[b"stsc"]
    count = struct.unpack_from(">I", runs, 4)[0]
    firsts = [struct.unpack_from(">III", runs, 8 + 12 * number) for number in range(count)]
    table, layout = (tables[b"co64"], ">Q") if b"co64" in tables else (tables[b"stco"], ">I")
    run = 0
    for number in range(struct.unpack_from(">I", table, 4)[0]):
        while run + 1 < len(firsts) and firsts[run + 1][0] <= number + 1:
            run += 1
        step = struct.calcsize(layout)
        yield struct.unpack_from(layout, table, 8 + step * number)[0], firsts[run][1]


def _merged(spans: list[Span], *, gap: int = 1 << 20) -> list[list[int]]:
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + gap:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


if __name__ == "__main__":
    main()
