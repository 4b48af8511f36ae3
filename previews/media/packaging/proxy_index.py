"""Where in our own MP4 proxy the bytes of a frame lie, from the index at its head: pure, no I/O.

The proxy is written with its index first, one closed group of pictures a second; so a frame far into a long film
needs the head of the file and one group, not the film.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_PARENTS = {b"mdia", b"minf", b"stbl"}


class IndexCut(Exception):
    """The index goes on beyond the bytes at hand; `needed` is how many bytes of the file hold all of it."""

    def __init__(self, needed: int) -> None:
        """Take how many bytes from the start of the file hold the whole index."""
        super().__init__(f"{needed} bytes needed")
        self.needed = needed


class IndexMissing(Exception):
    """There is no index of a picture at the head of the file."""


@dataclass(frozen=True)
class Extent:
    """Bytes `start` to `end`, the last one not included."""

    start: int
    end: int


def extent_of_frame(head: bytes, *, number: int) -> list[Extent]:
    """Return the extents beside the head that decoding frame `number` reads: the first group, and its own.

    Frames count from 0; `head` begins with the file's first byte.

    Raises:
        IndexCut: more of the head is needed.
        IndexMissing: it is not a proxy, or has fewer frames.
        Source: ISO/IEC 14496-12, sample tables.
    """
    tables = _picture_tables(head)
    sizes = _sizes(tables[b"stsz"])
    if not 0 <= number < len(sizes):
        raise IndexMissing(f"no frame {number}")
    syncs = _words(tables[b"stss"], at=8) if b"stss" in tables else tuple(range(1, len(sizes) + 1))
    offsets = list(_offsets(tables, sizes))
    return [_group(sizes, offsets, syncs, number=each) for each in sorted({0, number})]


def index_end(head: bytes) -> int:
    """Return how many bytes of the file hold everything up to the end of the index.

    Raises:
        IndexCut: more of the head is needed to know.
        IndexMissing: media data comes first, or nothing that is an MP4 file.
    """
    at = 0
    while True:
        if at + 16 > len(head):
            raise IndexCut(at + 16)
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(head[at + 8 : at + 16], "big")
        if kind == b"mdat" or size < 8:
            raise IndexMissing("no index before the media")
        at += size
        if kind == b"moov":
            return at


def _picture_tables(head: bytes) -> dict[bytes, bytes]:
    end = index_end(head)
    if end > len(head):
        raise IndexCut(end)
    for kind, start, stop in _boxes(head, 0, end):
        if kind != b"moov":
            continue
        for below, first, last in _boxes(head, start, stop):
            if below == b"trak":
                tables = dict(_leaves(head, first, last))
                if tables.get(b"hdlr", b"")[8:12] == b"vide":
                    return tables
    raise IndexMissing("no picture")


def _leaves(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    for kind, first, last in _boxes(data, start, end):
        if kind in _PARENTS:
            yield from _leaves(data, first, last)
        elif kind != b"hdlr" or last - first >= 12:
            yield kind, data[first:last]


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        content = at + 8
        if size == 1:
            size, content = struct.unpack_from(">Q", data, at + 8)[0], at + 16
        if size < content - at or at + size > end:
            raise IndexMissing(f"{kind!r} is longer than its place")
        yield kind, content, at + size
        at += size


def _words(table: bytes, *, at: int, width: int = 1) -> tuple[int, ...]:
    """Return a counted table of 32-bit words; its count stands four bytes before `at`."""
    count = struct.unpack_from(">I", table, at - 4)[0]
    return struct.unpack_from(f">{count * width}I", table, at)


def _sizes(table: bytes) -> tuple[int, ...]:
    fixed, count = struct.unpack_from(">II", table, 4)
    return (fixed,) * count if fixed else _words(table, at=12)


def _offsets(tables: dict[bytes, bytes], sizes: tuple[int, ...]) -> Iterator[int]:
    """Yield where each sample begins, chunk by chunk."""
    if b"co64" in tables:
        count = struct.unpack_from(">I", tables[b"co64"], 4)[0]
        chunks = struct.unpack_from(f">{count}Q", tables[b"co64"], 8)
    else:
        chunks = _words(tables[b"stco"], at=8)
    runs = _words(tables[b"stsc"], at=8, width=3)
    firsts, per_chunk = [*runs[::3], len(chunks) + 1], runs[1::3]
    sample, run = 0, 0
    for number, at in enumerate(chunks, 1):
        if number >= firsts[run + 1]:
            run += 1
        for _ in range(per_chunk[run]):
            yield at
            at += sizes[sample]  # noqa: PLW2901 - walks through the chunk
            sample += 1


def _group(sizes: tuple[int, ...], offsets: list[int], syncs: tuple[int, ...], *, number: int) -> Extent:
    """Return the extent of the closed group of pictures that holds a frame; sync samples count from 1."""
    first = max((each - 1 for each in syncs if each - 1 <= number), default=0)
    last = min((each - 1 for each in syncs if each - 1 > number), default=len(sizes)) - 1
    spans = [(offsets[each], offsets[each] + sizes[each]) for each in range(first, last + 1)]
    return Extent(min(start for start, _ in spans), max(end for _, end in spans))
