"""The child that opens a stranger's file: one demux pass, a few decoded frames, MediaInfo; prints JSON.

Runs alone (``python -I probe_child.py FILE OPTIONS``) inside the sandbox, because parsers are attack surface; it must
import nothing of the house. OPTIONS is JSON: formats, codecs, max_pixels; and until_s, where only
the first seconds of the file can be read.
"""

import itertools
import json
import sys
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import av.stream
import pymediainfo

STANDARD_RATES = (
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
    *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)),
    *(Fraction(rate, 2) for rate in (10, 12, 15, 20, 24, 25, 30)),
)
_LOOKED_AT = 2
_PACKETS_TO_FIRST_FRAME = 400
_TRANSFERS = {1: "bt709", 6: "smpte170m", 8: "linear", 13: "srgb", 14: "bt2020-10", 16: "pq", 18: "hlg"}
_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 11: "dci-p3", 12: "display-p3"}
_MATRICES = {0: "rgb", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "limited", 2: "full"}


@dataclass
class Track:
    """What the demux pass counts of one stream; times in the stream's own ticks."""

    stream: Any
    packets: int = 0
    discarded: int = 0
    corrupt: int = 0
    size: int = 0
    last_duration: int = 0
    pts: "array[int]" = field(default_factory=lambda: array("q"))
    first: int | None = None
    end: int | None = None

    def take(self, packet: Any) -> None:
        """Count one packet."""
        time = packet.pts if packet.pts is not None else packet.dts
        if not packet.size or time is None:
            return
        self.packets += 1
        self.size += packet.size
        self.corrupt += packet.is_corrupt
        if packet.is_discard:
            self.discarded += 1
            return
        duration = packet.duration or 0
        self.first = time if self.first is None else min(self.first, time)
        if self.end is None or time + duration >= self.end:
            self.end, self.last_duration = time + duration, duration
        if self.stream.type == "video":
            self.pts.append(time)

    def ends(self, packet: Any, *, after_s: Fraction | float) -> bool:
        """Tell whether a picture's packet lies beyond what is to be read; then forget the frames that stand alone.

        Those are shown after others that were not read any more.
        """
        if self.stream.type != "video" or packet.dts is None or packet.dts * packet.time_base <= after_s:
            return False
        self.pts = array("q", (each for each in self.pts if each <= packet.dts))
        return True


def main() -> None:
    """Inspect the file named on the command line and print what was found."""
    path, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    try:
        facts = inspect(path, options=options)
    except av.error.FFmpegError as error:
        facts = {"error": "unreadable", "detail": str(error.strerror or "unreadable")}
    sys.stdout.write(json.dumps(facts))


def inspect(path: Path, *, options: dict[str, Any]) -> dict[str, Any]:
    """Open, count and look; the answer is JSON-safe."""
    whitelists = {
        "protocol_whitelist": "file",
        "format_whitelist": options["formats"],
        "codec_whitelist": options["codecs"],
    }
    with av.open(f"file:{path}", options=whitelists, metadata_errors="replace") as container:
        pictures = [stream for stream in container.streams.video if not _is_cover(stream)]
        picture = next((stream for stream in pictures if stream.codec_context is not None), None)
        if picture is not None and picture.width * picture.height > options["max_pixels"]:
            return {"error": "too_large", "detail": f"{picture.width}x{picture.height}"}
        sounds = list(container.streams.audio)
        tracks = {stream.index: Track(stream) for stream in [picture, *sounds] if stream is not None}
        complaint = _demux(container, tracks, until_s=options.get("until_s"))
        facts = {
            "format": container.format.name,
            "duration": container.duration / av.time_base if container.duration else None,
            "start": container.start_time / av.time_base if container.start_time else 0.0,
            "bit_rate": container.bit_rate or None,
            "tags": _clean(container.metadata),
            "complaint": complaint,
            "timecode": _timecode(container),
            "has_cover": len(pictures) < len(container.streams.video),
            "video": _video(container, tracks[picture.index]) if picture is not None else None,
            "audio": [_audio(tracks[stream.index]) for stream in sounds],
        }
    facts["mediainfo"] = _mediainfo(path) if options.get("until_s") is None else []
    return facts


def _demux(
    container: av.container.InputContainer, tracks: dict[int, Track], *, until_s: float | None
) -> str | None:
    """Count every packet; edit lists show as packets marked to be discarded."""
    streams = [track.stream for track in tracks.values()]
    if not streams:
        return None
    until = None if until_s is None else until_s + Fraction(container.start_time or 0, av.time_base)
    try:
        for packet in container.demux(streams):
            track = tracks[packet.stream_index]
            track.take(packet)
            if until is not None and track.ends(packet, after_s=until):
                break
    except av.error.FFmpegError as error:
        return str(error.strerror or "read error")
    return None


def _video(container: av.container.InputContainer, track: Track) -> dict[str, Any]:
    stream, base = track.stream, track.stream.time_base
    look = _look(container, stream)
    cadence = find_cadence(
        sorted(track.pts), base=base, last=track.last_duration, hints=(stream.average_rate, stream.base_rate)
    )
    first = track.first if track.first is not None else 0
    offset = first * base - Fraction(container.start_time or 0, av.time_base)
    context = stream.codec_context
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return {
        "index": stream.index,
        "codec": context.name,
        "profile": stream.profile,
        "pixel_format": context.pix_fmt,
        "width": context.width,
        "height": context.height,
        "aspect": str(aspect if aspect > 0 else Fraction(1)),
        "declared_packets": stream.frames or None,
        "declared_duration": float(stream.duration * base) if stream.duration else None,
        "packets": track.packets,
        "discarded": track.discarded,
        "corrupt": track.corrupt,
        "bit_rate": context.bit_rate or None,
        "end": float(((track.end or 0) - first) * base),
        "offset": str(max(Fraction(0), offset).limit_denominator(1_000_000)),
        **cadence,
        **look,
    }


