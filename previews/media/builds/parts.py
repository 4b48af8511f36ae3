"""One part of a film, encoded by a process of its own: its segments land where the whole film's would."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

from previews.media import sandbox
from previews.media.builds.underway import Build
from previews.media.encoding.parts import part_argv
from previews.media.encoding.qc import Log, Range
from previews.media.encoding.running import Progress, Ran, run_ffmpeg
from previews.media.facts import VideoFacts
from previews.media.failures import BuildFailed
from previews.media.packaging.mp4box import BoxesBroken
from previews.media.packaging.playlists import listed_names, read_init
from previews.media.packaging.shifting import shift_segment
from previews.media.recipes import VideoPlan
from previews.media.recipes.parts import Part
from previews.media.tools import ffmpeg

BLACK_S, FREEZE_S = 0.5, 1.0
"""Shorter findings are no news; parts report all of them, because one may go on in the next part."""


@dataclass
class PartRung:
    """One rung of a part: its initialisation segment, and the segments that are in their place."""

    init: Path | None = None
    segments: list[Path] = field(default_factory=list)


@dataclass
class EncodedPart:
    """What has come of a part so far. Times of findings are in seconds of the part."""

    part: Part
    rungs: list[PartRung]
    black: list[Range] = field(default_factory=list)
    freeze: list[Range] = field(default_factory=list)
    decoded: int = 0
    decode_errors: int = 0
    messages: int = 0


@dataclass(frozen=True)
class PartJob:
    """What a part is made of and where: `place` is the process's own folder, `target` the film's ``enc``."""

    source: Path
    video: VideoFacts
    plan: VideoPlan
    part: Part
    place: Path
    target: Path
    threads: int = 0


def part_job(build: Build, part: Part) -> PartJob:
    """Return what makes a part of a running build, in a folder of the build's own scratch."""
    return PartJob(
        source=build.request.source,
        video=build.video,
        plan=build.plan,
        part=part,
        place=build.scratch / f"part-{part.number}",
        target=build.scratch / "enc",
        threads=build.request.threads,
    )


def encode_part(job: PartJob, *, on_tick: Callable[[Progress, EncodedPart], None]) -> EncodedPart:
    """Encode one part; `on_tick` hears a few times a second what has closed, and may end it by raising.

    Raises: BuildFailed when it was stopped or came out with other frames than planned; BoxesBroken when damaged.
    """
    made = EncodedPart(job.part, [PartRung() for _ in job.plan.rungs])
    for number in range(len(job.plan.rungs)):
        (job.place / f"enc/v{number}").mkdir(parents=True, exist_ok=True)
        (job.target / f"v{number}").mkdir(parents=True, exist_ok=True)
    (job.place / "img").mkdir(exist_ok=True)

    def tick(progress: Progress) -> None:
        for number in range(len(job.plan.rungs)):
            _place_closed(job, made, number)
        on_tick(progress, made)

    ran = run_ffmpeg(
        partial(_argv, job=job),
        read=[job.source],
        scratch=job.place,
        limits=sandbox.encode_limits(
            float(job.part.frames / job.plan.timing.rate),
            kilobits=sum(rung.cap_kilobits for rung in job.plan.rungs),
        ),
        on_tick=tick,
    )
    _refuse_failure(ran, made)
    return _with_findings(made, ran, video=job.video, rate=job.plan.timing.rate)


def _argv(progress_fd: int, *, job: PartJob) -> list[str]:
    return part_argv(
        ffmpeg(),
        source=job.source,
        video=job.video,
        plan=job.plan,
        part=job.part,
        progress_fd=progress_fd,
        threads=job.threads,
    )


def _place_closed(job: PartJob, made: EncodedPart, number: int) -> None:
    """Move what has closed of a rung to its place in the film."""
    folder, rung, timing = job.place / f"enc/v{number}", made.rungs[number], job.plan.timing
    playlist = folder / "index.m3u8"
    if not playlist.exists():
        return
    init, names, _ = listed_names(playlist.read_text())
    if init is None or len(names) <= len(rung.segments):
        return
    rung.init = folder / Path(init).name
    tick = read_init(rung.init).timescale / timing.rate
    if tick.denominator != 1:
        raise BoxesBroken("no whole ticks per frame")
    before = job.part.first // timing.segment_frames
    for name in names[len(rung.segments) :]:
        position = before + len(rung.segments)
        target = job.target / f"v{number}" / f"{position:05}.m4s"
        closed = folder / Path(name).name
        shift_segment(closed, target, ticks=int(job.part.first * tick), sequence=position + 1)
        closed.unlink()
        rung.segments.append(target)


def _refuse_failure(ran: Ran, made: EncodedPart) -> None:
    if ran.is_killed:
        raise BuildFailed(
            "Encoding took too long or too much memory and was stopped. Try again.", permanent=False
        )
    if not all(rung.segments for rung in made.rungs):
        told = ran.log.errors[-1][-200:] if ran.log.errors else f"ffmpeg ended with {ran.code}"
        raise BuildFailed(f"Encoding stopped before its end ({told}). Try again.", permanent=False)


def _with_findings(made: EncodedPart, ran: Ran, *, video: VideoFacts, rate: Fraction) -> EncodedPart:
    """Keep what the part's own frames told; what was decoded before them to get there does not count."""
    due = round(made.part.frames * video.source_rate / rate)
    made.black, made.freeze = ran.log.black, ran.log.freeze
    made.decoded = min(ran.log.decoded.get("video", 0), due)
    made.decode_errors = ran.log.decode_errors.get("video", 0)
    made.messages = ran.log.error_count
    return made


def film_log(parts: list[EncodedPart], sound: Log, *, rate: Fraction, source_frames: int) -> Log:
    """Put together what the parts and the sound told, as if one process had read the whole film."""
    frame_s = float(1 / rate)
    sound.black = _stitched([(each.part, each.black) for each in parts], frame_s, at_least_s=BLACK_S)
    sound.freeze = _stitched([(each.part, each.freeze) for each in parts], frame_s, at_least_s=FREEZE_S)
    sound.decoded["video"] = min(source_frames, sum(each.decoded for each in parts))
    sound.decode_errors["video"] = sum(each.decode_errors for each in parts)
    sound.error_count += sum(each.messages for each in parts)
    return sound


def _stitched(found: list[tuple[Part, list[Range]]], frame_s: float, *, at_least_s: float) -> list[Range]:
    """Join findings that go on across a cut, and drop what stays too short to tell."""
    joined: list[tuple[float, float]] = []
    for part, ranges in found:
        begins, ends = part.first * frame_s, (part.first + part.frames) * frame_s
        for start, end in ranges:
            a, b = begins + start, ends if end is None else begins + end
            if joined and start <= frame_s / 2 and joined[-1][1] >= begins - 1.5 * frame_s:
                joined[-1] = (joined[-1][0], b)
            else:
                joined.append((a, b))
    return [(round(a, 6), round(b, 6)) for a, b in joined if b - a >= at_least_s - frame_s / 2]
