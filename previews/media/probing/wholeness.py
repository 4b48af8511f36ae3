"""Tell from a file's own structure whether it is all there, where its header's length can't be believed."""

from fractions import Fraction
from pathlib import Path

_SEGMENT = bytes.fromhex("18538067")
_HEAD = 4096
_LEAD = 4096
_XING = (b"Xing", b"Info")
_VBRI = b"VBRI"
_TOLERANCE = Fraction(17, 16)
_UNTOLD = 0xFFFFFF00
"""Writers of streams fill the field with ones, or nearly."""


def is_whole_matroska(source: Path) -> bool:
    """Tell whether the one segment says how long it is, and ends within the file. Source: RFC 8794, RFC 9559."""
    with source.open("rb") as file:
        head = file.read(_HEAD)
    at = head.find(_SEGMENT)
    if at < 0 or at + 5 > len(head) or not head[at + 4]:
        return False
    width = 9 - head[at + 4].bit_length()
    field = head[at + 4 : at + 4 + width]
    if len(field) < width:
        return False
    size = int.from_bytes(field, "big") & ((1 << 7 * width) - 1)
    is_known = size != (1 << 7 * width) - 1
    return is_known and at + 4 + width + size <= source.stat().st_size


def riff_share(source: Path) -> float:
    """Give the share of a RIFF or IFF file that is there, by the length in its header; 1 where it tells none."""
    with source.open("rb") as file:
        head = file.read(8)
    if head[:4] not in (b"RIFF", b"FORM"):
        return 1.0
    declared = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
    is_told = 0 < declared < _UNTOLD
    return min(1.0, (source.stat().st_size - 8) / declared) if is_told else 1.0


def tells_length(source: Path, *, format_name: str) -> bool:
    """Tell whether the length of a file is one that its header declares, and not one guessed from its first frames.

    Frames of sound without a container have no header; MP3 may have one in its first frame, and where files were joined end to
    end it speaks of the first alone. Source: ffmpeg's `mp3dec.c`, ID3v2.4 3.1 and 6.2, Fraunhofer's VBRI header.
    """
    if format_name in ("aac", "ac3"):
        return False
    if format_name != "mp3":
        return True
    with source.open("rb") as file:
        tag = file.read(10)
        start = (
            10 + sum((each & 127) << 7 * (3 - at) for at, each in enumerate(tag[6:]))
            if tag[:3] == b"ID3"
            else 0
        )
        file.seek(start)
        lead = file.read(_LEAD)
    size = _told_bytes(lead)
    return size is not None and (size == 0 or source.stat().st_size - start <= size * _TOLERANCE)


def _told_bytes(lead: bytes) -> int | None:
    """Give the bytes that an MP3's own header counts, 0 where it counts frames alone, None where it counts nothing."""
    for mark in _XING:
        at = lead.find(mark)
        if at >= 0 and at + 16 <= len(lead):
            flags = int.from_bytes(lead[at + 4 : at + 8], "big")
            told = int.from_bytes(lead[at + 12 : at + 16], "big") if flags & 2 else 0
            return told if flags & 1 else None
    at = lead.find(_VBRI)
    return int.from_bytes(lead[at + 10 : at + 14], "big") if at >= 0 else None
