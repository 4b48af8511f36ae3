"""The judgement on a finished encode: every check of what was made, before anything of it is called ready."""

from typing import Any

from previews.media import sandbox
from previews.media.builds.underway import POSTERS, Build
from previews.media.encoding.arguments import decode_argv
from previews.media.encoding.running import run_ffmpeg
from previews.media.encoding.storyboard import sheet_names
from previews.media.failures import BuildFailed
from previews.media.packaging import checks
from previews.media.tools import ffmpeg


def refuse_complaints(build: Build, document: dict[str, Any] | None) -> None:
    """Run every check on what was made; `document` is the waveform's.

    Raises: BuildFailed with the first complaint.
    """
    plan, timing = build.plan, build.plan.timing
    sheets = sheet_names(plan.storyboard)
    found = checks.check_pictures(build.scratch / "img", [*POSTERS, *sheets])
    found += checks.check_storyboard(plan.storyboard, step_frames=plan.storyboard.step, frames=timing.frames)
    found += checks.check_proxy(
        build.proxy, timing=timing, sound_end=timing.audio_end if plan.has_audio else 0
    )
    if build.hls is not None:
        found += checks.check_rungs([variant for variant in build.variants if not variant.is_audio], timing)
        sound = next((variant for variant in build.variants if variant.is_audio), None)
        found += checks.check_sound(sound, timing)
    if document is not None:
        found += checks.check_waveform(document, heard_s=0)
    found = found or _check_decodes(build)
    if found:
        raise BuildFailed(
            f"The previews came out wrong ({found[0]}) and were thrown away. Try again.", permanent=False
        )


def _check_decodes(build: Build) -> list[str]:
    """Decode one rendition whole: the smallest rung, or the MP4 of a short clip."""
    source = build.proxy
    rungs = [variant for variant in build.variants if not variant.is_audio]
    if rungs:
        source = build.scratch / "decoded.mp4"
        with source.open("wb") as joined:
            for part in (rungs[-1].init, *(segment.path for segment in rungs[-1].segments)):
                joined.write(part.read_bytes())
    ran = run_ffmpeg(
        lambda progress_fd: decode_argv(ffmpeg(), source=source, progress_fd=progress_fd),
        read=[source],
        scratch=build.scratch,
        limits=sandbox.encode_limits(build.plan.timing.duration_s, kilobits=1000),
    )
    decoded = ran.log.decoded.get("video", ran.progress.frame)
    errors = ran.log.decode_errors.get("video", 0)
    if decoded != build.plan.timing.frames or errors:
        return [f"{decoded} of {build.plan.timing.frames} frames decode, {errors} with errors"]
    return []