def _look(container: av.container.InputContainer, stream: Any) -> dict[str, Any]:
    """Decode the first frames: what only a decoded picture tells."""
    context = stream.codec_context
    context.thread_count = 1
    frames: list[Any] = []
    try:
        container.seek(0, backward=True, any_frame=False)
        for number, packet in enumerate(container.demux(stream)):
            frames += packet.decode()
            if len(frames) >= _LOOKED_AT or number > _PACKETS_TO_FIRST_FRAME:
                break
    except av.error.FFmpegError:
        frames = frames or []
    source = frames[0] if frames else context
    return {
        "decoded": len(frames),
        "rotation": frames[0].rotation % 360 if frames else 0,
        "interlaced": any(frame.interlaced_frame for frame in frames) or int(context.field_order or 0) > 1,
        "color": {
            "primaries": _PRIMARIES.get(int(source.color_primaries or 0)),
            "transfer": _TRANSFERS.get(int(source.color_trc or 0)),
            "matrix": _MATRICES.get(int(source.colorspace or 0)),
            "range": _RANGES.get(int(source.color_range or 0)),
        },
    }


def find_cadence(
    pts: list[int], *, base: Fraction, last: int, hints: tuple[Fraction | None, ...]
) -> dict[str, Any]:
    """Find the constant rate that explains all times, or the one to convert a variable rate to.

    Shapes: `pts` sorted, in ticks of `base` seconds; `last` ticks that the last frame stays.
    """
    if not pts:
        return {"shown": 0, "rate": None, "variable": False, "frames": 0}
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(pts))
    for rate in _candidates(steps, base=base, last=last, hints=hints):
        if _explains(rate, pts, base=base):
            return {"shown": len(pts), "rate": str(rate), "variable": False, "frames": len(pts)}
    usual = steps[len(steps) // 10] or max(1, last)
    fastest = min(Fraction(60), 1 / (usual * base))
    rate = min(STANDARD_RATES, key=lambda standard: abs(standard - fastest))
    end = pts[-1] - pts[0] + (last or usual)
    return {
        "shown": len(pts),
        "rate": str(rate),
        "variable": True,
        "frames": max(1, _nearest(end * base * rate)),
    }


def _candidates(
    steps: list[int], *, base: Fraction, last: int, hints: tuple[Fraction | None, ...]
) -> list[Fraction]:
    usual = steps[len(steps) // 2] if steps else last
    exact = [1 / (usual * base)] if usual else []
    hinted = [Fraction(hint) for hint in hints if hint]
    if not steps:
        return hinted + exact or [Fraction(25)]
    if steps[0] == steps[-1] and usual >= 200 and 1 / exact[0] >= 200 * base:
        return exact
    close = [rate for rate in STANDARD_RATES if exact and abs(rate / exact[0] - 1) < Fraction(1, 10)]
    plain = [rate for rate in hinted if rate in STANDARD_RATES]
    return plain + sorted(close, key=lambda rate: abs(rate - exact[0])) + hinted + exact


def _explains(rate: Fraction, pts: list[int], *, base: Fraction) -> bool:
    """Tell whether every frame lies within a tick and a twentieth of a frame of its place."""
    if rate <= 0 or rate > 1000:
        return False
    ticks = 1 / (rate * base)
    slack = Fraction(3, 2) + ticks / 20
    up, down = ticks.numerator, ticks.denominator
    bound = int(slack * down)
    first = pts[0]
    return all(abs((time - first) * down - number * up) <= bound for number, time in enumerate(pts))


def _nearest(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def _audio(track: Track) -> dict[str, Any]:
    stream, base = track.stream, track.stream.time_base
    context = stream.codec_context
    first, end = track.first or 0, track.end or 0
    return {
        "index": stream.index,
        "codec": context.name if context is not None else None,
        "channels": getattr(context, "channels", 0) or 0,
        "layout": context.layout.name if context is not None else "",
        "sample_rate": getattr(context, "sample_rate", 0) or 0,
        "packets": track.packets,
        "start": float(first * base),
        "duration": float((end - first) * base),
        "declared_duration": float(stream.duration * base) if stream.duration else None,
        "language": stream.language,
    }


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _timecode(container: av.container.InputContainer) -> str | None:
    sources = [container.metadata, *(stream.metadata for stream in container.streams)]
    return next((tags["timecode"] for tags in sources if "timecode" in tags), None)


def _clean(tags: dict[str, str]) -> dict[str, str]:
    return {str(key)[:100]: str(value)[:2000] for key, value in list(tags.items())[:100]}


def _mediainfo(path: Path) -> list[dict[str, Any]]:
    """Ask MediaInfo, by bytes and without the name, so that it follows no reference to other files."""
    try:
        with path.open("rb") as file:
            found = pymediainfo.MediaInfo.parse(file, mediainfo_options={"File_TestContinuousFileNames": "0"})
    except (OSError, RuntimeError):
        return []
    return [_track(track.to_data()) for track in found.tracks[:64]]


def _track(data: dict[str, Any]) -> dict[str, Any]:
    hidden = (
        "other_",
        "complete_name",
        "folder_name",
        "file_name",
        "file_extension",
        "file_creation",
        "file_last",
    )
    return {
        key: value if isinstance(value, int | float | bool) else str(value)[:2000]
        for key, value in data.items()
        if not key.startswith(hidden) and isinstance(value, int | float | bool | str)
    }


if __name__ == "__main__":
    main()
