"""The child that opens a stranger's file: one demux pass, a few decoded frames, MediaInfo; prints JSON.

Runs alone (``python -I probe_child.py FILE OPTIONS``) inside the sandbox, because parsers are attack surface; it must
import nothing of the house. OPTIONS is JSON: formats, codecs, max_pixels; and until_s, where only
the first seconds of the file can be read.
"""

import itertools
import json
import runpy
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import av.stream
import pymediainfo

find_cadence = runpy.run_path(str(Path(__file__).with_name("cadence.py")))["find_cadence"]
_LOOKED_AT = 2
_PACKETS_TO_FIRST_FRAME = 400
_SAMPLED, _SAMPLED_FIRST = 10, 100
"""Of several sounds, the first hundred packets and then every tenth are listened to: enough to tell which are silent."""
_USUAL_CHANNELS = 8
_COVER_BYTES = 64 << 20
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
    is_heard: bool = False
    peaks: list[float] = field(default_factory=list)
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    steps: set[int] = field(default_factory=set)
    units: set[bytes] = field(default_factory=set)
    is_idr: bool = True

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
            if len(self.steps) < _LOOKED_AT:
                self.steps.add(duration)
            if packet.is_keyframe:
                self._take_key(packet, time)
        elif self.is_heard and (self.packets <= _SAMPLED_FIRST or self.packets % _SAMPLED == 0):
            self._listen(packet)

    def _take_key(self, packet: Any, time: int) -> None:
        """Note where H.264 can be cut, and whether it goes on with the same parameter sets."""
        self.keys.append(time)
        if self.stream.codec_context.name == "h264":
            units = list(nal_units(bytes(packet)))
            self.is_idr = self.is_idr and any(unit[0] & 31 == _IDR for unit in units)
            self.units |= {unit for unit in units if unit[0] & 31 in _PARAMETER_SETS}

    def _listen(self, packet: Any) -> None:
        """Keep the highest sample of every channel, 1 is full scale; what cannot be judged is not called silent."""
        try:
            for frame in packet.decode():
                samples, channels = frame.to_ndarray(), frame.layout.nb_channels
                whole = float(1 << (8 * samples.dtype.itemsize - 1)) if samples.dtype.kind != "f" else 1.0
                centre = 128 if samples.dtype.kind == "u" else 0
                rows = samples if frame.format.is_planar else samples.reshape(-1, channels).T
                found = (abs(rows.astype(float) - centre).max(axis=1) / whole).tolist() if rows.size else []
                self.peaks = [max(pair) for pair in itertools.zip_longest(self.peaks, found, fillvalue=0.0)]
        except (av.error.FFmpegError, ValueError):
            self.peaks = [1.0] * max(1, self.stream.codec_context.channels)

    def ends(self, packet: Any, *, after_s: Fraction | float) -> bool:
        """Tell whether a picture's packet lies beyond what is to be read; then forget the frames that stand alone.

        Those are shown after others that were not read any more.
        """
        if self.stream.type != "video" or packet.dts is None or packet.dts * packet.time_base <= after_s:
            return False
        self.pts = array("q", (each for each in self.pts if each <= packet.dts))
        return True


_IDR, _PARAMETER_SETS = 5, (7, 8)


def nal_units(data: bytes) -> Iterator[bytes]:
    """Yield the units of a packet whose units have four bytes of length before them, as in MP4."""
    at = 0
    while at + 4 < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 0 or at + 4 + size > len(data):
            return
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


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
        known = [stream for stream in pictures if stream.codec_context is not None]
        picture = max(known, key=lambda stream: stream.width * stream.height, default=None)
        if picture is not None and picture.width * picture.height > options["max_pixels"]:
            return {"error": "too_large", "detail": f"{picture.width}x{picture.height}"}
        sounds = list(container.streams.audio)
        cover = next((stream for stream in container.streams.video if _is_cover(stream)), None)
        tracks = {stream.index: Track(stream) for stream in [picture, *sounds] if stream is not None}
        for sound in sounds:
            many = len(sounds) > 1 or sound.channels > _USUAL_CHANNELS
            tracks[sound.index].is_heard = sound.codec_context is not None and many
        hidden = cover if picture is None else None
        complaint = _demux(container, tracks, cover=hidden, until_s=options.get("until_s"))
        facts = {
            "format": container.format.name,
            "duration": container.duration / av.time_base if container.duration else None,
            "start": container.start_time / av.time_base if container.start_time else 0.0,
            "bit_rate": container.bit_rate or None,
            "tags": _clean(container.metadata),
            "complaint": complaint,
            "timecode": _timecode(container),
            "has_cover": cover is not None,
            "video": _video(container, tracks[picture.index]) if picture is not None else None,
            "is_unknown": bool(pictures) and picture is None,
            "audio": [_audio(tracks[stream.index]) for stream in sounds],
        }
    facts["mediainfo"] = _mediainfo(path) if options.get("until_s") is None else []
    return facts


