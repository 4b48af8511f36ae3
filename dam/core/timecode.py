"""Frames, SMPTE timecode and milliseconds, in integers and exact rationals; no float ever decides a frame."""

import re
from fractions import Fraction

_RATE = re.compile(r"([1-9][0-9]{0,9})(?:/([1-9][0-9]{0,9}))?")
_TIMECODE = re.compile(r"([0-9]{2}):([0-5][0-9]):([0-5][0-9])([:;.,])([0-9]{2,3})")
_MINUTES_PER_DAY = 24 * 60


def parse_rate(text: str) -> Fraction:
    """Read a frame rate such as ``"30000/1001"`` or ``"25"``.

    Raises: ValueError when the text is not a positive rational.
    """
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a frame rate: {text!r}")
    return Fraction(int(match[1]), int(match[2] or 1))


def format_rate(rate: Fraction) -> str:
    """Write a frame rate as the contract does, always with its denominator: ``"25/1"``."""
    return f"{rate.numerator}/{rate.denominator}"


def nominal_rate(rate: Fraction) -> int:
    """Round a rate to the whole number that timecode counts with: 30 for 29.97."""
    return max(1, (2 * rate.numerator + rate.denominator) // (2 * rate.denominator))


def allows_drop_frame(rate: Fraction) -> bool:
    """Tell whether drop-frame counting exists at this rate.

    Source: SMPTE ST 12-1 defines it for 30000/1001, and by doubling for 60000/1001.
    """
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def frames_per_day(rate: Fraction, *, drop_frame: bool) -> int:
    """Count the timecode numbers of one day, after which timecode starts over."""
    total = nominal_rate(rate) * 60 * _MINUTES_PER_DAY
    if not drop_frame:
        return total
    return total - _dropped_per_minute(rate) * (_MINUTES_PER_DAY - _MINUTES_PER_DAY // 10)


def frame_to_timecode(
    frame: int, *, rate: Fraction, drop_frame: bool = False, start: str | None = None
) -> str:
    """Write a frame number as SMPTE timecode, counted on from `start` (``"00:00:00:00"`` when absent).

    Units and shapes: `frame` from 0; the last separator is ``;`` in drop-frame; past midnight it starts over.
    Raises: ValueError for drop-frame at a rate that has none, or a start that is not a timecode.
    """
    day = frames_per_day(rate, drop_frame=drop_frame)
    offset = timecode_to_frame(start, rate=rate, drop_frame=drop_frame) if start else 0
    number = (frame + offset) % day
    base = nominal_rate(rate)
    if drop_frame:
        number += _numbers_skipped_before(number, rate=rate)
    seconds, frames = divmod(number, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    digits = max(2, len(str(base - 1)))
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop_frame else ':'}{frames:0{digits}}"


def timecode_to_frame(text: str, *, rate: Fraction, drop_frame: bool = False) -> int:
    """Read SMPTE timecode as the frame number counted from midnight.

    Any of ``: ; . ,`` may stand before the frames; `drop_frame` alone decides how they count.
    Raises: ValueError when the text is no timecode, has a frame beyond the rate, or names a dropped number.
    """
    match = _TIMECODE.fullmatch(text)
    base = nominal_rate(rate)
    if match is None or int(match[1]) > 23 or int(match[5]) >= base:
        raise ValueError(f"not a timecode at {format_rate(rate)}: {text!r}")
    hours, minutes, seconds, frames = int(match[1]), int(match[2]), int(match[3]), int(match[5])
    minute = hours * 60 + minutes
    number = (minute * 60 + seconds) * base + frames
    if not drop_frame:
        return number
    dropped = _dropped_per_minute(rate)
    if seconds == 0 and frames < dropped and minute % 10:
        raise ValueError(f"drop-frame timecode skips {text!r}")
    return number - dropped * (minute - minute // 10)


def frame_to_ms(frame: int, *, rate: Fraction) -> int:
    """Give the time at which a frame begins, in milliseconds, to the nearest."""
    return (2 * frame * 1000 * rate.denominator + rate.numerator) // (2 * rate.numerator)


def ms_to_frame(ms: int, *, rate: Fraction) -> int:
    """Give the frame on screen at a time in milliseconds.

    The time is read as the middle of its millisecond, so `frame_to_ms` comes back to the same frame up to 500 fps.
    """
    return (2 * ms + 1) * rate.numerator // (2000 * rate.denominator)


def _dropped_per_minute(rate: Fraction) -> int:
    if not allows_drop_frame(rate):
        raise ValueError(f"no drop-frame at {format_rate(rate)}")
    return nominal_rate(rate) // 15


def _numbers_skipped_before(number: int, *, rate: Fraction) -> int:
    dropped = _dropped_per_minute(rate)
    per_minute = nominal_rate(rate) * 60 - dropped
    per_ten = per_minute * 10 + dropped
    tens, rest = divmod(number, per_ten)
    minutes_into_ten = 0 if rest < per_minute + dropped else 1 + (rest - per_minute - dropped) // per_minute
    return dropped * (9 * tens + minutes_into_ten)
