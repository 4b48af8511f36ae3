"""Tell a moving GIF, PNG or WebP from a still one, by their blocks; pictures are never decoded here."""

import struct
from pathlib import Path
from typing import IO

ANIMATED = {"image/gif", "image/png", "image/webp"}
_MOST_BLOCKS = 200_000
"""A still of 50 MB has fewer; what hides a second picture behind more is a still to us."""
_WEBP_MOVES = 2
_COLOUR_TABLE = 0x80


def is_animation(source: Path, *, mime: str) -> bool:
    """Tell whether the file holds more than one picture, to be shown one after the other."""
    with source.open("rb") as file:
        try:
            if mime == "image/gif":
                return _gif_pictures(file) > 1
            return _png_moves(file) if mime == "image/png" else _webp_moves(file)
        except (struct.error, IndexError):
            return False


def _gif_pictures(file: IO[bytes]) -> int:
    """Count the pictures of a GIF, to two. Source: GIF89a, sections 17 to 26."""
    head = file.read(13)
    _skip_colours(file, head[10])
    found = 0
    for _ in range(_MOST_BLOCKS):
        mark = file.read(1)
        if mark == b"\x2c":
            found += 1
            if found > 1:
                break
            _skip_colours(file, file.read(9)[8])
            file.read(1)
        elif mark == b"\x21":
            file.read(1)
        else:
            break
        _skip_blocks(file)
    return found


def _skip_colours(file: IO[bytes], flags: int) -> None:
    if flags & _COLOUR_TABLE:
        file.seek(3 << ((flags & 7) + 1), 1)


def _skip_blocks(file: IO[bytes]) -> None:
    for _ in range(_MOST_BLOCKS):
        size = file.read(1)
        if not size or not size[0]:
            return
        file.seek(size[0], 1)


def _png_moves(file: IO[bytes]) -> bool:
    """Look for the chunk that says how many pictures follow, which stands before the first. Source: APNG 1.0."""
    file.seek(8)
    for _ in range(_MOST_BLOCKS):
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind == b"acTL":
            return bool(struct.unpack(">I", file.read(4))[0] > 1)
        if kind in (b"IDAT", b"IEND"):
            return False
        file.seek(length + 4, 1)
    return False


def _webp_moves(file: IO[bytes]) -> bool:
    """Read the flags of the extended header. Source: WebP container specification."""
    head = file.read(21)
    return head[12:16] == b"VP8X" and bool(head[20] & _WEBP_MOVES)
