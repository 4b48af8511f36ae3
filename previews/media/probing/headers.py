"""Read what the packets of a sound say of themselves. The probing child runs it by its path, alone."""

from collections.abc import Callable, Mapping

Said = tuple[int, int]
"""Channels, and a code for the sample rate: only compared with those of other packets."""

_SURROUND = (2, 1, 2, 3, 3, 4, 4, 5)
"""Channels for each audio coding mode, without the low frequencies. Source: ATSC A/52, table 5.8."""
_LAST_PLAIN = 10
"""Bit streams above it are E-AC-3. Source: ATSC A/52, E.1.3.1.6."""
_HALVED, _DEPENDENT = 3, 1
_MONO, _LAYERS = 3, (0xE0, 0x06)


def _dolby(head: bytes) -> Said | None:
    """Source: ATSC A/52, 5.3.1 and 5.3.2, E.1.2.2."""
    if len(head) < 8 or head[:2] != b"\x0b\x77":
        return None
    if head[5] >> 3 > _LAST_PLAIN:
        rate = head[4] >> 6
        said = _SURROUND[head[4] >> 1 & 7] + (head[4] & 1), head[4] >> 4 if rate == _HALVED else rate
        return None if head[2] >> 6 == _DEPENDENT else said
    mode = head[6] >> 5
    levels = 2 * (mode & 1 and mode != 1) + 2 * (mode >> 2) + 2 * (mode == 2)
    low = int.from_bytes(head[6:8], "big") >> (12 - levels) & 1
    return _SURROUND[mode] + low, head[4] >> 6


def _adts(head: bytes) -> Said | None:
    """Source: ISO 14496-3, 1.A.2.2.1; a layout that only the stream itself tells is none to be compared."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return None
    channels = (head[2] & 1) << 2 | head[3] >> 6
    return (8 if channels == 7 else channels, head[2] >> 2 & 15) if channels else None


def _layers(head: bytes) -> Said | None:
    """Source: ISO 11172-3, 2.4.1.3."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & _LAYERS[0] != _LAYERS[0] or not head[1] & _LAYERS[1]:
        return None
    return 1 if head[3] >> 6 == _MONO else 2, (head[1] >> 3 & 3) << 2 | head[2] >> 2 & 3


HEADERS: Mapping[str, Callable[[bytes], Said | None]] = {
    "ac3": _dolby,
    "eac3": _dolby,
    "aac": _adts,
    "mp1": _layers,
    "mp2": _layers,
    "mp3": _layers,
}
"""How to read the first bytes of a packet, by coding; None where it says nothing."""
HEADER_BYTES = 8
