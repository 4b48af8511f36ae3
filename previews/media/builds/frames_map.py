"""The frame contract of one build, as a small document: where every frame of every rendition lies, in exact ticks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from previews.media.packaging.mp4box import Track, read_tracks
from previews.media.packaging.playlists import Variant
from previews.media.packaging.publishing import Published
from previews.media.recipes import Timing

FRAME_MAP = "img/frames.json"
_JSON_TYPE = "application/json"


@dataclass(frozen=True)
class Numbering:
    """How frames are counted and named: the grid, and the timecode of frame 0 where the source had one."""

    timing: Timing
    start_timecode: str | None
    drop_frame: bool | None


def frame_map(numbering: Numbering, *, rungs: Sequence[tuple[str, Variant]], proxy: Path) -> dict[str, Any]:
    """Return the map of a finished build; docs/frames.md says how to read it.

    Frame n of a rendition is shown from `first_pts` plus n times `frame_ticks` ticks of `timescale` a second on; of HLS,
    segment k begins with frame `segment_starts[k]`.
    """
    timing = numbering.timing
    renditions = [
        _rendition(name, "hls", f"hls/{variant.folder}/index.m3u8", variant.track, timing)
        | {"segment_starts": _starts(variant)}
        for name, variant in rungs
    ]
    picture = next(track for track in read_tracks(proxy) if track.handler == "vide")
    renditions.append(_rendition("mp4", "mp4", "mp4/proxy.mp4", picture, timing))
    return {
        "v": 1,
        "rate": f"{timing.rate.numerator}/{timing.rate.denominator}",
        "frame_count": timing.frames,
        "first_pts": 0,
        "start_timecode": numbering.start_timecode,
        "drop_frame": bool(numbering.drop_frame),
        "renditions": renditions,
    }


def publish_frame_map(
    numbering: Numbering,
    *,
    rungs: Sequence[tuple[str, Variant]],
    proxy: Path,
    published: Published,
    scratch: Path,
) -> None:
    """Write the map beside the pictures."""
    text = json.dumps(frame_map(numbering, rungs=rungs, proxy=proxy), separators=(",", ":"))
    published.text(FRAME_MAP, text, scratch=scratch, content_type=_JSON_TYPE)


def _rendition(name: str, kind: str, path: str, track: Track, timing: Timing) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "path": path,
        "timescale": track.timescale,
        # The checks have refused every build whose first frame is shown at another time.
        "first_pts": 0,
        "frame_ticks": int(track.timescale / timing.rate),
    }


def _starts(variant: Variant) -> list[int]:
    counts = [segment.fragment.samples for segment in variant.segments]
    return list(accumulate(counts[:-1], initial=0))
