"""How frames are cut into groups of pictures and segments, so that players reach every one of them: pure."""

from dataclasses import dataclass
from fractions import Fraction

from previews.media.recipes.table import AAC_FRAME, AUDIO_RATE


@dataclass(frozen=True)
class Timing:
    """How `frames` frames at `rate` are cut: closed GOPs of about a second, whole GOPs to a segment.

    `gops_per_segment` is 0 where the clip is too short for HLS; `needs_tail_merge` says that no number of GOPs leaves
    a last segment that players reach the end of.
    Source: measured packaging "bx" and its tail rule, docs/previews.md.
    """

    rate: Fraction
    frames: int
    gop: int
    gops_per_segment: int
    needs_tail_merge: bool

    @property
    def segment_frames(self) -> int:
        """Frames in every segment but the last."""
        return self.gop * self.gops_per_segment

    @property
    def segment_us(self) -> int:
        """Length of a segment in microseconds, rounded down, so that the cut never slips by one GOP."""
        return int(self.segment_frames * 1_000_000 / self.rate)

    @property
    def duration_s(self) -> float:
        """Length of the whole clip in seconds."""
        return float(self.frames / self.rate)

    @property
    def audio_end(self) -> int:
        """Samples at 48 kHz after which sound ends: whole AAC frames, never longer than the picture."""
        return int(self.frames * AUDIO_RATE / self.rate) // AAC_FRAME * AAC_FRAME


SEGMENTS = (2, 3, 4, 5, 7)
"""Groups of pictures that make a segment, the first choice first."""


def plan_timing(frames: int, *, rate: Fraction, choices: tuple[int, ...] = SEGMENTS) -> Timing:
    """Choose GOP and segment length so that the last segment is empty or long enough to be reached."""
    gop = max(1, (2 * rate.numerator + rate.denominator) // (2 * rate.denominator))
    if frames < gop or frames < 4:
        return Timing(rate, frames, gop, 0, needs_tail_merge=False)
    # At a frame a second or fewer, two groups are two frames: too short to end with.
    long_enough = [gops for gops in choices if is_good_tail(gops * gop, gop=gop)]
    for gops in long_enough:
        if is_good_tail(frames % (gops * gop), gop=gop):
            return Timing(rate, frames, gop, gops, needs_tail_merge=False)
    return Timing(rate, frames, gop, (long_enough or choices)[0], needs_tail_merge=True)


def is_good_tail(tail: int, *, gop: int) -> bool:
    """Tell whether players reach the end of a last segment of `tail` frames."""
    return tail == 0 or (tail >= 3 and 2 * tail >= gop)
