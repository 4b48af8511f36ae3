"""What a finished file says its picture looks like: the sample entry, its decoder configuration, its tags.

Source: ISO/IEC 14496-12 (boxes), 14496-15 (avcC), 23091-2 (colours).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_BT709 = (1, 1, 1)
_UNSPECIFIED = 2
_VISUAL_ENTRY = 78
_LARGEST_INDEX = 256 << 20
_HIGH_PROFILES = (100, 110, 122, 144)
_SLICE, _IDR = 1, 5
_LOOKED_AT = 1 << 16
_OWN_TAGS = {b"\xa9too"}


@dataclass(frozen=True)
class Picture:
    """One H.264 track as its boxes describe it; `color` is primaries, transfer, matrix and full range."""

    width: int
    height: int
    aspect: tuple[int, int]
    color: tuple[int, int, int, bool] | None
    declared: bytes
    coded: bytes
    chroma: int
    depth: int


def check_appearance(path: Path, *, codec: str, is_copy: bool = False) -> list[str]:
    """Square pixels, even sides, 8-bit 4:2:0, bt709 in limited range, the coding as declared, nobody's tags.

    `codec` is what the playlists say; of a picture that was copied the colours may be unspecified.
    """
    try:
        movie = _movie(path)
        picture = _picture(movie)
    except (OSError, struct.error, IndexError, KeyError, StopIteration, ValueError):
        return [f"{path.name} does not say what its picture is"]
    colors = {_BT709, (_UNSPECIFIED,) * 3} if is_copy else {_BT709}
    is_plain = picture.color is None if is_copy else False
    rules = (
        (picture.aspect[0] == picture.aspect[1], "its pixels are not square"),
        (picture.width % 2 == picture.height % 2 == 0, "it has an odd side"),
        ((picture.chroma, picture.depth) == (1, 8), "it is not 8-bit 4:2:0"),
        (is_plain or (picture.color and picture.color[:3] in colors), "it is not tagged bt709"),
        (not (picture.color and picture.color[3]), "it is tagged full range"),
        (picture.declared == picture.coded, "its decoder configuration is not that of its stream"),
        (codec == "avc1." + picture.coded.hex(), "its playlist names another codec"),
        (_tags(movie) <= _OWN_TAGS, "it carries tags of its source"),
    )
    return [f"{path.name}: {words}" for holds, words in rules if not holds]


def begins_with_idr(segment: Path) -> bool:
    """Tell whether the first picture of a media segment can be decoded without any before it."""
    with segment.open("rb") as file:
        for kind, start, end in _boxes(file, 0, segment.stat().st_size):
            if kind == b"mdat":
                file.seek(start)
                return _first_slice(file.read(min(end - start, _LOOKED_AT))) == _IDR
    return False


def _first_slice(data: bytes) -> int:
    at = 0
    while at + 5 <= len(data):
        kind = data[at + 4] & 31
        if kind in (_SLICE, _IDR):
            return kind
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return 0


def _movie(path: Path) -> bytes:
    with path.open("rb") as file:
        for kind, start, end in _boxes(file, 0, path.stat().st_size):
            if kind == b"moov" and end - start <= _LARGEST_INDEX:
                file.seek(start)
                return file.read(end - start)
    raise ValueError("no index")


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    at = start
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        size, kind = struct.unpack(">I4s", head[:8])
        content = at + 8
        if size == 1:
            size, content = struct.unpack(">Q", head[8:16])[0], at + 16
        if size < content - at or at + size > end:
            raise ValueError("a box is longer than its place")
        yield kind, content, at + size
        at += size


def _within(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            return
        yield kind, data[at + 8 : at + size]
        at += size


def _below(data: bytes, *path: bytes) -> Iterator[bytes]:
    for kind, content in _within(data):
        if kind == path[0]:
            if len(path) == 1:
                yield content
            else:
                yield from _below(content, *path[1:])


def _picture(movie: bytes) -> Picture:
    entries = (entry[8:] for entry in _below(movie, b"trak", b"mdia", b"minf", b"stbl", b"stsd"))
    entry = next(content for table in entries for kind, content in _within(table) if kind == b"avc1")
    width, height = struct.unpack_from(">HH", entry, 24)
    inner = dict(_within(entry[_VISUAL_ENTRY:]))
    record = inner[b"avcC"]
    length = int.from_bytes(record[6:8], "big")
    chroma, depth = 1, 8
    if record[1] in _HIGH_PROFILES:
        chroma, depth = _extension(record, at=8 + length)
    color = inner.get(b"colr")
    is_known = color is not None and color[:4] == b"nclx"
    return Picture(
        width=width,
        height=height,
        aspect=struct.unpack(">II", inner[b"pasp"]) if b"pasp" in inner else (1, 1),
        color=(*struct.unpack_from(">HHH", color, 4), bool(color[10] & 0x80)) if color and is_known else None,
        declared=record[1:4],
        coded=record[9:12],
        chroma=chroma,
        depth=depth,
    )


def _extension(record: bytes, *, at: int) -> tuple[int, int]:
    """Read chroma format and depth, which follow the picture parameter sets of the high profiles."""
    count, at = record[at], at + 1
    for _ in range(count):
        at += 2 + int.from_bytes(record[at : at + 2], "big")
    return (record[at] & 3, (record[at + 1] & 7) + 8) if at + 1 < len(record) else (1, 8)


def _tags(movie: bytes) -> set[bytes]:
    found = set()
    for place in (movie, *_below(movie, b"trak")):
        for user in _below(place, b"udta"):
            found |= {kind for kind, _ in _within(user) if kind != b"meta"}
            for meta in _below(user, b"meta"):
                found |= {kind for items in _below(meta[4:], b"ilst") for kind, _ in _within(items)}
    return found
