"""Read the boxes of ISO base media files (MP4, fMP4 segments): pure Python, header by header, never the media data."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex"}
_LARGEST_TABLE = 64 << 20
_NOT_SYNC = 0x10000


class BoxesBroken(Exception):
    """The boxes of a file do not add up."""


@dataclass(frozen=True)
class Box:
    """One box: where its content starts and ends in the file."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True)
class Track:
    """What a sample table says of one track; times in ticks of `timescale` per second."""

    handler: str
    timescale: int
    samples: int
    first_pts: int
    end_pts: int
    steps: frozenset[int]
    edits: tuple[tuple[int, int], ...]
    codec: str
    width: int
    height: int
    first_offset: int = 0

    @property
    def presented_start(self) -> int:
        """Time of the first sample on screen, with the edit list applied; negative where it is cut off."""
        shift = 0
        for duration, media_time in self.edits:
            if media_time >= 0:
                return self.first_pts - media_time + shift
            shift += duration
        return self.first_pts


@dataclass(frozen=True)
class Fragment:
    """What the fragments of one media segment say; times in ticks of the track."""

    start: int
    samples: int
    duration: int
    min_pts: int
    end_pts: int
    is_sync_first: bool


def has_index(path: Path) -> bool:
    """Tell whether a file has a `moov` box at its top level."""
    with path.open("rb") as file:
        try:
            return any(box.kind == b"moov" for box in _boxes(file, 0, path.stat().st_size))
        except BoxesBroken:
            return False


def top_level(path: Path) -> list[bytes]:
    """List the kinds of the top-level boxes in order."""
    with path.open("rb") as file:
        return [box.kind for box in _boxes(file, 0, path.stat().st_size)]


def read_tracks(path: Path) -> list[Track]:
    """Read every track of an MP4 file or of an fMP4 initialisation segment.

    Raises: BoxesBroken when the file is cut or malformed.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        movie = next((box for box in _boxes(file, 0, size) if box.kind == b"moov"), None)
        if movie is None:
            raise BoxesBroken("no moov")
        return [_track(file, box) for box in _boxes(file, movie.start, movie.end) if box.kind == b"trak"]


def read_fragment(path: Path) -> Fragment:
    """Read what the `moof` boxes of one media segment with one track say.

    Raises: BoxesBroken when the segment is cut, malformed or empty.
    """
    runs: list[Fragment] = []
    with path.open("rb") as file:
        for box in _boxes(file, 0, path.stat().st_size):
            if box.kind != b"moof":
                continue
            for traf in _boxes(file, box.start, box.end):
                runs += [_traf(file, traf)] if traf.kind == b"traf" else []
    if not runs:
        raise BoxesBroken("no fragment")
    return Fragment(
        start=runs[0].start,
        samples=sum(run.samples for run in runs),
        duration=sum(run.duration for run in runs),
        min_pts=min(run.min_pts for run in runs),
        end_pts=max(run.end_pts for run in runs),
        is_sync_first=runs[0].is_sync_first,
    )


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[Box]:
    at = start
    while at + 8 <= end:
        file.seek(at)
        header = file.read(16)
        size, kind = struct.unpack(">I4s", header[:8])
        content = at + 8
        if size == 1:
            if len(header) < 16:
                raise BoxesBroken("cut header")
            size, content = struct.unpack(">Q", header[8:16])[0], at + 16
        elif size == 0:
            size = end - at
        if size < content - at or at + size > end:
            raise BoxesBroken(f"{kind!r} is longer than its place")
        yield Box(kind, content, at + size)
        at += size


def _children(file: IO[bytes], parent: Box) -> dict[bytes, Box]:
    """Map the boxes below a container by kind, containers within it included."""
    found: dict[bytes, Box] = {}
    for box in _boxes(file, parent.start, parent.end):
        found[box.kind] = box
        if box.kind in _CONTAINERS:
            found |= _children(file, box)
    return found


def _content(file: IO[bytes], box: Box) -> bytes:
    if box.end - box.start > _LARGEST_TABLE:
        raise BoxesBroken(f"{box.kind!r} is too large")
    file.seek(box.start)
    return file.read(box.end - box.start)


def _track(file: IO[bytes], trak: Box) -> Track:
    boxes = _children(file, trak)
    timescale, movie_shift = _timescale(_content(file, boxes[b"mdhd"])), _edits(file, boxes.get(b"elst"))
    counts = _pairs(_content(file, boxes[b"stts"]))
    offsets = _pairs(_content(file, boxes[b"ctts"]), signed=True) if b"ctts" in boxes else []
    first, end, lowest = _presentation(counts, offsets)
    codec, width, height = _sample_entry(_content(file, boxes[b"stsd"]))
    return Track(
        handler=_content(file, boxes[b"hdlr"])[8:12].decode("latin-1"),
        timescale=timescale,
        samples=sum(count for count, _ in counts),
        first_pts=lowest,
        end_pts=end,
        steps=frozenset(step for _, step in counts),
        edits=movie_shift,
        codec=codec,
        width=width,
        height=height,
        first_offset=first,
    )


def _timescale(mdhd: bytes) -> int:
    offset = 20 if mdhd[0] == 1 else 12
    return int(struct.unpack_from(">I", mdhd, offset)[0])


def _edits(file: IO[bytes], box: Box | None) -> tuple[tuple[int, int], ...]:
    if box is None:
        return ()
    data = _content(file, box)
    count = struct.unpack_from(">I", data, 4)[0]
    layout, size = (">Qq", 20) if data[0] == 1 else (">Ii", 12)
    return tuple(struct.unpack_from(layout, data, 8 + number * size) for number in range(count))


def _pairs(data: bytes, *, signed: bool = False) -> list[tuple[int, int]]:
    count = struct.unpack_from(">I", data, 4)[0]
    layout = ">Ii" if signed else ">II"
    return [struct.unpack_from(layout, data, 8 + 8 * number) for number in range(count)]


def _presentation(counts: list[tuple[int, int]], offsets: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Give the first composition offset, the end of presentation and the earliest presentation time."""
    shifts = (shift for count, shift in offsets for _ in range(count))
    at, end, lowest, first = 0, 0, None, 0
    for count, step in counts:
        for _ in range(count):
            shift = next(shifts, 0)
            if lowest is None:
                first = shift
            lowest = at + shift if lowest is None else min(lowest, at + shift)
            end = max(end, at + shift + step)
            at += step
    return first, end, lowest or 0


