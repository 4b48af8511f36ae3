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
from bisect import bisect_left
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
Clock = runpy.run_path(str(Path(__file__).with_name("clock.py")))["Clock"]
_headers = runpy.run_path(str(Path(__file__).with_name("headers.py")))
look = runpy.run_path(str(Path(__file__).with_name("looking.py")))["look"]
_CLOCKED = ("mpegts", "mpeg")
_LOOKED_AT = 2
_LOOKED_AT_PACKETS = 100
_LOOKED_FOR = ("begins", "first", "times")
_SAMPLED, _SAMPLED_FIRST = 10, 100
"""Of several sounds, the first hundred packets and then every tenth are listened to: enough to tell which are silent."""
_USUAL_CHANNELS = 8
_COVER_BYTES = 64 << 20


@dataclass
class Track:
    """What the demux pass counts of one stream; times in the stream's own ticks."""

    stream: Any
    packets: int = 0
    discarded: int = 0
    untimed: int = 0
    has_pts: bool = True
    begins: tuple[int | None, int | None] | None = None
    corrupt: int = 0
    size: int = 0
    last_duration: int = 0
    pts: "array[int]" = field(default_factory=lambda: array("q"))
    first: int | None = None
    end: int | None = None
    is_heard: bool = False
    peaks: list[float] = field(default_factory=list)
    said: set[tuple[int, int]] = field(default_factory=set)
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    steps: set[int] = field(default_factory=set)
    units: set[bytes] = field(default_factory=set)
    is_idr: bool = True

    def take(self, packet: Any) -> None:
        """Count one packet."""
        time = packet.pts if packet.pts is not None else packet.dts
        if not packet.size:
            return
        self.begins = self.begins or (packet.pts, packet.dts)
        self.packets += 1
        self.size += packet.size
        self.corrupt += packet.is_corrupt
        self.has_pts = self.has_pts and packet.pts is not None
        self.discarded += packet.is_discard
        self.untimed += time is None and not packet.is_discard
        if packet.is_discard or time is None:
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
            return
        self._note_header(packet)
        if self.is_heard and (self.packets <= _SAMPLED_FIRST or self.packets % _SAMPLED == 0):
            self._listen(packet)

    def _take_key(self, packet: Any, time: int) -> None:
        """Note where H.264 can be cut, and whether it goes on with the same parameter sets."""
        self.keys.append(time)
        if self.stream.codec_context.name == "h264":
            units = list(nal_units(bytes(packet)))
            self.is_idr = self.is_idr and any(unit[0] & 31 == _IDR for unit in units)
            self.units |= {unit for unit in units if unit[0] & 31 in _PARAMETER_SETS}

    def _note_header(self, packet: Any) -> None:
        """Keep what a packet of sound says of its layout and rate, where its coding says that in each."""
        read = _headers["HEADERS"].get(_coding(self.stream))
        said = read(bytes(memoryview(packet)[: _headers["HEADER_BYTES"]])) if read is not None else None
        if said is not None:
            self.said.add(said)

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
        tracks = _tracks(picture, sounds)
        hidden = cover if picture is None else None
        clock = Clock() if container.format.name in _CLOCKED else None
        complaint = _demux(container, tracks, cover=hidden, until_s=options.get("until_s"), clock=clock)
        facts: dict[str, Any] = {
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
    if clock is not None and clock.has_jumped:
        for told in [*facts["audio"], facts["video"]]:
            if told is not None:
                told["declared_duration"] = None
    facts["mediainfo"] = _mediainfo(path) if options.get("until_s") is None else []
    return facts


def _tracks(
    picture: av.video.stream.VideoStream | None, sounds: list[av.audio.stream.AudioStream]
) -> dict[int, Track]:
    tracks = {stream.index: Track(stream) for stream in [picture, *sounds] if stream is not None}
    for sound in sounds:
        many = len(sounds) > 1 or sound.channels > _USUAL_CHANNELS
        tracks[sound.index].is_heard = sound.codec_context is not None and many
    return tracks


def _demux(
    container: av.container.InputContainer,
    tracks: dict[int, Track],
    *,
    cover: Any,
    until_s: float | None,
    clock: Any,
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
                if clock is not None:
                    clock.set_right(packet)
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
    looked = look(container, stream)
    pts, last = _shown_times(track, looked)
    cadence = find_cadence(
        pts,
        base=base,
        last=last,
        hints=(stream.average_rate, stream.base_rate),
        untimed=track.untimed,
        step=next(iter(track.steps)) if track.discarded and len(track.steps) == 1 else 0,
    )
    first, end = track.first or 0, track.end or 0
    if cadence["renumbered"]:
        length = round(cadence["frames"] / Fraction(cadence["rate"]) / base)
        first, end = (end - length, end) if track.untimed else (first, first + length)
    offset = first * base - Fraction(container.start_time or 0, av.time_base)
    context, aspect = stream.codec_context, stream.sample_aspect_ratio or Fraction(1)
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
        "end": float((end - first) * base),
        "offset": str(max(Fraction(0), offset).limit_denominator(1_000_000)),
        **cadence,
        **{key: value for key, value in looked.items() if key not in _LOOKED_FOR},
        "copying": _copying(track, first=first),
    }


def _shown_times(track: Track, looked: dict[str, Any]) -> tuple[list[int], int]:
    """Return the ticks at which frames are shown, and for how many the last one stays."""
    pts, last = sorted(track.pts), track.last_duration
    if track.has_pts and pts and looked["first"] is not None and looked["begins"] == track.begins:
        # What comes before the first picture that decodes is never shown: films are cut inside a group of pictures.
        late = bisect_left(pts, looked["first"])
        track.first, track.discarded, pts = pts[min(late, len(pts) - 1)], track.discarded + late, pts[late:]
    if _has_pairs(looked["times"], pts):
        # Each field is a packet of its own; a frame is two.
        pts, last = pts[::2], 2 * last
    return pts, last


def _has_pairs(times: list[int], pts: list[int]) -> bool:
    """Tell whether interlaced frames, decoded at `times`, are twice as far apart as their packets."""
    frames, packets = (
        sorted(after - before for before, after in itertools.pairwise(sorted(each)))
        for each in (times, pts[:_LOOKED_AT_PACKETS])
    )
    if not frames or not packets:
        return False
    apart = packets[len(packets) // 2]
    return abs(frames[len(frames) // 2] - 2 * apart) * 10 < apart


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
        "is_changing": len(track.said) > 1,
        "most_channels": max((channels for channels, _ in track.said), default=0),
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
