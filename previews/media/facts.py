"""What a probe knows about a master: plain values, no I/O."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

Kind = Literal["video", "audio", "image", "document", "other"]


@dataclass(frozen=True)
class VideoFacts:
    """The picture stream that previews are made from.

    Units and shapes: `coded_*` and `display_*` in pixels (rotation and pixel aspect applied to display), `rotation`
    in degrees clockwise, `rate` in frames per second as the previews will run (constant, at most 60), `source_rate`
    as the source runs, `source_frames` packets that are shown (edit lists resolved), `frames` frames the previews
    will have, `offset_s` how much later than the container's zero the first frame is shown.
    """

    index: int
    codec: str
    pixel_format: str
    coded_width: int
    coded_height: int
    display_width: int
    display_height: int
    rotation: int
    rate: Fraction
    source_rate: Fraction
    source_frames: int
    frames: int
    offset_s: Fraction
    is_interlaced: bool
    is_variable: bool
    is_hdr: bool
    matrix: str


@dataclass(frozen=True)
class AudioFacts:
    """The sound stream that previews are made from; `duration_s` is counted in packets, not taken from the header."""

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate: int
    duration_s: float


@dataclass(frozen=True)
class MediaFacts:
    """Everything a version's row wants to know about its master.

    Units and shapes: `duration` and `first_pts` in seconds; `width` x `height` are display size; `frame_rate` is a
    rational string such as ``"30000/1001"``; `frame_count`, `frame_rate` and `first_pts` describe the previews, which
    number frames from 0 at time 0; `readable` is the share of the declared length that could be read, 0 to 1.
    """

    kind: Kind
    mime: str
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    frame_count: int | None = None
    start_timecode: str | None = None
    drop_frame: bool | None = None
    first_pts: float | None = None
    channels: int | None = None
    color: dict[str, Any] | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    video: VideoFacts | None = None
    audio: AudioFacts | None = None
    readable: float = 1.0
