"""The first seconds of a film, made and published before its whole master has arrived."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from previews.media import sandbox
from previews.media.builds.parts import EncodedPart, encode_part, part_job
from previews.media.builds.underway import POSTERS, Build
from previews.media.encoding.parts import opening_sound_argv
from previews.media.encoding.running import Progress, run_ffmpeg
from previews.media.facts import AudioFacts, MediaFacts
from previews.media.failures import BuildFailed, OpeningWrong
from previews.media.outcome import BuildRequest, Head, Sink
from previews.media.packaging.mp4box import BoxesBroken
from previews.media.packaging.playlists import listed_names
from previews.media.packaging.publishing import GrowingHls, Published
from previews.media.probing.probe import probe
from previews.media.recipes import VideoPlan, plan_rungs, plan_video
from previews.media.recipes.copying import COPIED_AT_ONCE_S, why_encoded
from previews.media.recipes.parts import LONGEST_OPENING_S, Part, opening_part
from previews.media.tools import ffmpeg

#: What is needed beyond the opening: its sound is made a second longer, and encoders look ahead.
BEYOND_S = 1.6
#: Sound lies up to a second beside its picture in a file.
HEAD_S = LONGEST_OPENING_S + BEYOND_S + 1.0


@dataclass
class Opening:
    """A film whose first part is made and published."""

    build: Build
    made: EncodedPart


def open_film(request: BuildRequest, head: Head, *, published: Published, sink: Sink) -> Opening | None:
    """Encode and publish the first seconds from a master's head; None where that cannot be done, and nothing is.

    Raises: OpeningWrong when it went wrong after something was published.
    """
    try:
        facts = probe(head.path, name=request.name, scratch=request.workdir, until_s=head.seconds)
    except BuildFailed:
        return None
    if request.may_copy and _is_soon_copied(facts):
        return None
    build = _planned(replace(request, source=head.path), facts, published=published, sink=sink)
    part = None if build is None else opening_part(build.plan.timing)
    if build is None or part is None or not _is_covered(facts, part, build.plan):
        return None
    # How long it is, the whole master tells exactly.
    sink.facts(replace(build.facts, frame_count=None, duration=None))
    try:
        build.hls = growing(build)
        with _sound_beside(build, part) as take_sound:
            made = _open_picture(build, part, take_sound=take_sound)
        return Opening(build, made)
    except (BuildFailed, BoxesBroken, IndexError) as error:
        raise OpeningWrong(str(error)) from error


def growing(build: Build) -> GrowingHls:
    """Prepare playlists that grow by what they are given."""
    return GrowingHls(
        build.published,
        scratch=build.scratch,
        pictures=len(build.plan.rungs),
        has_audio=build.plan.has_audio,
        rate=build.plan.timing.rate,
        target_s=build.plan.timing.segment_us / 1_000_000,
        is_followed=False,
    )


def take_closed(build: Build, made: EncodedPart, taken: list[int], *, is_last: bool = False) -> None:
    """Publish the segments of a part that closed since the last call; `taken` counts them by rung."""
    if build.hls is None:
        return
    for number, rung in enumerate(made.rungs):
        fresh = rung.segments[taken[number] :]
        if rung.init is not None and (fresh or is_last):
            taken[number] += len(fresh)
            build.hls.take(number, rung.init, fresh, is_ended=is_last)
    build.hls.poll()


def report_frames(build: Build, frames: int) -> None:
    """Tell how far the film is, by the frames that are done."""
    fraction = min(0.99, frames / build.plan.timing.frames)
    for name in build.plan.renditions:
        if name == "poster" and "img/poster.webp" in build.published.names:
            build.report(name, 1.0, state="succeeded")
        else:
            build.report(name, fraction)


def publish_posters(build: Build, place: Path) -> None:
    """Publish the pictures of the poster's moment as soon as they are whole."""
    for name in POSTERS:
        if build.published.picture(f"img/{name}", place / "img" / name):
            target = build.scratch / "img" / name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((place / "img" / name).read_bytes())


def _is_soon_copied(facts: MediaFacts) -> bool:
    """Tell whether a clip is so short, and its picture so usable as it is, that waiting for all of it costs less."""
    video = facts.video
    if video is None or (facts.declared_s or COPIED_AT_ONCE_S + 1) > COPIED_AT_ONCE_S:
        return False
    top = plan_rungs(video.display_width, video.display_height)[0]
    return why_encoded(replace(facts, readable=1.0), top) is None


