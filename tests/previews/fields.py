"""H.264 whose fields are pictures of their own, as camcorders record it, written by hand: no encoder here makes it."""

WIDE, HIGH = 20, 6
"""Macroblocks of a field; the frame has twice as many rows."""


class _Bits:
    def __init__(self) -> None:
        self._bits: list[int] = []

    def fixed(self, *pairs: tuple[int, int]) -> None:
        """Append values in so many bits each."""
        for width, value in pairs:
            self._bits += [value >> at & 1 for at in range(width - 1, -1, -1)]

    def golomb(self, *values: int) -> None:
        """Append values as Exp-Golomb codes. Source: ITU-T H.264, clause 9.1."""
        for value in values:
            width = (value + 1).bit_length()
            self.fixed((width - 1, 0), (width, value + 1))

    def whole(self, data: bytes) -> None:
        """Append bytes, on a byte's edge."""
        self._bits += [0] * (-len(self._bits) % 8)
        for value in data:
            self.fixed((8, value))

    def unit(self, kind: int) -> bytes:
        """End the unit, and keep start codes out of it."""
        self.fixed((1, 1))
        self._bits += [0] * (-len(self._bits) % 8)
        text = "".join(map(str, self._bits))
        out, zeros = bytearray(), 0
        for value in int(text, 2).to_bytes(len(text) // 8, "big"):
            if zeros >= 2 and value <= 3:
                out.append(3)
                zeros = 0
            out.append(value)
            zeros = zeros + 1 if value == 0 else 0
        return b"\0\0\0\1" + bytes([3 << 5 | kind]) + bytes(out)


def stream_of_fields(frames: int, *, rate: int = 25) -> bytes:
    """Write so many frames, their number drawn as in `tests.previews.media.picture`; a group has twelve."""
    out = b""
    for number in range(frames):
        place = number % 12
        for is_second in (False, True):
            out += b"\0\0\0\1\x09\x10"
            out += _sequence(rate) + _picture() if place == 0 and not is_second else b""
            out += _field(number, place, group=number // 12, is_second=is_second)
    return out


def _sequence(rate: int) -> bytes:
    bits = _Bits()
    bits.fixed((8, 77), (8, 0), (8, 30))
    bits.golomb(0, 0, 0, 4, 1)
    bits.fixed((1, 0))
    bits.golomb(WIDE - 1, HIGH - 1)
    # Fields, no macroblock pairs; of the words about use only how long a field lasts, and that pictures tell what they are.
    bits.fixed((1, 0), (1, 0), (1, 1), (1, 0), (1, 1), (4, 0), (1, 1), (32, 1), (32, 2 * rate), (1, 1))
    bits.fixed((1, 0), (1, 0), (1, 1), (1, 0))
    return bits.unit(7)


def _picture() -> bytes:
    bits = _Bits()
    bits.golomb(0, 0)
    bits.fixed((2, 0))
    bits.golomb(0, 0, 0)
    bits.fixed((3, 0))
    bits.golomb(0, 0, 0)
    bits.fixed((1, 1), (2, 0))
    return bits.unit(8)


def _field(number: int, place: int, *, group: int, is_second: bool) -> bytes:
    is_idr = place == 0 and not is_second
    bits = _Bits()
    bits.golomb(0, 7, 0)
    bits.fixed((4, place), (1, 1), (1, is_second))
    if is_idr:
        bits.golomb(group % 2)
    bits.fixed((8, 2 * place + is_second), (2 if is_idr else 1, 0))
    bits.golomb(0, 1)
    for at in range(WIDE * HIGH):
        white = number >> (at % WIDE * 10 // WIDE) & 1 if at < WIDE * 2 else 0
        # Samples as they are: macroblocks of type I_PCM.
        bits.golomb(25)
        bits.whole(bytes([235 if white else 16]) * 256 + bytes([128]) * 128)
    return bits.unit(5 if is_idr else 1)
