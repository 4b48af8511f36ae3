"""The planner: from what a probe knows to everything one build will make. Pure, no I/O."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from previews.media.facts import MediaFacts, VideoFacts
from previews.media.recipes.copying import Copied, fits, why_encoded
from previews.media.recipes.sizes import Rung, fit_inside, plan_rungs
from previews.media.recipes.storyboard import Storyboard, plan_storyboard, plan_waveform_rate
from previews.media.recipes.table import (
    AAC_FRAME,
    AUDIO_RATE,
    LADDER_NAME,
    POSTER_SIDE,
    RECIPES,
    THUMBNAILS,
)
from previews.media.recipes.timing import SEGMENTS, Timing, plan_timing


@dataclass(frozen=True)
class VideoPlan:
    """Everything one encode of a video makes. `has_audio` is about the outputs, not the source.

    A quick one has a small rung alone, so that a long film can be watched while builds wait.
    """

    rungs: tuple[Rung, ...]
    timing: Timing
    has_audio: bool
    poster_frame: int
    poster: tuple[int, int]
    thumbnails: tuple[tuple[int, int, int], ...]
    storyboard: Storyboard
    waveform_rate: int
    has_storyboard: bool = True
    copied: Copied = "nothing"
    is_quick: bool = False

    @property
    def encoded(self) -> tuple[Rung, ...]:
        """The rungs that an encoder makes."""
        if self.copied == "rung":
            return self.rungs[1:]
        return self.rungs if self.has_hls or self.copied == "nothing" else ()

    @property
    def has_hls(self) -> bool:
        """Whether the clip is long enough for HLS."""
        return self.timing.gops_per_segment > 0

    @property
    def renditions(self) -> tuple[str, ...]:
        """Names for progress, the most wanted first."""
        named: list[str] = []
        for name in RECIPES["picture and sound" if self.has_audio else "picture"]:
            if name in (LADDER_NAME, "audio"):
                ladder = [rung.name for rung in self.rungs] if name == LADDER_NAME else [name]
                named += ladder if self.has_hls else []
            elif name != "storyboard" or self.has_storyboard:
                named.append(name)
        return tuple(named)


WITHHOLDABLE = frozenset(
    name for recipe in RECIPES.values() for name, priority in recipe.items() if priority == "extra"
)
"""What can be played and looked at without, and can be made later from what was made."""

QUICK_FROM_S, QUICK_SIDE = 60, 360
"""Shorter films are through the whole ladder before a quick pass would pay. Source: docs/previews.md, "A long queue"."""

COVER_RENDITIONS = ("poster", "thumbnails")
"""What is made of a sound's cover, where it has one that can be read."""


@dataclass(frozen=True)
class AudioPlan:
    """What is made of sound alone. Its timing counts AAC frames as a video's counts pictures."""

    timing: Timing
    waveform_rate: int
    has_cover: bool = False

    @property
    def has_hls(self) -> bool:
        """Whether the sound is long enough for HLS."""
        return self.timing.gops_per_segment > 0

    @property
    def renditions(self) -> tuple[str, ...]:
        """Names for progress."""
        recipe = RECIPES["sound and cover" if self.has_cover else "sound"]
        return tuple(name for name in recipe if name != "audio" or self.has_hls)


def plan_video(facts: MediaFacts, *, may_copy: bool = False, without: Collection[str] = ()) -> VideoPlan:
    """Plan the previews of a video from its probe facts.

    With `may_copy`, its picture is used as it is where it can be; `without` names kinds of `WITHHOLDABLE` to leave out.
    Where it names the ladder, a film longer than `QUICK_FROM_S` gets one small rung alone.
    """
    video = facts.video
    if video is None:
        raise ValueError("these facts have no picture")
    rungs = plan_rungs(video.display_width, video.display_height)
    timing = plan_timing(video.frames, rate=video.rate)
    copied: Copied = "nothing"
    if may_copy and why_encoded(facts, rungs[0]) is None:
        timing, copied = _copied_timing(video, timing)
    sound = facts.audio is not None and timing.audio_end >= 2 * AAC_FRAME
    top = rungs[0]
    is_long = timing.duration_s > QUICK_FROM_S and len(rungs) > 1
    is_quick = LADDER_NAME in without and is_long and copied == "nothing"
    return VideoPlan(
        rungs=_quick(rungs) if is_quick else rungs if timing.gops_per_segment else rungs[:1],
        timing=timing,
        has_audio=sound,
        poster_frame=min(video.frames // 10, int(3 * video.rate)),
        poster=fit_inside(top.width, top.height, side=POSTER_SIDE),
        thumbnails=tuple((side, *fit_inside(top.width, top.height, side=side)) for side in THUMBNAILS),
        storyboard=plan_storyboard(timing, width=top.width, height=top.height),
        waveform_rate=plan_waveform_rate(timing.duration_s),
        copied=copied,
        has_storyboard="storyboard" not in without and not is_quick,
        is_quick=is_quick,
    )


def _quick(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    """Choose the rung that is made before its ladder: the largest of those that are made fast."""
    return (next((rung for rung in rungs if min(rung.width, rung.height) <= QUICK_SIDE), rungs[-1]),)


def _copied_timing(video: VideoFacts, usual: Timing) -> tuple[Timing, Copied]:
    """Choose segments that begin where the master has keyframes; without any, only the proxy is copied."""
    trials = (plan_timing(video.frames, rate=video.rate, choices=(gops,)) for gops in SEGMENTS)
    found = next((timing for timing in trials if fits(timing, video)), None)
    return (usual, "proxy") if found is None else (found, "rung")


def plan_audio(facts: MediaFacts) -> AudioPlan:
    """Plan the previews of sound alone; its cover, where it has one, becomes the poster."""
    sound = facts.audio
    if sound is None:
        raise ValueError("these facts have no sound")
    frames = ceil(Fraction(sound.duration_s) * AUDIO_RATE / AAC_FRAME)
    timing = plan_timing(max(2, frames), rate=Fraction(AUDIO_RATE, AAC_FRAME))
    has_cover = bool(facts.meta.get("media", {}).get("has_cover"))
    return AudioPlan(timing, plan_waveform_rate(sound.duration_s), has_cover)