def _planned(request: BuildRequest, facts: MediaFacts, *, published: Published, sink: Sink) -> Build | None:
    """Plan from what the head tells; the length that the file declares stands for the frames not seen yet."""
    video = facts.video
    if facts.kind != "video" or video is None or facts.unreadable is not None or facts.readable >= 1.0:
        return None
    if video.is_renumbered:
        return None
    declared = facts.meta["media"]["video"]["declared_packets"]
    if declared and not video.is_variable:
        frames = ceil(declared * video.rate / video.source_rate)
    else:
        frames = round(video.frames / max(facts.readable, 1e-6))
    shown = round(frames * video.source_rate / video.rate)
    video = replace(video, frames=frames, source_frames=shown)
    facts = replace(facts, video=video, frame_count=frames)
    plan = plan_video(facts, without=request.without)
    return Build(request, facts, video, plan, published, sink) if plan.has_hls else None


def _is_covered(facts: MediaFacts, part: Part, plan: VideoPlan) -> bool:
    """Tell whether what was read reaches beyond the opening, in picture and sound."""
    wanted_s = float(part.frames / plan.timing.rate) + BEYOND_S
    sound_s = facts.audio.duration_s if facts.audio else wanted_s
    return min(facts.duration or 0.0, sound_s) >= wanted_s


@contextmanager
def _sound_beside(build: Build, part: Part) -> Iterator[Callable[[], None]]:
    """Encode the sound of the opening while its picture is; yields what publishes it once it is there."""
    sound, hls = build.facts.audio, build.hls
    if sound is None or hls is None or not build.plan.has_audio:
        yield lambda: None
        return
    with ThreadPoolExecutor(1, thread_name_prefix="sound") as pool:
        future = pool.submit(copy_context().run, _encode_sound, build, sound, part)
        waiting = [len(build.plan.rungs)]

        def take() -> None:
            if waiting and future.done():
                hls.take(waiting.pop(), *future.result())
                hls.poll()

        yield take
        wait([future])
        take()


def _encode_sound(build: Build, sound: AudioFacts, part: Part) -> tuple[Path, list[Path]]:
    """Encode the opening's sound; give its initialisation and what is whole of it.

    Its last segment is a stub that the whole film's sound replaces.
    """
    place = build.scratch / "opening"
    for folder in ("enc/v0", "mp4"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    timing = replace(build.plan.timing, frames=part.frames + build.plan.timing.gop)
    run_ffmpeg(
        lambda progress_fd: opening_sound_argv(
            ffmpeg(),
            source=build.request.source,
            sound=sound,
            timing=timing,
            offset=build.video.offset_s,
            progress_fd=progress_fd,
        ),
        read=[build.request.source],
        scratch=place,
        limits=sandbox.encode_limits(timing.duration_s, kilobits=1000),
    )
    playlist = place / "enc/v0/index.m3u8"
    init, names, _ = listed_names(playlist.read_text() if playlist.exists() else "")
    if init is None or len(names) < 2:
        raise BuildFailed("The first seconds of the sound could not be made. Try again.", permanent=False)
    return playlist.parent / Path(init).name, [playlist.parent / Path(name).name for name in names[:-1]]


def _open_picture(build: Build, part: Part, *, take_sound: Callable[[], None]) -> EncodedPart:
    job, taken = part_job(build, part), [0] * len(build.plan.rungs)

    def tick(progress: Progress, made: EncodedPart) -> None:
        with contextlib.suppress(FileNotFoundError):
            publish_posters(build, job.place)
        take_sound()
        take_closed(build, made, taken)
        if build.request.supply is not None and "hls/live.m3u8" in build.published.names:
            # Not before: fetching and hashing a long master would take the processors from its first seconds.
            build.request.supply.begin()
        report_frames(build, min(progress.frame, part.frames))

    made = encode_part(job, on_tick=tick)
    counted = {sum(1 for _ in rung.segments) for rung in made.rungs}
    if counted != {part.frames // build.plan.timing.segment_frames} or made.decode_errors:
        raise OpeningWrong("the first seconds came out with other frames than planned")
    return made
