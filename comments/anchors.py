"""Where in a version a comment sits: a range of frames, a span of time, a page, or nowhere in particular."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from dam.core.errors import invalid
from dam.core.timecode import frame_to_timecode, parse_rate


@dataclass(frozen=True)
class Anchor:
    """`frame_in` inclusive, `frame_out` exclusive; times in milliseconds; pages from 1."""

    frame_in: int | None = None
    frame_out: int | None = None
    time_in_ms: int | None = None
    time_out_ms: int | None = None
    page: int | None = None


def checked_anchor(
    anchor: Anchor, *, frame_count: int | None, duration: float | None = None, page_count: int | None = None
) -> Anchor:
    """Return the anchor with `frame_out` filled in, or refuse it; `duration` in seconds.

    Raises:
        Invalid: an end without or before its beginning, or a frame, a time or a page beyond the last that there is,
            once that is known.
    """
    frame_in, frame_out = anchor.frame_in, anchor.frame_out
    if frame_in is not None:
        frame_out = _checked_frames(frame_in, frame_out or frame_in + 1, frame_count=frame_count)
    elif frame_out is not None:
        raise invalid("frame_out", "Needs `frame_in`.")
    if anchor.time_out_ms is not None:
        if anchor.time_in_ms is None:
            raise invalid("time_out_ms", "Needs `time_in_ms`.")
        if anchor.time_out_ms <= anchor.time_in_ms:
            raise invalid("time_out_ms", "Must lie after `time_in_ms`.")
    _check_reach(anchor, duration=duration, page_count=page_count)
    return Anchor(frame_in, frame_out, anchor.time_in_ms, anchor.time_out_ms, anchor.page)


def _check_reach(anchor: Anchor, *, duration: float | None, page_count: int | None) -> None:
    if page_count is not None and anchor.page is not None and anchor.page > page_count:
        raise invalid("page", f"The version has {page_count} pages.")
    for name in ("time_in_ms", "time_out_ms"):
        at = getattr(anchor, name)
        # Players round to whole milliseconds, upwards too.
        if duration is not None and at is not None and at > ceil(duration * 1000):
            raise invalid(name, f"The version ends after {duration:.3f} seconds.")


def _checked_frames(frame_in: int, frame_out: int, *, frame_count: int | None) -> int:
    if frame_count is not None and frame_in >= frame_count:
        raise invalid("frame_in", f"The version has {frame_count} frames; the last is {frame_count - 1}.")
    if frame_out <= frame_in:
        raise invalid("frame_out", "Must be greater than `frame_in`.")
    if frame_count is not None and frame_out > frame_count:
        raise invalid("frame_out", f"The version has {frame_count} frames.")
    return frame_out


def timecode_at(
    frame: int | None, *, rate: str | None, drop_frame: bool | None, start: str | None
) -> str | None:
    """Return the timecode of a frame, or None while the version has no rate to count with.

    A start that does not fit the rate (files lie) is left out rather than refused.
    """
    if frame is None or rate is None:
        return None
    for begin in (start, None):
        try:
            return frame_to_timecode(frame, rate=parse_rate(rate), drop_frame=bool(drop_frame), start=begin)
        except ValueError:
            continue
    return None
