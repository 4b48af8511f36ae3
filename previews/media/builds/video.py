"""Previews of a video: one encode, published while it grows; `finishing` judges and completes it."""

import shutil
from functools import partial

from dam.core.observing import tracing
from previews.media import sandbox
from previews.media.builds.finishing import finish
from previews.media.builds.underway import POSTERS, Build
from previews.media.encoding.arguments import video_argv
from previews.media.encoding.encoders import Encoder
from previews.media.encoding.running import Progress, Ran, run_ffmpeg
from previews.media.encoding.waveform import Waveform
from previews.media.facts import MediaFacts
from previews.media.failures import BuildFailed, OpeningWrong
from previews.media.hardware.capability import limits_with
from previews.media.hardware.choice import encode_here
from previews.media.outcome import BuildRequest, BuildResult, Sink
from previews.media.packaging.mp4box import BoxesBroken, read_tracks
from previews.media.packaging.publishing import GrowingHls, Published
from previews.media.recipes import plan_video
from previews.media.tools import ffmpeg


def build_video(request: BuildRequest, *, facts: MediaFacts, published: Published, sink: Sink) -> BuildResult:
    """Encode, mend, check and publish.

    Raises: BuildFailed when nothing playable came out, or a check failed; OpeningWrong when it must be made anew
    without copying.
    """
    if facts.video is None:
        raise ValueError("these facts have no picture")
    build = Build(
        request,
        facts,
        facts.video,
        plan_video(facts, may_copy=request.may_copy, without=request.without),
        published,
        sink,
    )
    try:
        return _made(build)
    except BuildFailed as error:
        if build.plan.copied == "nothing" or error.permanent:
            raise
        raise OpeningWrong(f"the master's own picture does not serve: {error.reason}") from error


def _made(build: Build) -> BuildResult:
    try:
        with tracing.stage("preview", "encode"):
            ran = encode_here(
                partial(_encode, build),
                has_published=lambda: any(name.startswith("hls/") for name in build.published.names),
                clear=partial(_clear, build),
            )
        build.variants = build.hls.variants() if build.hls is not None else ()
        made = _frames_made(build)
    except (BoxesBroken, IndexError) as error:
        raise BuildFailed(
            "The previews came out damaged and were thrown away. Try again.", permanent=False
        ) from error
    _refuse_failure(build, ran, made=made)
    return finish(build, ran.log, made=made)


def _clear(build: Build) -> None:
    for folder in ("enc", "img", "mp4"):
        shutil.rmtree(build.scratch / folder, ignore_errors=True)


def _encode(build: Build, encoder: Encoder) -> Ran:
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
        partial(_argv, build=build, encoder=encoder),
        read=[build.request.source],
        scratch=scratch,
        limits=limits_with(
            encoder,
            sandbox.encode_limits(
                plan.timing.duration_s, kilobits=sum(rung.cap_kilobits for rung in plan.rungs) + 1000
            ),
        ),
        on_tick=partial(_tick, build=build),
        waveform=build.waveform,
    )


def _argv(progress_fd: int, *, build: Build, encoder: Encoder) -> list[str]:
    return video_argv(
        ffmpeg(),
        source=build.request.source,
        facts=build.facts,
        plan=build.plan,
        progress_fd=progress_fd,
        threads=build.request.threads,
        encoder=encoder,
    )


def _tick(progress: Progress, *, build: Build) -> None:
    """Publish what is whole, the poster first, and pass progress on."""
    for name in POSTERS:
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
