"""Tell from a file's own structure whether it is all there, where its header's length can't be believed."""

from pathlib import Path

_SEGMENT = bytes.fromhex("18538067")
_HEAD = 4096
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
