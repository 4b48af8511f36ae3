"""Previews of a video: one encode, published while it grows, then judged; what the probe got wrong is mended."""

import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from dam.core.observing import tracing
from previews.media import sandbox
from previews.media.builds.audio import JSON_TYPE, cut_reason
from previews.media.builds.frames import FrameMissing, FrameUnreadable, cut_frame
from previews.media.builds.stills import render_still
from previews.media.encoding.arguments import decode_argv, video_argv
from previews.media.encoding.mending import mend_sound
from previews.media.encoding.running import Progress, Ran, run_ffmpeg
from previews.media.encoding.storyboard import sheet_names, write_vtt
from previews.media.encoding.waveform import Waveform
from previews.media.facts import MediaFacts, VideoFacts
from previews.media.failures import BuildFailed
from previews.media.outcome import BuildRequest, BuildResult, Rendition, Sink
from previews.media.packaging import checks
from previews.media.packaging.mp4box import BoxesBroken, read_tracks
from previews.media.packaging.playlists import MP4_TYPE, Variant
from previews.media.packaging.publishing import WEBP_TYPE, GrowingHls, Published
from previews.media.recipes import THUMBNAILS, Timing, VideoPlan, is_good_tail, plan_video
from previews.media.tools import ffmpeg

VTT_TYPE = "text/vtt"
_FRAMES_FORGIVEN = 2
"""Some formats end in packets that show no picture of their own; that is no damage."""
_POSTERS = ("poster.webp", *(f"{side}.webp" for side in THUMBNAILS))


@dataclass
class Build:
    """One running build: what it was asked, what it plans, what it has so far."""

    request: BuildRequest
    facts: MediaFacts
    video: VideoFacts
    plan: VideoPlan
    published: Published
    sink: Sink
    hls: GrowingHls | None = None
    waveform: Waveform | None = None
    variants: tuple[Variant, ...] = ()
    shown: dict[str, float] = field(default_factory=dict)

    @property
    def scratch(self) -> Path:
        """The folder that everything is made in."""
        return self.request.workdir

    @property
    def proxy(self) -> Path:
        """The MP4 proxy."""
        return self.scratch / "mp4/proxy.mp4"

    def report(self, name: str, fraction: float, *, state: str = "running") -> None:
        """Pass progress on when it moved by a hundredth or ended."""
        if fraction >= self.shown.get(name, -1.0) + 0.01:
            self.shown[name] = fraction
            self.sink.progress(name, state, fraction)


def build_video(request: BuildRequest, *, facts: MediaFacts, published: Published, sink: Sink) -> BuildResult:
    """Encode, mend, check and publish.

    Raises: BuildFailed when nothing playable came out, or a check failed.
    """
    if facts.video is None:
        raise ValueError("these facts have no picture")
    build = Build(request, facts, facts.video, plan_video(facts), published, sink)
    try:
        with tracing.stage("preview", "encode"):
            ran = _encode(build)
        build.variants = build.hls.variants() if build.hls is not None else ()
        made = _frames_made(build)
    except (BoxesBroken, IndexError) as error:
        raise BuildFailed(
            "The previews came out damaged and were thrown away. Try again.", permanent=False
        ) from error
    _refuse_failure(build, ran, made=made)
    with tracing.stage("preview", "mend"):
        _mend(build, made=made)
    document = build.waveform.finish() if build.waveform is not None and build.plan.has_audio else None
    with tracing.stage("preview", "pictures"):
        _pictures(build)
    with tracing.stage("preview", "check"):
        _refuse_complaints(build, document)
    with tracing.stage("preview", "publish"):
        renditions = _publish(build, document)
    meta = {
        "media": facts.meta["media"],
        "loudness": ran.log.measured_loudness(),
        "exif": {},
        "qc": ran.log.qc(),
    }
    reason = cut_reason(_readable(build, ran))
    return BuildResult(
        "partial" if reason else "ready", reason, build.facts, meta, renditions, frozenset(published.names)
    )


def _encode(build: Build) -> Ran:
    plan, scratch = build.plan, build.scratch
    for folder in ("enc", "img", "mp4"):
        (scratch / folder).mkdir(parents=True, exist_ok=True)
    if plan.has_hls:
        build.hls = GrowingHls(
            build.published,
            scratch=scratch,
            pictures=len(plan.rungs),
            has_audio=plan.has_audio,
            rate=plan.timing.rate,
            target_s=plan.timing.segment_us / 1_000_000,
        )
    build.waveform = Waveform(rate=plan.waveform_rate) if build.facts.audio is not None else None
    return run_ffmpeg(
        partial(_argv, build=build),
        read=[build.request.source],
        scratch=scratch,
        limits=sandbox.encode_limits(
            plan.timing.duration_s, kilobits=sum(rung.cap_kilobits for rung in plan.rungs) + 1000
        ),
        on_tick=partial(_tick, build=build),
        waveform=build.waveform,
    )


def _argv(progress_fd: int, *, build: Build) -> list[str]:
    return video_argv(
        ffmpeg(),
        source=build.request.source,
        facts=build.facts,
        plan=build.plan,
        progress_fd=progress_fd,
        threads=build.request.threads,
    )


def _tick(progress: Progress, *, build: Build) -> None:
    """Publish what is whole, the poster first, and pass progress on."""
    for name in _POSTERS:
        build.published.picture(f"img/{name}", build.scratch / "img" / name)
    if build.hls is not None:
        build.hls.poll()
    fraction = min(0.99, progress.frame / build.plan.timing.frames)
    for name in build.plan.renditions:
        if name == "poster" and "img/poster.webp" in build.published.names:
            build.report(name, 1.0, state="succeeded")
        else:
            build.report(name, fraction)


