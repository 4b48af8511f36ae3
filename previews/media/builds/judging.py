"""The judgement on a finished encode: every check of what was made, before anything of it is called ready."""

from typing import Any

from previews.media import sandbox
from previews.media.builds.underway import POSTERS, Build
from previews.media.encoding.arguments import decode_argv
from previews.media.encoding.qc import Log
from previews.media.encoding.running import run_ffmpeg
from previews.media.encoding.storyboard import sheet_names, write_vtt
from previews.media.failures import BuildFailed
from previews.media.packaging import checks
from previews.media.packaging.appearance import check_appearance
from previews.media.packaging.listings import check_cues, check_playlist
from previews.media.packaging.mp4box import BoxesBroken, read_tracks
from previews.media.packaging.playlists import Variant, media_playlist
from previews.media.recipes import AUDIO_RATE
from previews.media.tools import ffmpeg


def refuse_complaints(build: Build, log: Log, document: dict[str, Any] | None) -> None:
    """Run every check on what was made; `document` is the waveform's, `log` what was read while encoding.

    Raises: BuildFailed with the first complaint.
    """
    found = [
        *_check_pictures(build),
        *_check_proxy(build),
        *(_check_hls(build) if build.hls is not None else []),
        *_check_sound(build, log, document),
    ] or _check_decodes(build)
    if found:
        raise BuildFailed(
            f"The previews came out wrong ({found[0]}) and were thrown away. Try again.", permanent=False
        )


def _check_pictures(build: Build) -> list[str]:
    if not build.plan.has_storyboard:
        return checks.check_pictures(build.scratch / "img", POSTERS)
    story, timing, folder = build.plan.storyboard, build.plan.timing, build.scratch / "img"
    sheets = sheet_names(story)
    size = (story.columns * story.tile_width, story.rows * story.tile_height)
    return [
        *checks.check_pictures(folder, [*POSTERS, *sheets]),
        *checks.check_sizes(folder, sheets, size=size),
        *checks.check_storyboard(story, step_frames=story.step, frames=timing.frames),
        *check_cues(write_vtt(story, timing), tiles=story.tiles, lasts_s=timing.duration_s),
    ]


def _check_proxy(build: Build) -> list[str]:
    plan = build.plan
    sound_end = plan.timing.audio_end if plan.has_audio else 0
    found = checks.check_proxy(build.proxy, timing=plan.timing, sound_end=sound_end)
    try:
        codec = next(track.codec for track in read_tracks(build.proxy) if track.handler == "vide")
    except (OSError, BoxesBroken, IndexError, StopIteration):
        return found or ["the MP4 has no picture"]
    return found + check_appearance(build.proxy, codec=codec, is_copy=plan.copied != "nothing")


def _check_hls(build: Build) -> list[str]:
    timing = build.plan.timing
    pictures = [variant for variant in build.variants if not variant.is_audio]
    sound = next((variant for variant in build.variants if variant.is_audio), None)
    found = checks.check_rungs(pictures, timing) + checks.check_sound(sound, timing)
    for variant in build.variants:
        sizes = {each.name: each.path.stat().st_size for each in variant.segments if each.path.exists()}
        found += check_playlist(
            media_playlist(variant, target_s=timing.segment_us / 1_000_000, is_final=True, is_ended=True),
            sizes=sizes | {"init.mp4": variant.init.stat().st_size if variant.init.exists() else 0},
            lasts_s=_lasts_s(variant, build),
            name=variant.folder,
        )
    return found + [
        complaint
        for number, variant in enumerate(pictures)
        for complaint in check_appearance(
            variant.init,
            codec=variant.track.codec,
            is_copy=number == 0 and build.plan.copied == "rung",
        )
    ]


def _lasts_s(variant: Variant, build: Build) -> float:
    timing = build.plan.timing
    return timing.audio_end / AUDIO_RATE if variant.is_audio else timing.duration_s


def _check_sound(build: Build, log: Log, document: dict[str, Any] | None) -> list[str]:
    """The waveform covers what could be decoded, and its loudness was measured."""
    sound = build.facts.audio
    if document is None or sound is None:
        return []
    is_whole = not log.decode_errors.get("audio") and not sound.members and build.facts.readable >= 1.0
    heard_s = max(0.0, sound.duration_s - float(build.video.offset_s)) if is_whole else 0.0
    heard_s = min(heard_s, build.plan.timing.duration_s)
    measured = log.measured_loudness() if log.decoded.get("audio") else {"silent": True}
    return checks.check_waveform(document, heard_s=heard_s) + checks.check_loudness(measured)


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
