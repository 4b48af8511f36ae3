"""When the picture of a master is used as it is instead of being encoded again: one table of rules, pure.

What is copied must keep every promise that an encode keeps: the first frame at 0, every frame in its place, no
picture that needs another group's, and nothing that a browser does not play. Where one rule does not hold, the
picture is encoded. Sound is always encoded, because its priming must lie before zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from previews.media.facts import CopyFacts, MediaFacts, VideoFacts
from previews.media.recipes.sizes import Rung
from previews.media.recipes.timing import Timing

Copied = Literal["nothing", "proxy", "rung"]
"""What is made of the master's own picture: the MP4 proxy alone, or the proxy and the top rung."""


@dataclass(frozen=True)
class _Case:
    """What the rules judge: a master, and the top rung that it would stand for."""

    facts: MediaFacts
    video: VideoFacts
    copying: CopyFacts
    top: Rung


Rule = tuple[str, Callable[[_Case], bool]]

_PROFILES = {"Baseline", "Constrained Baseline", "Main", "High"}
_HIGHEST_LEVEL = 51
_FASTEST = 60
_ABOVE_CAP = 1.5
_LONGEST_GROUP_S = 4
_PLAIN = (None, "bt709")
_NOTHING_ODD = 2
COPIED_AT_ONCE_S = 120
"""Clips up to this long are fetched whole and copied; longer ones play before they are here, and are encoded."""

RULES: tuple[Rule, ...] = (
    ("its container is not MP4 or MOV", lambda it: it.copying.container.startswith("mov")),
    ("it is not 8-bit 4:2:0", lambda it: it.video.pixel_format == "yuv420p"),
    ("its profile is not for browsers", lambda it: it.copying.profile in _PROFILES),
    ("its level is above 5.1", lambda it: 0 < it.copying.level <= _HIGHEST_LEVEL),
    ("it is interlaced", lambda it: not it.video.is_interlaced),
    ("its pixels are not square", lambda it: it.copying.aspect == 1),
    ("it is turned or mirrored", lambda it: not it.copying.is_turned and not it.video.rotation),
    ("it has another size than the top rung", lambda it: _size(it.video) == _size_of(it.top)),
    ("its colours are not bt709", lambda it: set(it.copying.colors) <= set(_PLAIN)),
    # Players take small pictures that say nothing for bt601, and the other rungs would look different.
    ("its matrix is not bt709", lambda it: it.video.matrix == "bt709"),
    ("it is full range", lambda it: it.copying.range != "full"),
    ("its rate is variable", lambda it: not it.video.is_variable and it.copying.is_on_grid),
    ("its frames are not evenly spaced", lambda it: it.copying.step * it.video.rate == 1),
    ("it has more than 60 frames a second", lambda it: it.video.source_rate <= _FASTEST),
    ("its bit rate is above the cap", lambda it: it.copying.bit_rate <= _most_bits(it.top)),
    ("its keyframes are too far apart", lambda it: _widest_s(it.video, it.copying) <= _LONGEST_GROUP_S),
    ("its groups of pictures are open", lambda it: it.copying.is_idr),
    ("it does not begin with a keyframe", lambda it: it.copying.keys[:1] == (0,)),
    ("it does not begin at zero", lambda it: it.video.offset_s == 0),
    ("its edit list hides frames", lambda it: it.video.frames == it.video.source_frames),
    ("it changes its parameters on the way", lambda it: it.copying.other_sets == 0),
    ("it could not be read without an error", lambda it: it.copying.is_whole),
    ("it is cut short", lambda it: it.facts.readable >= 1.0),
    ("its picture is shorter than three frames", lambda it: it.video.frames > _NOTHING_ODD),
)


def why_encoded(facts: MediaFacts, top: Rung) -> str | None:
    """Say which rule keeps a picture from being copied; None when all hold."""
    video = facts.video
    if video is None or video.copying is None:
        return "it is not H.264 of one step"
    case = _Case(facts, video, video.copying, top)
    return next((words for words, holds in RULES if not holds(case)), None)


def fits(timing: Timing, video: VideoFacts) -> bool:
    """Tell whether every segment of a rung can begin with a keyframe that the master has."""
    if video.copying is None or not timing.gops_per_segment or timing.needs_tail_merge:
        return False
    return set(range(0, timing.frames, timing.segment_frames)) <= set(video.copying.keys)


def _size(video: VideoFacts) -> tuple[int, int]:
    return video.coded_width, video.coded_height


def _size_of(top: Rung) -> tuple[int, int]:
    return top.width, top.height


def _most_bits(top: Rung) -> float:
    return _ABOVE_CAP * top.cap_kilobits * 1000


def _widest_s(video: VideoFacts, copying: CopyFacts) -> float:
    ends = [*copying.keys[1:], video.source_frames]
    widest = max(
        (after - before for before, after in zip(copying.keys, ends, strict=True)), default=video.frames
    )
    return float(widest * copying.step)
