"""How a film is cut into parts that are encoded one by one, or by many workers at once, and when that pays: pure."""

from dataclasses import dataclass, replace
from fractions import Fraction

from previews.media.facts import MediaFacts, VideoFacts
from previews.media.recipes.planner import VideoPlan
from previews.media.recipes.timing import Timing, is_good_tail

OPENING_S, LONGEST_OPENING_S = 6.0, 7.2
"""Length of what is encoded before the whole master has arrived: long enough to play, short enough to fetch; whole
segments, of which one alone may be longer."""
PART_S = 40.0
"""Length of a part that another worker may take; a worker's death costs at most one."""
WORTH_SHARING_S = 300.0
"""Below so much processor time, handing parts about costs more than it saves."""
_CPU_S_PER_MEGAPIXEL = 0.036
"""Measured: decoding and a whole ladder, docs/previews.md, "Cost"."""
_HEAVY = {"hevc": 1.5, "av1": 1.5, "libdav1d": 1.5, "vp9": 1.2, "vvc": 2.5, "jpeg2000": 4.0}
_SEEKABLE = ("mov", "matroska", "mxf")
_LEAD_FRAMES = 4


@dataclass(frozen=True)
class Part:
    """Frames `first` to `first + frames` of a film, cut between segments; the last part takes what there is."""

    number: int
    first: int
    frames: int
    is_last: bool


def cut_parts(timing: Timing, *, first: int = 0, part_s: float = PART_S) -> tuple[Part, ...]:
    """Cut the film from frame `first` on into parts of whole segments, about `part_s` seconds long.

    A rest shorter than half a part joins the part before it.
    """
    step = max(1, round(part_s * timing.rate / timing.segment_frames)) * timing.segment_frames
    starts = list(range(first, timing.frames, step))
    if len(starts) > 1 and timing.frames - starts[-1] < step / 2:
        starts.pop()
    ends = [*starts[1:], timing.frames]
    before = 1 if first else 0
    return tuple(
        Part(number + before, start, end - start, is_last=end == timing.frames)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def opening_part(timing: Timing) -> Part | None:
    """Choose what is encoded before the whole master is here; None where little would be left after it."""
    if not timing.gops_per_segment:
        return None
    segments = max(1, round(OPENING_S * timing.rate) // timing.segment_frames)
    frames = segments * timing.segment_frames
    return Part(0, 0, frames, is_last=False) if timing.frames >= 2 * frames else None


def held_timing(timing: Timing, *, like: Timing) -> Timing:
    """Keep the segment length that has been published already; a tail it leaves is merged afterwards."""
    tail = timing.frames % (timing.gop * like.gops_per_segment)
    needs_merge = not is_good_tail(tail, gop=timing.gop)
    return replace(timing, gops_per_segment=like.gops_per_segment, needs_tail_merge=needs_merge)


@dataclass(frozen=True)
class Entry:
    """Where a part begins in its source: seek to `seek_s`; its first frame then lies `lead_s` after zero."""

    seek_s: Fraction
    lead_s: Fraction


def entry_of(part: Part, video: VideoFacts) -> Entry:
    """Find where decoding must begin so that a part has exactly the frames that it has in the whole.

    Deinterlacing looks at the frames before; a variable rate is rounded to the grid that begins at the container's
    zero, so the grid is entered on a line of it.
    """
    begins = video.offset_s
    if video.is_variable:
        begins = Fraction(int(video.offset_s * video.rate + Fraction(1, 2))) / video.rate
    at = begins + part.first / video.rate
    lead = Fraction(_LEAD_FRAMES) / video.source_rate if video.is_interlaced else Fraction(0)
    return Entry(at - lead, lead) if part.first else Entry(Fraction(0), Fraction(0))


def estimated_cpu_s(video: VideoFacts, plan: VideoPlan) -> float:
    """Estimate the processor time of the whole ladder on one core of the measuring machine."""
    top = plan.rungs[0]
    pixels = max(top.width * top.height, video.coded_width * video.coded_height / 4)
    return plan.timing.frames * pixels / 1e6 * _CPU_S_PER_MEGAPIXEL * _HEAVY.get(video.codec, 1.0)


def why_whole(
    facts: MediaFacts,
    plan: VideoPlan,
    *,
    idle_workers: int,
    part_s: float = PART_S,
    worth_cpu_s: float = WORTH_SHARING_S,
) -> str | None:
    """Say why a film is better encoded in one piece; None where it should be shared among workers."""
    video = facts.video
    if video is None or not plan.has_hls:
        return "nothing to cut"
    media = facts.meta.get("media", {})
    rules = (
        ("nobody else is idle", idle_workers < 1),
        ("too short", plan.timing.duration_s < 2 * part_s),
        ("too cheap", estimated_cpu_s(video, plan) < worth_cpu_s),
        ("a container without an index", not str(media.get("format", "")).startswith(_SEEKABLE)),
        ("times that tell no places", video.is_renumbered),
        ("damaged or cut short", facts.readable < 0.99 or bool(media.get("complaint"))),
    )
    return next((reason for reason, holds in rules if holds), None)
