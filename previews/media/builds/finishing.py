"""What follows every encode of a video: mend what the probe got wrong, make up pictures, judge, publish."""

from dataclasses import replace
from typing import Literal

from dam.core.observing import tracing
from previews.media.builds.audio import cut_reason
from previews.media.builds.frames import FrameMissing, FrameUnreadable, cut_frame
from previews.media.builds.handover import hand_over
from previews.media.builds.judging import refuse_complaints
from previews.media.builds.stills import render_still
from previews.media.builds.underway import POSTERS, Build
from previews.media.encoding.mending import mend_sound
from previews.media.encoding.qc import Log
from previews.media.facts import MediaFacts
from previews.media.failures import BuildFailed
from previews.media.outcome import BuildResult
from previews.media.packaging import checks
from previews.media.packaging.publishing import WEBP_TYPE
from previews.media.recipes import Timing

_FRAMES_FORGIVEN = 2
"""Some formats end in packets that show no picture of their own; that is no damage."""


def finish(build: Build, log: Log, *, made: int) -> BuildResult:
    """Mend, judge and publish what an encode left in scratch; `made` frames were counted in its outputs.

    `build.variants` are the renditions as packaged, `log` is what was read while the whole source was decoded.
    Raises: BuildFailed when a check finds anything wrong.
    """
    _refuse_count(build, log, made=made)
    with tracing.stage("preview", "mend"):
        _mend(build, made=made)
    document = build.waveform.finish() if build.waveform is not None and build.plan.has_audio else None
    with tracing.stage("preview", "pictures"):
        _pictures(build)
    with tracing.stage("preview", "check"):
        refuse_complaints(build, log, document)
    with tracing.stage("preview", "publish"):
        renditions = hand_over(build, document)
    meta = {
        "media": build.facts.meta["media"],
        "loudness": log.measured_loudness(),
        "exif": {},
        "qc": log.qc(),
    }
    plays_s = build.plan.timing.duration_s
    reason = cut_reason(_readable(build, log), plays_s=plays_s, whole_s=build.facts.declared_s)
    names = frozenset(build.published.names)
    is_quick = build.plan.is_quick
    state: Literal["ready", "partial"] = "partial" if reason or is_quick else "ready"
    return BuildResult(state, reason, build.facts, meta, renditions, names, is_quick)


def _refuse_count(build: Build, log: Log, *, made: int) -> None:
    decoded, errors = log.decoded.get("video", 0), log.decode_errors.get("video", 0)
    found = checks.check_count(made, decoded=decoded, errors=errors, video=build.video)
    if found:
        raise BuildFailed(
            f"The previews came out wrong ({found[0]}) and were thrown away. Try again.", permanent=False
        )


def _mend(build: Build, *, made: int) -> None:
    """Bring plan, sound and tail in line with the frames that were really made; the picture is never encoded twice."""
    timing, plan = build.plan.timing, build.plan
    if made != timing.frames:
        timing = replace(timing, frames=made)
        story = replace(plan.storyboard, tiles=-(-made // plan.storyboard.step))
        build.plan = replace(plan, timing=timing, storyboard=story)
        build.facts = _recounted(build.facts, timing)
        if plan.has_audio and timing.audio_end != plan.timing.audio_end:
            _mend_sound(build, timing)
    build.variants = checks.with_good_tails(build.variants, timing)


def _recounted(facts: MediaFacts, timing: Timing) -> MediaFacts:
    video = replace(facts.video, frames=timing.frames) if facts.video is not None else None
    return replace(facts, frame_count=timing.frames, duration=timing.duration_s, video=video)


def _mend_sound(build: Build, timing: Timing) -> None:
    if build.facts.audio is None:
        return
    pictures = tuple(variant for variant in build.variants if not variant.is_audio)
    sound = mend_sound(
        build.request.source,
        sound=build.facts.audio,
        timing=timing,
        offset=build.video.offset_s,
        proxy=build.proxy,
        scratch=build.scratch,
        folder=f"v{len(build.variants)}",
    )
    build.variants = (*pictures, *([sound] if sound is not None else []))


def _pictures(build: Build) -> None:
    """Make the poster set from the proxy where its frame never came."""
    if not checks.check_pictures(build.scratch / "img", POSTERS):
        return
    still = build.scratch / "img/first.webp"
    try:
        cut_frame(build.proxy, number=0, rate=build.plan.timing.rate, out=still)
    except (FrameMissing, FrameUnreadable) as error:
        raise BuildFailed(
            "The first frame could not be made into a picture. Try again.", permanent=False
        ) from error
    render_still(still, facts=MediaFacts(kind="image", mime=WEBP_TYPE), scratch=build.scratch)


def _readable(build: Build, log: Log) -> float:
    """Give the share of the source that plays: of its declared length, and of what should have decoded."""
    decoded = log.decoded.get("video", build.video.source_frames)
    errors = log.decode_errors.get("video", 0)
    good = max(0, decoded - (errors if errors > decoded / 10 else 0)) + _FRAMES_FORGIVEN
    return min(build.facts.readable, good / max(1, build.video.source_frames), 1.0)
