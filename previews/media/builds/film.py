"""Previews of a film that is encoded in parts: each part by itself, the sound once, joined without encoding again."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dam.core.observing import tracing
from previews.media import sandbox
from previews.media.builds.chunks import unpack_part
from previews.media.builds.finishing import finish
from previews.media.builds.opening import (
    Opening,
    growing,
    publish_posters,
    report_frames,
    take_closed,
)
from previews.media.builds.parts import EncodedPart, encode_part, film_log, part_job
from previews.media.builds.underway import Build
from previews.media.encoding.arguments import audio_argv
from previews.media.encoding.parts import join_argv, storyboard_argv
from previews.media.encoding.qc import Log
from previews.media.encoding.running import Progress, Ran, run_ffmpeg
from previews.media.encoding.waveform import Waveform
from previews.media.facts import AudioFacts, MediaFacts, VideoFacts
from previews.media.failures import BuildFailed, OpeningWrong
from previews.media.outcome import BuildRequest, BuildResult, Film, Sharing, Sink
from previews.media.packaging.mp4box import BoxesBroken
from previews.media.packaging.playlists import Variant
from previews.media.packaging.publishing import Published
from previews.media.recipes import plan_video
from previews.media.recipes.parts import Part, cut_parts, held_timing
from previews.media.tools import ffmpeg

_WAIT_S = 0.2


class _Abandoned(Exception):
    """The build has ended without waiting for this process."""


@dataclass
class _Sound:
    """The sound of the whole film, made beside the picture."""

    ran: "Future[Ran] | None" = None
    waveform: Waveform | None = None


def continue_film(opening: Opening, request: BuildRequest, *, facts: MediaFacts) -> BuildResult:
    """Encode the rest of a film whose opening is published, from its whole master, and finish it.

    Raises: OpeningWrong when the whole master tells what its head did not; BuildFailed when the rest went wrong.
    """
    _refit(opening.build, request, facts)
    parts, sharing = _shared(opening.build, first=opening.made.part.frames)
    return _complete(opening.build, [opening.made], parts, sharing=sharing)


def share_film(
    request: BuildRequest, *, facts: MediaFacts, published: Published, sink: Sink
) -> BuildResult | None:
    """Encode a film together with other workers; None where it is better made in one piece.

    Raises: BuildFailed when it went wrong.
    """
    if facts.video is None or plan_video(facts, may_copy=request.may_copy).copied == "rung":
        return None
    build = Build(request, facts, facts.video, plan_video(facts, without=request.without), published, sink)
    parts, sharing = _shared(build, first=0)
    if sharing is None:
        return None
    build.hls = growing(build)
    return _complete(build, [], parts, sharing=sharing)


def _shared(build: Build, *, first: int) -> tuple[tuple[Part, ...], Sharing | None]:
    """Cut the film from a frame on and have the parts encoded by many; or by us alone, in one, where that is better."""
    timing, crew = build.plan.timing, build.request.crew
    if crew is not None and build.plan.has_hls:
        parts = cut_parts(timing, first=first, part_s=crew.part_s)
        sharing = crew.share(Film(build.facts, build.plan, parts))
        if sharing is not None:
            return parts, sharing
    return cut_parts(timing, first=first, part_s=timing.duration_s) if build.plan.has_hls else (), None


def _complete(
    build: Build, made: list[EncodedPart], parts: tuple[Part, ...], *, sharing: Sharing | None
) -> BuildResult:
    try:
        log = _encode_rest(build, made, parts, sharing=sharing)
        build.variants = build.hls.variants() if build.hls is not None else ()
        _join(build)
    except (BoxesBroken, IndexError) as error:
        raise BuildFailed(
            "The previews came out damaged and were thrown away. Try again.", permanent=False
        ) from error
    return finish(build, log, made=build.variants[0].samples)


def _refit(build: Build, request: BuildRequest, facts: MediaFacts) -> None:
    """Go on with the facts of the whole master, with the segments and pictures that are published already."""
    known, video = build.facts, facts.video
    if video is None or facts.unreadable is not None or _without_counts(facts) != _without_counts(known):
        raise OpeningWrong("the whole master has other facts than its head")
    before, plan = build.plan, plan_video(facts, without=request.without)
    build.plan = replace(
        plan,
        timing=held_timing(plan.timing, like=before.timing),
        poster_frame=before.poster_frame,
    )
    if (build.plan.rungs, build.plan.has_audio) != (before.rungs, before.has_audio):
        raise OpeningWrong("the whole master has another plan than its head")
    build.request, build.facts, build.video = request, facts, video
    build.sink.facts(facts)


def _without_counts(facts: MediaFacts) -> tuple[VideoFacts | None, AudioFacts | None]:
    video, audio = facts.video, facts.audio
    return (
        replace(video, frames=0, source_frames=0) if video is not None else None,
        replace(audio, duration_s=0.0) if audio is not None else None,
    )


def _encode_rest(
    build: Build, made: list[EncodedPart], parts: tuple[Part, ...], *, sharing: Sharing | None
) -> Log:
    """Have the parts encoded, here or by many, while the sound is made beside them."""
    with tracing.stage("preview", "encode"), _sound_beside(build) as sound:
        made = [*made, *(_made(build, part, sharing) for part in parts)]
        while sound.ran is not None and not sound.ran.done():
            report_frames(build, build.plan.timing.frames)
            threading.Event().wait(_WAIT_S)
            _poll(build)
        heard = Log() if sound.ran is None else _heard(sound.ran.result())
        _poll(build)
    build.waveform = sound.waveform
    rate = build.plan.timing.rate
    return film_log(made, heard, rate=rate, source_frames=build.video.source_frames)


def _made(build: Build, part: Part, sharing: Sharing | None) -> EncodedPart:
    return _encode(build, part) if sharing is None else _collect(build, part, sharing)


def _collect(build: Build, part: Part, sharing: Sharing) -> EncodedPart:
    """Wait for a part that some worker encodes, and publish it in its turn."""
    while (archive := sharing.collect(part.number)) is None:
        _poll(build)
        report_frames(build, sharing.frames_done())
        threading.Event().wait(_WAIT_S)
    rungs, place = len(build.plan.rungs), build.scratch / f"part-{part.number}"
    made = unpack_part(archive, part, rungs=rungs, place=place, target=build.scratch / "enc")
    archive.unlink()
    publish_posters(build, place)
    take_closed(build, made, [0] * rungs, is_last=part.is_last)
    return made


def _poll(build: Build) -> None:
    if build.hls is not None:
        build.hls.poll()


def _encode(build: Build, part: Part) -> EncodedPart:
    job, taken = part_job(build, part), [0] * len(build.plan.rungs)

    def tick(progress: Progress, made: EncodedPart) -> None:
        publish_posters(build, job.place)
        take_closed(build, made, taken)
        report_frames(build, part.first + progress.frame)

    made = encode_part(job, on_tick=tick)
    take_closed(build, made, taken, is_last=part.is_last)
    return made


@contextmanager
def _sound_beside(build: Build) -> Iterator[_Sound]:
    """Make the sound of the whole film in a thread; it ends when the block does."""
    heard, stop = build.facts.audio, threading.Event()
    if heard is None or not build.plan.has_audio or build.hls is None:
        yield _Sound()
        return
    place = build.scratch / "sound"
    for folder in ("enc/v0", "mp4"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    waveform = Waveform(rate=build.plan.waveform_rate)
    build.hls.follow(len(build.plan.rungs), place / "enc/v0")
    with ThreadPoolExecutor(1, thread_name_prefix="sound") as pool:
        future = pool.submit(_make_sound, build, heard, place, waveform, stop)
        try:
            yield _Sound(future, waveform)
        finally:
            stop.set()


def _make_sound(
    build: Build, heard: AudioFacts, place: Path, waveform: Waveform, stop: threading.Event
) -> Ran:
    def tick(_: Progress) -> None:
        if stop.is_set():
            raise _Abandoned

    return run_ffmpeg(
        partial(_sound_argv, build=build, heard=heard),
        read=[build.request.source],
        scratch=place,
        limits=sandbox.encode_limits(build.plan.timing.duration_s, kilobits=1000),
        on_tick=tick,
        waveform=waveform,
    )


def _sound_argv(progress_fd: int, *, build: Build, heard: AudioFacts) -> list[str]:
    return audio_argv(
        ffmpeg(),
        source=build.request.source,
        sound=heard,
        timing=build.plan.timing,
        offset=build.video.offset_s,
        has_wave=True,
        progress_fd=progress_fd,
    )


def _heard(ran: Ran) -> Log:
    if ran.is_killed:
        raise BuildFailed(
            "Encoding took too long or too much memory and was stopped. Try again.", permanent=False
        )
    return ran.log


def _join(build: Build) -> None:
    """Make the proxy of the top rung and the sound, and the storyboard of the smallest rung."""
    pictures = [variant for variant in build.variants if not variant.is_audio]
    sound = build.scratch / "sound/mp4/proxy.mp4" if build.plan.has_audio else None
    for folder in ("mp4", "img"):
        (build.scratch / folder).mkdir(parents=True, exist_ok=True)
    top = joined(pictures[0], build.scratch / "top.mp4")
    _run(
        build,
        lambda progress_fd: join_argv(
            ffmpeg(), picture=top, sound=sound, timing=build.plan.timing, progress_fd=progress_fd
        ),
        read=[top, *([] if sound is None else [sound])],
    )
    top.unlink()
    if not build.plan.has_storyboard:
        return
    small = joined(pictures[-1], build.scratch / "small.mp4")
    _run(
        build,
        lambda progress_fd: storyboard_argv(
            ffmpeg(), source=small, story=build.plan.storyboard, progress_fd=progress_fd
        ),
        read=[small],
    )
    small.unlink()


def _run(build: Build, argv_for: Callable[[int], list[str]], *, read: list[Path]) -> None:
    limits = sandbox.encode_limits(build.plan.timing.duration_s, kilobits=20_000)
    run_ffmpeg(argv_for, read=read, scratch=build.scratch, limits=limits)


def joined(variant: Variant, target: Path) -> Path:
    """Put the segments of a rendition together, as a player would."""
    with target.open("wb") as file:
        for path in (variant.init, *(segment.path for segment in variant.segments)):
            file.write(path.read_bytes())
    return target
