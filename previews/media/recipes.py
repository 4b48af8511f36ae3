"""What is made of which source: the recipe table as data, and the planner that applies it to probe facts."""

import math
from dataclasses import dataclass
from fractions import Fraction

from previews.media.facts import MediaFacts

RECIPE_VERSION = 1
"""Counts up whenever the same master would get other previews; a part of every build's identity."""

AUDIO_RATE = 48_000
AAC_FRAME = 1024
AUDIO_KILOBITS = 128
THUMBNAILS = (150, 300, 1280)
POSTER_SIDE = 1920
TILE_SIDE = 160
SHEET_SIDE = 10
LONGEST_SIDE = 4096
"""Rungs are never longer than this, whatever their short side: the limit of H.264 level 5.1 hardware decoders."""


@dataclass(frozen=True)
class Quality:
    """One row of the ladder: constant quality with a cap, for pictures up to this short side."""

    short: int
    crf: int
    cap_kilobits: int


LADDER = (
    Quality(1080, 19, 12_000),
    Quality(720, 21, 4_000),
    Quality(480, 23, 1_500),
    Quality(360, 23, 800),
    Quality(240, 24, 450),
)
TOP_CRF = 19
PRESET = "veryfast"
B_FRAMES = 3


@dataclass(frozen=True)
class Rung:
    """One size of the ladder, in display pixels."""

    name: str
    width: int
    height: int
    crf: int
    cap_kilobits: int


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


@dataclass(frozen=True)
class Storyboard:
    """Sheets of small pictures: every `step`-th frame, `columns` x `rows` tiles to a sheet."""

    step: int
    tiles: int
    columns: int
    rows: int
    tile_width: int
    tile_height: int

    @property
    def sheets(self) -> int:
        """How many sheets hold all tiles."""
        return math.ceil(self.tiles / (self.columns * self.rows))


@dataclass(frozen=True)
class VideoPlan:
    """Everything one encode of a video makes. `has_audio` is about the outputs, not the source."""

    rungs: tuple[Rung, ...]
    timing: Timing
    has_audio: bool
    poster_frame: int
    poster: tuple[int, int]
    thumbnails: tuple[tuple[int, int, int], ...]
    storyboard: Storyboard
    waveform_rate: int

    @property
    def has_hls(self) -> bool:
        """Whether the clip is long enough for HLS."""
        return self.timing.gops_per_segment > 0

    @property
    def renditions(self) -> tuple[str, ...]:
        """Names for progress, the most wanted first."""
        rungs = tuple(rung.name for rung in self.rungs) if self.has_hls else ()
        sound = ("audio",) if self.has_hls and self.has_audio else ()
        return (
            "poster",
            *rungs,
            *sound,
            "mp4",
            "thumbnails",
            "storyboard",
            *(("waveform",) if self.has_audio else ()),
        )


def plan_video(facts: MediaFacts) -> VideoPlan:
    """Plan the previews of a video from its probe facts."""
    video = facts.video
    if video is None:
        raise ValueError("these facts have no picture")
    timing = plan_timing(video.frames, rate=video.rate)
    size = (video.display_width, video.display_height)
    rungs = plan_rungs(*size)
    sound = facts.audio is not None and timing.audio_end >= 2 * AAC_FRAME
    top = rungs[0]
    return VideoPlan(
        rungs=rungs if timing.gops_per_segment else rungs[:1],
        timing=timing,
        has_audio=sound,
        poster_frame=min(video.frames // 10, int(3 * video.rate)),
        poster=fit_inside(top.width, top.height, side=POSTER_SIDE),
        thumbnails=tuple((side, *fit_inside(top.width, top.height, side=side)) for side in THUMBNAILS),
        storyboard=plan_storyboard(timing, width=top.width, height=top.height),
        waveform_rate=plan_waveform_rate(timing.duration_s),
    )


def plan_rungs(width: int, height: int) -> tuple[Rung, ...]:
    """Choose the sizes of the ladder, largest first: by the short side of the display size, never scaled up."""
    short = min(width, height)
    shorts = [row.short for row in LADDER if row.short <= short]
    if not shorts:
        shorts = [short]
    elif shorts[0] < LADDER[0].short and short > 1.15 * shorts[0]:
        shorts.insert(0, short)
    rungs = [
        _rung(value, width=width, height=height, is_top=not number) for number, value in enumerate(shorts)
    ]
    return tuple({(rung.width, rung.height): rung for rung in reversed(rungs)}.values())[::-1]


def plan_timing(frames: int, *, rate: Fraction) -> Timing:
    """Choose GOP and segment length so that the last segment is empty or long enough to be reached."""
    gop = max(1, (2 * rate.numerator + rate.denominator) // (2 * rate.denominator))
    if frames < gop or frames < 4:
        return Timing(rate, frames, gop, 0, needs_tail_merge=False)
    for gops in (2, 3, 4, 5, 7):
        if is_good_tail(frames % (gops * gop), gop=gop):
            return Timing(rate, frames, gop, gops, needs_tail_merge=False)
    return Timing(rate, frames, gop, 2, needs_tail_merge=True)


def is_good_tail(tail: int, *, gop: int) -> bool:
    """Tell whether players reach the end of a last segment of `tail` frames."""
    return tail == 0 or (tail >= 3 and 2 * tail >= gop)


def plan_storyboard(timing: Timing, *, width: int, height: int) -> Storyboard:
    """Choose a step of a second or less for short clips, and at most 600 tiles for long ones."""
    duration = timing.duration_s
    step_s = max(duration / 600, min(1.0, duration / 60))
    step = max(1, round(step_s * timing.rate))
    tiles = math.ceil(timing.frames / step)
    columns = min(SHEET_SIDE, tiles)
    tile_width, tile_height = fit_inside(width, height, side=TILE_SIDE)
    rows = min(SHEET_SIDE, math.ceil(tiles / columns))
    return Storyboard(step, tiles, columns, rows, even(tile_width), even(tile_height))


def plan_waveform_rate(duration_s: float) -> int:
    """Choose peaks per second: 100 for a clip, fewer for a film, always a divisor of the sample rate."""
    wanted = 36_000 / max(1.0, duration_s)
    return next((rate for rate in (100, 50, 40, 25, 20, 10, 5, 4, 2) if rate <= wanted), 1)


def fit_inside(width: int, height: int, *, side: int) -> tuple[int, int]:
    """Shrink a size so that its long side is at most `side`; never enlarge."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def even(value: float) -> int:
    """Round to the nearest even number of pixels, at least 2."""
    return max(2, 2 * round(value / 2))


def _rung(short: int, *, width: int, height: int, is_top: bool) -> Rung:
    scale = min(short / min(width, height), LONGEST_SIDE / max(width, height))
    wide, high = even(width * scale), even(height * scale)
    if is_top and short == min(width, height):
        wide, high = min(wide, even(width - 0.5)), min(high, even(height - 0.5))
    row = next(row for row in reversed(LADDER) if row.short >= min(short, LADDER[0].short))
    if not is_top:
        return Rung(f"{short}p", wide, high, row.crf, row.cap_kilobits)
    cap = max(500, round(LADDER[0].cap_kilobits * min(1.0, short / LADDER[0].short) ** 1.5))
    return Rung(f"{short}p", wide, high, TOP_CRF, cap)