def _demux(
    container: av.container.InputContainer, tracks: dict[int, Track], *, cover: Any, until_s: float | None
) -> str | None:
    """Count every packet; edit lists show as packets marked to be discarded. A cover goes to a file of its own."""
    streams = [track.stream for track in tracks.values()] + ([cover] if cover is not None else [])
    if not streams:
        return None
    until = None if until_s is None else until_s + Fraction(container.start_time or 0, av.time_base)
    try:
        for packet in container.demux(streams):
            track = tracks.get(packet.stream_index)
            if track is not None:
                track.take(packet)
                if until is not None and track.ends(packet, after_s=until):
                    break
            elif 0 < packet.size <= _COVER_BYTES:
                Path("cover").write_bytes(bytes(packet))
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
        "codec": _coding(stream),
        "decoder": context.name,
        "profile": stream.profile,
        "level": context.level,
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
        "copying": _copying(track, first=first),
    }


def _copying(track: Track, *, first: int) -> dict[str, Any] | None:
    """Tell what decides whether H.264 can be used as it is: one step, where it can be cut, its parameter sets."""
    step = next(iter(track.steps)) if len(track.steps) == 1 else 0
    if track.stream.codec_context.name != "h264" or not step:
        return None
    context = track.stream.codec_context
    kept = {unit for unit in track.units if unit not in (context.extradata or b"")}
    return {
        "seconds": str(step * track.stream.time_base),
        "keys": [(time - first) // step for time in track.keys],
        "is_on_grid": all(
            (time - first) % step == 0 for time in (*track.keys, *track.pts[:: 1 + len(track.pts) // 1000])
        ),
        "is_idr": track.is_idr and bool(context.extradata) and (context.extradata or b"\0")[0] == 1,
        "other_sets": len(kept),
        "size": track.size,
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
    return {
        "decoded": len(frames),
        "rotation": frames[0].rotation % 360 if frames else 0,
        "interlaced": any(frame.interlaced_frame for frame in frames) or int(context.field_order or 0) > 1,
        "is_turned": any(
            "DISPLAYMATRIX" in str(each.type) for frame in frames[:1] for each in frame.side_data
        ),
        "has_alpha": _has_alpha(frames[0].format if frames else context.format),
        "color": {
            "primaries": _first_known(_PRIMARIES, "color_primaries", [*frames[:1], context]),
            "transfer": _first_known(_TRANSFERS, "color_trc", [*frames[:1], context]),
            "matrix": _first_known(_MATRICES, "colorspace", [*frames[:1], context]),
            "range": _first_known(_RANGES, "color_range", [*frames[:1], context]),
        },
    }


def _first_known(names: dict[int, str], attribute: str, sources: list[Any]) -> str | None:
    """Name what the decoded picture says, else what the container says."""
    return next(
        (names[value] for each in sources if (value := int(getattr(each, attribute) or 0)) in names), None
    )


def _has_alpha(shape: Any) -> bool:
    return (
        shape is not None
        and (len(shape.components) in (2, 4))
        and not shape.name.startswith(("0", "x", "p010"))
    )


def _coding(stream: Any) -> str | None:
    """Name the coding, not the decoder that happens to read it here."""
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else None


def _audio(track: Track) -> dict[str, Any]:
    stream, base = track.stream, track.stream.time_base
    context = stream.codec_context
    first, end = track.first or 0, track.end or 0
    return {
        "index": stream.index,
        "codec": _coding(stream),
        "decoder": context.name if context is not None else None,
        "channels": getattr(context, "channels", 0) or 0,
        "layout": context.layout.name if context is not None else "",
        "sample_rate": getattr(context, "sample_rate", 0) or 0,
        "packets": track.packets,
        "start": float(first * base),
        "duration": float((end - first) * base),
        "declared_duration": float(stream.duration * base) if stream.duration else None,
        "language": stream.language,
        "peaks": track.peaks if track.is_heard else None,
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
