"""What a probe knows about a master: plain values, no I/O."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

Kind = Literal["video", "audio", "image", "document", "other"]


@dataclass(frozen=True)
class CopyFacts:
    """What decides whether an H.264 picture can be used as it is.

    Units and shapes: `step` seconds from each frame to the next, all alike; `keys` numbers of the frames that decoding
    can begin with; `bit_rate` in bits per second; `other_sets` parameter sets beside those in the header.
    """

    container: str
    profile: str
    level: int
    step: Fraction
    keys: tuple[int, ...]
    is_on_grid: bool
    is_idr: bool
    is_turned: bool
    is_whole: bool
    other_sets: int
    aspect: Fraction
    bit_rate: float
    colors: tuple[str | None, ...] = ()
    range: str | None = None


@dataclass(frozen=True)
class VideoFacts:
    """The picture stream that previews are made from.

    Units and shapes: `coded_*` and `display_*` in pixels (rotation and pixel aspect applied to display), `rotation`
    in degrees clockwise, `rate` in frames per second as the previews will run (constant, at most 60), `source_rate`
    as the source runs, `source_frames` packets that are shown (edit lists resolved), `frames` frames the previews
    will have, `offset_s` how much later than the container's zero the first frame is shown; `is_turned` that it is turned or mirrored;
    `is_renumbered` says that
    the times in the file don't tell where frames belong: the nth that decodes is frame n.
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
    transfer: str | None = None
    primaries: str | None = None
    has_alpha: bool = False
    is_renumbered: bool = False
    is_turned: bool = False
    copying: CopyFacts | None = field(default=None, compare=False)


@dataclass(frozen=True)
class AudioFacts:
    """The sound that previews are made from; `duration_s` is counted in packets, not taken from the header.

    Shapes: `index` is the stream's; where mono streams are heard together, `members` are all of theirs and `layout`
    says which is which; of a stream with more channels than any layout, `pair` are the two that are heard;
    `is_changing` that layout or sample rate change midway: `channels` and `layout` are then the widest.
    """

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate: int
    duration_s: float
    members: tuple[int, ...] = ()
    pair: tuple[int, int] | None = None
    is_changing: bool = False


@dataclass(frozen=True)
class MediaFacts:
    """Everything a version's row wants to know about its master.

    Units and shapes: `duration` and `first_pts` in seconds; `width` x `height` are display size; `frame_rate` is a
    rational string such as ``"30000/1001"``; `frame_count`, `frame_rate` and `first_pts` describe the previews, which
    number frames from 0 at time 0; `readable` is the share of the declared length that could be read, 0 to 1,
    and `declared_s` that length; `unreadable` says why no previews can be made of what is well known otherwise.
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
    declared_s: float | None = None
    unreadable: str | None = None
