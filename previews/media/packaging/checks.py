"""Judge what an encode made. Exit codes are never trusted: every promise of the packaging is counted in the boxes.

Each function answers a list of complaints; an empty list means good. Source: docs/previews.md, "Checks".
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from previews.media.facts import VideoFacts
from previews.media.packaging.appearance import begins_with_idr
from previews.media.packaging.mp4box import BoxesBroken, Track, read_tracks, top_level
from previews.media.packaging.playlists import Segment, Variant
from previews.media.packaging.publishing import is_whole_webp
from previews.media.recipes import AAC_FRAME, AUDIO_RATE, Storyboard, Timing, is_good_tail

LEAST_SOUND = 3
"""AAC frames in the last segment of sound: players do not reach the end of shorter ones."""


def check_pictures(folder: Path, names: Iterable[str]) -> list[str]:
    """Every planned picture exists, whole."""
    return [f"{name} is missing or cut" for name in names if not is_whole_webp(folder / name)]


def check_sizes(folder: Path, names: Iterable[str], *, size: tuple[int, int]) -> list[str]:
    """Every sheet has the size that its cues assume."""
    return [f"{name} has not the size of its tiles" for name in names if _webp_size(folder / name) != size]


def _webp_size(path: Path) -> tuple[int, int] | None:
    """Read the size of a lossy WebP. Source: RFC 6386, section 9.1."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        head = file.read(30)
    if head[12:16] != b"VP8 ":
        return None
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def check_loudness(measured: Mapping[str, Any] | None) -> list[str]:
    """Loudness was measured: finite, or the sound is silent or too short to have any."""
    if measured is None:
        return ["the loudness was not measured"]
    peak = measured.get("true_peak_dbtp")
    return [] if measured["silent"] or peak is not None else ["the loudness has no true peak"]