def _sample_entry(stsd: bytes) -> tuple[str, int, int]:
    """Name the codec as RFC 6381 does, with the size of a picture."""
    kind = stsd[12:16]
    if kind != b"avc1":
        return ("mp4a.40.2" if kind == b"mp4a" else kind.decode("latin-1")), 0, 0
    width, height = struct.unpack_from(">HH", stsd, 40)
    at = stsd.find(b"avcC")
    if at < 0:
        raise BoxesBroken("no avcC")
    return "avc1." + stsd[at + 5 : at + 8].hex(), width, height


def _traf(file: IO[bytes], box: Box) -> Fragment:
    boxes = list(_boxes(file, box.start, box.end))
    header = next(_content(file, child) for child in boxes if child.kind == b"tfhd")
    defaults = _tfhd(header)
    time = next(_content(file, child) for child in boxes if child.kind == b"tfdt")
    start = int(struct.unpack_from(">Q" if time[0] == 1 else ">I", time, 4)[0])
    at, samples, lowest, end, sync = start, 0, None, start, True
    for child in boxes:
        if child.kind != b"trun":
            continue
        for duration, flags, shift in _trun(_content(file, child), defaults):
            if lowest is None:
                sync = not flags & _NOT_SYNC
            lowest = at + shift if lowest is None else min(lowest, at + shift)
            end = max(end, at + shift + duration)
            at += duration
            samples += 1
    return Fragment(start, samples, at - start, start if lowest is None else lowest, end, sync)


def _tfhd(data: bytes) -> dict[str, int]:
    flags = int.from_bytes(data[1:4], "big")
    at, found = 8, {"duration": 0, "flags": 0}
    for bit, size, name in ((1, 8, ""), (2, 4, ""), (8, 4, "duration"), (16, 4, ""), (32, 4, "flags")):
        if flags & bit:
            if name:
                found[name] = int.from_bytes(data[at : at + 4], "big")
            at += size
    return found


def _trun(data: bytes, defaults: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    """Yield duration, flags and composition offset of every sample."""
    flags, count = int.from_bytes(data[1:4], "big"), struct.unpack_from(">I", data, 4)[0]
    at = 8 + (4 if flags & 1 else 0)
    first_flags = int.from_bytes(data[at : at + 4], "big") if flags & 4 else None
    at += 4 if flags & 4 else 0
    for number in range(count):
        duration, sample_flags, shift = defaults["duration"], defaults["flags"], 0
        if flags & 0x100:
            duration, at = int.from_bytes(data[at : at + 4], "big"), at + 4
        if flags & 0x200:
            at += 4
        if flags & 0x400:
            sample_flags, at = int.from_bytes(data[at : at + 4], "big"), at + 4
        if flags & 0x800:
            shift, at = struct.unpack_from(">i", data, at)[0], at + 4
        if number == 0 and first_flags is not None:
            sample_flags = first_flags
        yield duration, sample_flags, shift
