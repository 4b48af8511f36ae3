"""The argv lists of a film that is encoded in parts: one part, its opening sound, and what joins them. Pure."""

from fractions import Fraction
from pathlib import Path

from previews.media.encoding.arguments import (
    audio_argv,
    clean_output,
    global_words,
    hls_slave,
    joined_graph,
    picture_outputs,
    timescale,
    webp_words,
)
from previews.media.encoding.encoders import X264, encoder_words
from previews.media.encoding.graphs import FOR_WEBP, takes_any_size, video_graph
from previews.media.encoding.inputs import hardened_input
from previews.media.facts import AudioFacts, VideoFacts
from previews.media.recipes import Storyboard, Timing, VideoPlan
from previews.media.recipes.parts import Part, entry_of

_BEYOND_S = Fraction(1, 2)
"""How much more than an opening is read, for decoders and encoders that look ahead."""


def part_argv(
    tool: Path,
    *,
    source: Path,
    video: VideoFacts,
    plan: VideoPlan,
    part: Part,
    progress_fd: int,
    threads: int = 0,
) -> list[str]:
    """Build the process that encodes the picture of one part to HLS segments under ``enc/``, counted from 0.

    Never hardware: all parts of a rung must come from the same encoder.
    """
    words = [
        *global_words(tool, progress_fd),
        *_entered(part, video),
        *hardened_input(source, threads=threads, keeps_graph=takes_any_size(video)),
    ]
    words += joined_graph(video_graph(video, plan=plan, part=part))
    for number in range(len(plan.rungs)):
        words += ["-map", f"[r{number}]"]
    words += [
        *_picture_words(plan, threads=threads),
        *clean_output(),
        "-f",
        "tee",
        "-flags",
        "+global_header",
    ]
    streams = " ".join(f"v:{number}" for number in range(len(plan.rungs)))
    words += [f"{hls_slave(plan.timing.segment_us, streams=streams)}enc/v%v/index.m3u8"]
    for name, label in picture_outputs(plan) if part.first == 0 else []:
        words += ["-map", f"[{label}]", *webp_words(82), "-frames:v", "1"]
        words += ["-f", "image2", "-update", "1", f"img/{name}"]
    return words


def opening_sound_argv(
    tool: Path, *, source: Path, sound: AudioFacts, timing: Timing, offset: Fraction, progress_fd: int
) -> list[str]:
    """Build the process for the sound of an opening, as long as `timing`: the same as the whole film's, but short."""
    whole = audio_argv(
        tool,
        source=source,
        sound=sound,
        timing=timing,
        offset=offset,
        has_wave=False,
        progress_fd=progress_fd,
    )
    at = whole.index("-i")
    return [*whole[:at], *_until(offset + timing.frames / timing.rate), *whole[at:]]


def storyboard_argv(tool: Path, *, source: Path, story: Storyboard, progress_fd: int) -> list[str]:
    """Build the process that makes the storyboard from a finished rung."""
    graph = (
        f"[0:v:0]framestep={story.step},scale={story.tile_width}:{story.tile_height}:flags=area:{FOR_WEBP},setsar=1,"
        f"tile={story.columns}x{story.rows}[story]"
    )
    return [
        *[*global_words(tool, progress_fd), *hardened_input(source), *joined_graph([graph])],
        *["-map", "[story]", *webp_words(70), "-fps_mode", "passthrough", "-start_number", "0"],
        *["-f", "image2", "img/storyboard-%03d.webp"],
    ]


def join_argv(
    tool: Path, *, picture: Path, sound: Path | None, timing: Timing, progress_fd: int
) -> list[str]:
    """Build the process that makes the proxy of a joined rung and the whole film's sound, without encoding."""
    sounds = [] if sound is None else hardened_input(sound)
    maps = ["-map", "0:v", *([] if sound is None else ["-map", "1:a"])]
    return [
        *[*global_words(tool, progress_fd), *hardened_input(picture), *sounds, *maps, "-c", "copy"],
        *[*clean_output(), "-movflags", "+faststart", "-video_track_timescale", str(timescale(timing.rate))],
        *["-f", "mp4", "mp4/proxy.mp4"],
    ]


def _picture_words(plan: VideoPlan, *, threads: int) -> list[str]:
    words = encoder_words(plan, threads=threads, encoder=X264)
    return words[: words.index("-c:a")] if "-c:a" in words else words


def _entered(part: Part, video: VideoFacts) -> list[str]:
    """Enter the source: at the keyframe before a later part, all frames kept, or only as far as an opening goes."""
    entry = entry_of(part, video)
    if part.first:
        return ["-noaccurate_seek", "-ss", f"{float(entry.seek_s):.6f}"]
    return [] if part.is_last else _until(video.offset_s + part.frames / video.rate)


def _until(seconds: Fraction) -> list[str]:
    return ["-t", f"{float(seconds + _BEYOND_S):.6f}"]
