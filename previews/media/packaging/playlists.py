"""Write HLS playlists ourselves, from what was measured in the segments: pure text, no I/O but reading segments.

Source: RFC 8216 with the CMAF practice of one audio group; packaging measured in docs/previews.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from previews.media.packaging.mp4box import Fragment, Track, read_fragment, read_tracks

HLS_TYPE = "application/vnd.apple.mpegurl"
SEGMENT_TYPE = "video/iso.segment"
MP4_TYPE = "video/mp4"
AUDIO_MP4_TYPE = "audio/mp4"


@dataclass(frozen=True)
class Segment:
    """One finished media segment: its file name, size and what its boxes say."""

    name: str
    path: Path
    size_bytes: int
    fragment: Fragment


@dataclass(frozen=True)
class Variant:
    """One rendition as packaged: its initialisation segment and its media segments in order."""

    folder: str
    is_audio: bool
    track: Track
    init: Path
    segments: tuple[Segment, ...]

    @property
    def peak_bits(self) -> int:
        """Highest bits per second of any segment, the initialisation segment left out."""
        return max(
            (math.ceil(segment.size_bytes * 8 / seconds(segment, self.track)) for segment in self.segments),
            default=0,
        )

    @property
    def average_bits(self) -> int:
        """Bits per second over all segments."""
        length = sum(seconds(segment, self.track) for segment in self.segments)
        return math.ceil(sum(segment.size_bytes for segment in self.segments) * 8 / length) if length else 0

    @property
    def samples(self) -> int:
        """Frames of picture, or AAC frames, in all segments."""
        return sum(segment.fragment.samples for segment in self.segments)


def seconds(segment: Segment, track: Track) -> float:
    """Give the length of a segment."""
    return segment.fragment.duration / track.timescale


def listed_names(playlist: str) -> tuple[str | None, list[str], bool]:
    """Read from ffmpeg's own playlist the initialisation segment, the finished segments, and whether it has ended."""
    init = None
    names = []
    for line in playlist.splitlines():
        if line.startswith("#EXT-X-MAP:URI="):
            init = line.split('"')[1]
        elif line and not line.startswith("#"):
            names.append(line)
    return init, names, "#EXT-X-ENDLIST" in playlist


def read_segment(path: Path) -> Segment:
    """Read the boxes of one segment.

    Raises: BoxesBroken when it is cut or empty.
    """
    return Segment(path.name, path, path.stat().st_size, read_fragment(path))


def read_init(path: Path) -> Track:
    """Read the one track of an initialisation segment.

    Raises: BoxesBroken when it is cut.
    """
    return read_tracks(path)[0]


def media_playlist(variant: Variant, *, target_s: float, is_final: bool, is_ended: bool) -> str:
    """Write the playlist of one rendition: growing (EVENT) or finished (VOD)."""
    longest = max((seconds(segment, variant.track) for segment in variant.segments), default=0.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, int(max(target_s, longest) + 0.5))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if is_final else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init.mp4"',
    ]
    for segment in variant.segments:
        lines += [f"#EXTINF:{seconds(segment, variant.track):.6f},", segment.name]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if is_ended else []), ""])


def master_playlist(variants: Sequence[Variant], *, rate: Fraction | None, playlist: str) -> str:
    """Write the playlist of all renditions, each pointing at its own `playlist` file."""
    pictures = [variant for variant in variants if not variant.is_audio]
    sound = next((variant for variant in variants if variant.is_audio), None)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound is not None and pictures:
        lines.append(
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",'
            f'URI="{sound.folder}/{playlist}"'
        )
    for variant in pictures or ([sound] if sound is not None else []):
        lines += [
            _stream_line(variant, sound if pictures else None, rate=rate),
            f"{variant.folder}/{playlist}",
        ]
    return "\n".join([*lines, ""])


def _stream_line(variant: Variant, sound: Variant | None, *, rate: Fraction | None) -> str:
    codecs = [variant.track.codec, *([sound.track.codec] if sound is not None else [])]
    peak = variant.peak_bits + (sound.peak_bits if sound is not None else 0)
    average = variant.average_bits + (sound.average_bits if sound is not None else 0)
    words = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{",".join(codecs)}"']
    if not variant.is_audio:
        words.append(f"RESOLUTION={variant.track.width}x{variant.track.height}")
    if rate is not None and not variant.is_audio:
        words.append(f"FRAME-RATE={float(rate):.3f}")
    if sound is not None:
        words.append('AUDIO="aud"')
    return "#EXT-X-STREAM-INF:" + ",".join(words)