def check_count(made: int, *, decoded: int, errors: int, video: VideoFacts) -> list[str]:
    """Of a constant rate every decoded frame, or every n-th above 60, is in the outputs; holes may be filled."""
    thinned = video.source_rate / video.rate
    wanted = -(-decoded // thinned)
    if video.is_variable or errors or decoded != video.source_frames or made >= wanted:
        return []
    return [f"{made} frames were made of {decoded}"]


def check_rungs(pictures: Sequence[Variant], timing: Timing) -> list[str]:
    """All rungs have every frame, the same cuts, a keyframe first in each segment, and begin at 0."""
    if not pictures:
        return ["no rung was made"]
    found = [complaint for variant in pictures for complaint in check_rung(variant, timing)]
    cuts = {tuple(segment.fragment.samples for segment in variant.segments) for variant in pictures}
    if len(cuts) > 1:
        found.append("the rungs are not cut at the same frames")
    return found


def check_rung(variant: Variant, timing: Timing) -> list[str]:
    """One rung: counts, continuity, edit list, tail."""
    tick = variant.track.timescale / timing.rate
    found = []
    if variant.samples != timing.frames:
        found.append(f"{variant.folder} has {variant.samples} frames instead of {timing.frames}")
    if tick.denominator != 1:
        return [*found, f"{variant.folder} has no whole ticks per frame"]
    frames = 0
    for segment in variant.segments:
        fragment = segment.fragment
        if fragment.start != frames * tick or fragment.duration != fragment.samples * tick:
            found.append(f"{variant.folder}/{segment.name} does not start or end on its frame")
        if not fragment.is_sync_first or not begins_with_idr(segment.path):
            found.append(f"{variant.folder}/{segment.name} does not start with a keyframe")
        frames += fragment.samples
    whole = [segment.fragment.samples for segment in variant.segments[:-1]]
    if any(samples % timing.gop for samples in whole):
        found.append(f"{variant.folder} is cut inside a group of pictures")
    if variant.segments and not is_good_tail(variant.segments[-1].fragment.samples, gop=timing.gop):
        found.append(f"{variant.folder} ends in a segment that players do not reach")
    return found + _check_start(variant)


def check_sound(sound: Variant | None, timing: Timing) -> list[str]:
    """Sound begins at 0, has no gap, and ends with the picture, less at most one AAC frame."""
    if sound is None:
        return []
    found = _check_start(sound)
    samples = sum(segment.fragment.duration for segment in sound.segments)
    if sound.track.timescale != AUDIO_RATE or samples != timing.audio_end:
        found.append(f"{sound.folder} has {samples} samples of sound instead of {timing.audio_end}")
    at = 0
    for segment in sound.segments:
        if segment.fragment.start != at:
            found.append(f"{sound.folder}/{segment.name} leaves a gap")
        at = segment.fragment.start + segment.fragment.duration
    if sound.segments and sound.segments[-1].fragment.samples < LEAST_SOUND:
        found.append(f"{sound.folder} ends in a segment of less than three AAC frames")
    return found


def check_proxy(path: Path, *, timing: Timing | None, sound_end: int) -> list[str]:
    """The MP4 has its index first, every frame at its place, and both tracks begin at 0.

    `timing` is None for sound alone, `sound_end` 0 for silence.
    """
    try:
        order, tracks = top_level(path), read_tracks(path)
    except (OSError, BoxesBroken, IndexError) as error:
        return [f"the MP4 can't be read: {error}"]
    found = []
    if order.index(b"moov") > order.index(b"mdat"):
        found.append("the MP4 has its index at the end")
    found += [
        f"the MP4's {track.handler} track does not begin at 0" for track in tracks if track.presented_start
    ]
    pictures = [track for track in tracks if track.handler == "vide"]
    sounds = [track for track in tracks if track.handler == "soun"]
    if timing is not None:
        found += _check_proxy_picture(pictures[0], timing) if pictures else ["the MP4 has no picture"]
    if sound_end and not any(track.samples * AAC_FRAME == sound_end for track in sounds):
        found.append("the MP4's sound has not the length of the picture")
    return found


def check_storyboard(story: Storyboard, *, step_frames: int, frames: int) -> list[str]:
    """The tiles cover the clip."""
    expected = -(-frames // step_frames)
    return (
        [] if story.tiles == expected else [f"the storyboard has {story.tiles} tiles instead of {expected}"]
    )


def check_waveform(document: dict[str, Any], *, heard_s: float) -> list[str]:
    """The peaks come in pairs and cover the sound, to a second."""
    pairs, rest = divmod(len(document["peaks"]), 2)
    short = heard_s - pairs / document["rate"]
    return ["the waveform does not cover the sound"] if rest or pairs == 0 or short > 1 else []


def with_good_tails(variants: Sequence[Variant], timing: Timing) -> tuple[Variant, ...]:
    """Return the variants with last segments that players reach: short ones are part of the one before.

    Sound ends with the picture, so that a tail of a frame or two leaves it one of as little.
    """
    if not timing.gops_per_segment or is_good_tail(timing.frames % timing.segment_frames, gop=timing.gop):
        return tuple(variants)
    return tuple(merged_tail(each) if _is_short(each) else each for each in variants)


def _is_short(variant: Variant) -> bool:
    return not variant.is_audio or variant.segments[-1].fragment.samples < LEAST_SOUND


def merged_tail(variant: Variant) -> Variant:
    """Append the last segment to the one before it, under a new name, so that players reach the end."""
    if len(variant.segments) < 2:
        return variant
    *kept, before, last = variant.segments
    path = before.path.with_name(f"{before.path.stem}t.m4s")
    path.write_bytes(before.path.read_bytes() + last.path.read_bytes())
    first, second = before.fragment, last.fragment
    fragment = type(first)(
        start=first.start,
        samples=first.samples + second.samples,
        duration=first.duration + second.duration,
        min_pts=min(first.min_pts, second.min_pts),
        end_pts=max(first.end_pts, second.end_pts),
        is_sync_first=first.is_sync_first,
    )
    merged = Segment(path.name, path, path.stat().st_size, fragment)
    return Variant(variant.folder, variant.is_audio, variant.track, variant.init, (*kept, merged))


def _check_start(variant: Variant) -> list[str]:
    """The edit list is one entry that puts the first frame, or sound, at 0."""
    if not variant.segments:
        return [f"{variant.folder} has no segments"]
    first = variant.segments[0].fragment
    media_times = [media_time for _, media_time in variant.track.edits]
    if media_times not in ([first.min_pts], [] if first.min_pts == 0 else None):
        return [
            f"{variant.folder} does not begin at 0 (edit list {variant.track.edits}, first {first.min_pts})"
        ]
    return []


def _check_proxy_picture(track: Track, timing: Timing) -> list[str]:
    found = []
    if track.samples != timing.frames:
        found.append(f"the MP4 has {track.samples} frames instead of {timing.frames}")
    if timing.frames > 1 and track.steps != {track.timescale / timing.rate}:
        found.append("the MP4's frames are not evenly spaced")
    if track.end_pts - track.first_pts != Fraction(timing.frames * track.timescale) / timing.rate:
        found.append("the MP4 has not the length of its frames")
    return found