def _frames_made(build: Build) -> int:
    """Count the frames of the encode: in the segments, or in the MP4 of a short clip."""
    if build.variants:
        return build.variants[0].samples
    if build.hls is not None or not build.proxy.exists():
        return 0
    try:
        tracks = read_tracks(build.proxy)
    except BoxesBroken:
        return 0
    return next((track.samples for track in tracks if track.handler == "vide"), 0)


def _refuse_failure(build: Build, ran: Ran, *, made: int) -> None:
    if ran.is_killed:
        raise BuildFailed(
            "Encoding took too long or too much memory and was stopped. Try again.", permanent=False
        )
    decoded = ran.log.decoded.get("video", 0)
    if made and not (ran.code and made < decoded * float(build.video.rate / build.video.source_rate) * 0.99):
        return
    if not decoded and "video" in ran.log.decoded:
        raise BuildFailed(
            "No picture could be decoded: the file is damaged, or its codec is not known here. Export it again.",
            permanent=True,
        )
    told = ran.log.errors[-1][-200:] if ran.log.errors else f"ffmpeg ended with {ran.code}"
    raise BuildFailed(f"Encoding stopped before its end ({told}). Try again.", permanent=False)


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
    if timing.gops_per_segment and not is_good_tail(made % timing.segment_frames, gop=timing.gop):
        build.variants = tuple(
            variant if variant.is_audio else checks.merged_tail(variant) for variant in build.variants
        )


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
    if not checks.check_pictures(build.scratch / "img", _POSTERS):
        return
    still = build.scratch / "img/first.webp"
    try:
        cut_frame(build.proxy, number=0, rate=build.plan.timing.rate, out=still)
    except (FrameMissing, FrameUnreadable) as error:
        raise BuildFailed(
            "The first frame could not be made into a picture. Try again.", permanent=False
        ) from error
    render_still(still, facts=MediaFacts(kind="image", mime=WEBP_TYPE), scratch=build.scratch)


def _refuse_complaints(build: Build, document: dict[str, Any] | None) -> None:
    """Run every check on what was made.

    Raises: BuildFailed with the first complaint.
    """
    plan, timing = build.plan, build.plan.timing
    sheets = sheet_names(plan.storyboard)
    found = checks.check_pictures(build.scratch / "img", [*_POSTERS, *sheets])
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


def _readable(build: Build, ran: Ran) -> float:
    """Give the share of the source that plays: of its declared length, and of what should have decoded."""
    decoded = ran.log.decoded.get("video", build.video.source_frames)
    errors = ran.log.decode_errors.get("video", 0)
    good = max(0, decoded - (errors if errors > decoded / 10 else 0)) + _FRAMES_FORGIVEN
    return min(build.facts.readable, good / max(1, build.video.source_frames), 1.0)


def _publish(build: Build, document: dict[str, Any] | None) -> tuple[Rendition, ...]:
    published, scratch, plan = build.published, build.scratch, build.plan
    for name in _POSTERS:
        published.picture(f"img/{name}", scratch / "img" / name)
    renditions = [
        Rendition("poster", "image", *plan.poster, ("img/poster.webp",)),
        *_publish_hls(build),
        _publish_mp4(build),
        Rendition(
            "thumbnails", "image", *plan.thumbnails[-1][1:], tuple(f"img/{name}" for name in _POSTERS[1:])
        ),
        _publish_storyboard(build),
    ]
    if document is not None:
        text = json.dumps(document, separators=(",", ":"))
        published.text("img/waveform.json", text, scratch=scratch, content_type=JSON_TYPE)
        renditions.append(Rendition("waveform", "waveform", None, None, ("img/waveform.json",)))
    for name in plan.renditions:
        build.report(name, 1.0, state="succeeded")
    return tuple(renditions)


def _publish_hls(build: Build) -> list[Rendition]:
    if build.hls is None:
        return []
    for variant in build.variants:
        build.hls.publish_segments(variant)
    build.hls.finish(build.variants)
    names = [rung.name for rung in build.plan.rungs] + ["audio"]
    renditions = []
    for name, variant in zip(names, build.variants, strict=False):
        folder = f"hls/{variant.folder}/"
        files = [
            f"{folder}index.m3u8",
            f"{folder}init.mp4",
            *(folder + part.name for part in variant.segments),
        ]
        wide, high = (None, None) if variant.is_audio else (variant.track.width, variant.track.height)
        meta = {"bandwidth": variant.peak_bits, "codecs": variant.track.codec, "first_pts": 0.0}
        renditions.append(
            Rendition(name, "audio" if variant.is_audio else "hls", wide, high, tuple(files), meta)
        )
    return renditions


def _publish_mp4(build: Build) -> Rendition:
    top, timing = build.plan.rungs[0], build.plan.timing
    build.published.file("mp4/proxy.mp4", build.proxy, content_type=MP4_TYPE)
    rate = f"{timing.rate.numerator}/{timing.rate.denominator}"
    meta = {"frame_rate": rate, "frame_count": timing.frames, "first_pts": 0.0}
    return Rendition("mp4", "mp4", top.width, top.height, ("mp4/proxy.mp4",), meta)


def _publish_storyboard(build: Build) -> Rendition:
    story = build.plan.storyboard
    sheets = [f"img/{name}" for name in sheet_names(story)]
    for name in sheets:
        build.published.picture(name, build.scratch / name)
    text = write_vtt(story, build.plan.timing)
    build.published.text("img/storyboard.vtt", text, scratch=build.scratch, content_type=VTT_TYPE)
    size = (story.columns * story.tile_width, story.rows * story.tile_height)
    return Rendition("storyboard", "storyboard", *size, ("img/storyboard.vtt", *sheets))
