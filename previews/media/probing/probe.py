"""Find out what a master is: sniff its bytes, then let a sandboxed child count and look."""

import json
import re
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.encoding.inputs import CODECS, FORMATS, MAX_PIXELS
from previews.media.facts import AudioFacts, CopyFacts, MediaFacts, VideoFacts
from previews.media.failures import BuildFailed
from previews.media.packaging.mp4box import has_index
from previews.media.probing.animations import ANIMATED, is_animation
from previews.media.probing.sniff import HEAD_BYTES, Sniffed, claimed_kind, sniff
from previews.media.probing.sounds import choose_sound
from previews.media.probing.wholeness import is_whole_matroska, riff_share, tells_length
from previews.media.recipes import even

FASTEST = 60
_EMPTY_PACKETS = 2
"""Some containers declare packets that hold nothing; so few missing are no damage."""
CHILD = Path(__file__).with_name("probe_child.py")
BESIDE = tuple(
    Path(__file__).with_name(name) for name in ("cadence.py", "clock.py", "headers.py", "looking.py")
)
COVER = "cover"
"""The file in scratch that a sound's cover is written to."""
_LIMITS = sandbox.Limits(memory_bytes=4 * sandbox.GIB, cpu_s=900, wall_s=900.0)
_TIMECODE = re.compile(r"[0-9]{2}:[0-5][0-9]:[0-5][0-9][:;.,][0-9]{2,3}")
_HDR = ("pq", "hlg")
_SHOWN_WHOLE = 0.995
_TELL_ONE_LENGTH = ("matroska,webm", "flv")
"""Containers whose header has one length for all streams."""
_DROP_FRAME = (Fraction(30000, 1001), Fraction(60000, 1001))


def identify(source: Path, *, name: str) -> Sniffed:
    """Tell what the bytes are.

    Raises: BuildFailed when the name claims media and the bytes are none.
    """
    with source.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES), name=name)
    claim = claimed_kind(name)
    if claim is not None and not found.is_media:
        raise BuildFailed(
            f"The name says {claim}, but the content is {found.label}. Upload the media file itself.",
            permanent=True,
        )
    return found


def probe(source: Path, *, name: str, scratch: Path, until_s: float | None = None) -> MediaFacts:
    """Find the facts of a video or an audio file; of other kinds, what the first bytes tell.

    With `until_s` only so many seconds are read: counts are theirs, and `readable` is their share of the whole.

    Raises: BuildFailed when the file can't be read as what it is.
    """
    found = identify(source, name=name)
    if found.mime in ANIMATED and is_animation(source, mime=found.mime):
        return _animation_facts(source, mime=found.mime, scratch=scratch)
    if found.kind not in ("video", "audio"):
        return MediaFacts(kind=found.kind, mime=found.mime)
    if found.mime in ("video/mp4", "video/quicktime", "audio/mp4") and not has_index(source):
        raise BuildFailed(
            "The file ends before its index (the moov atom): it was cut short while it was written or copied. "
            "Export or upload it again.",
            permanent=True,
        )
    told = _ask_child(source, scratch=scratch, until_s=until_s)
    told["is_whole"] = "matroska" in told["format"] and until_s is None and is_whole_matroska(source)
    if not tells_length(source, format_name=told["format"]):
        _forget_lengths(told)
    told["share"] = riff_share(source) if until_s is None else 1.0
    return _facts(told, mime=found.mime)


def _animation_facts(source: Path, *, mime: str, scratch: Path) -> MediaFacts:
    """Treat a moving picture as the video that it is; what no demuxer here can show moving is a still."""
    still = MediaFacts(kind="image", mime=mime)
    try:
        facts = _facts(_ask_child(source, scratch=scratch, until_s=None), mime=mime)
    except BuildFailed:
        return still
    return facts if facts.video is not None and facts.video.frames > 1 else still


def _ask_child(source: Path, *, scratch: Path, until_s: float | None) -> dict[str, Any]:
    options = {"formats": FORMATS, "codecs": CODECS, "max_pixels": MAX_PIXELS, "until_s": until_s}
    argv = sandbox.python(CHILD, str(source), json.dumps(options))
    ended = sandbox.run(argv, read=[source, CHILD, *BESIDE], scratch=scratch, limits=_LIMITS)
    if ended.is_killed:
        raise BuildFailed("Reading the file took too long and was stopped. Try again.", permanent=False)
    if ended.code != 0:
        raise BuildFailed(
            "The file could not be read: it is damaged, or of a kind that is not known here. "
            "Check that it plays on your machine, then export it again.",
            permanent=True,
        )
    try:
        told: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        told = {"error": "unreadable"}
    if told.get("error") == "too_large":
        raise BuildFailed(
            f"The picture has {told['detail']} pixels; previews are made up to {MAX_PIXELS // 1_000_000} megapixels.",
            permanent=True,
        )
    if "error" in told:
        raise BuildFailed(
            "The file could not be opened as media: it is damaged, or of a format that is not accepted. "
            "Check that it plays on your machine, then export it again as MP4, MOV, MXF, MKV or WAV.",
            permanent=True,
        )
    return told


def _forget_lengths(told: dict[str, Any]) -> None:
    """Take a length that was only guessed for none."""
    told["duration"] = None
    for track in told["audio"]:
        track["declared_duration"] = None


def _facts(told: dict[str, Any], *, mime: str) -> MediaFacts:
    foreign = _foreign(told)
    if told["video"] and not (told["video"]["width"] and told["video"]["height"]):
        raise BuildFailed(
            "The picture has no size, or one that no reader takes: the file is damaged. Export or upload it again.",
            permanent=True,
        )
    video = _video(told["video"]) if told["video"] and told["video"]["shown"] and not foreign else None
    copying = told["video"].pop("copying") if told["video"] else None
    if video is not None and copying is not None:
        video = replace(video, copying=_copying(copying, told=told))
    audio = choose_sound([each for each in told["audio"] if each["packets"] and _is_accepted(each)])
    meta = {"media": {key: told[key] for key in ("format", "bit_rate", "tags", "complaint", "has_cover")}}
    meta["media"] |= {"video": told["video"], "audio": told["audio"], "mediainfo": told["mediainfo"]}
    if foreign is not None:
        return _foreign_facts(told, mime=mime, meta=meta, coding=foreign)
    if video is None and audio is None:
        raise BuildFailed(
            "No picture and no sound could be read from the file: it is empty or cut right after its header. "
            "Export or upload it again.",
            permanent=True,
        )
    if video is None:
        return MediaFacts(
            kind="audio",
            mime=mime,
            duration=audio.duration_s if audio else None,
            channels=audio.channels if audio else None,
            meta=meta,
            audio=audio,
            readable=_readable(told),
            declared_s=_declared_s(told),
        )
    return _video_facts(told, mime=mime, meta=meta, video=video, audio=audio)


def _foreign(told: dict[str, Any]) -> str | None:
    """Name a coding of the picture that is not read here; None where it is read, or where there is no picture."""
    if told["is_unknown"]:
        tracks = (track for track in told["mediainfo"] if track.get("track_type") == "Video")
        return next((str(track["format"]) for track in tracks if track.get("format")), "something unknown")
    return None if not told["video"] or _is_accepted(told["video"]) else str(told["video"]["codec"])


def _foreign_facts(told: dict[str, Any], *, mime: str, meta: dict[str, Any], coding: str) -> MediaFacts:
    seen = _video(told["video"]) if told["video"] and told["video"]["shown"] else None
    return MediaFacts(
        kind="video",
        mime=mime,
        duration=told["duration"],
        width=seen.display_width if seen else None,
        height=seen.display_height if seen else None,
        meta=meta,
        unreadable=f"The picture is coded as {coding}, for which there is no decoder here: no previews could be made. "
        "The file can be downloaded; for previews, export it as H.264, HEVC, ProRes, DNxHR or AV1.",
    )


def _video_facts(
    told: dict[str, Any], *, mime: str, meta: dict[str, Any], video: VideoFacts, audio: AudioFacts | None
) -> MediaFacts:
    timecode = _timecode(told["timecode"])
    return MediaFacts(
        kind="video",
        mime=mime,
        duration=float(video.frames / video.rate),
        width=video.display_width,
        height=video.display_height,
        frame_rate=f"{video.rate.numerator}/{video.rate.denominator}",
        frame_count=video.frames,
        start_timecode=timecode,
        drop_frame=bool(timecode and timecode[8] != ":" and video.rate in _DROP_FRAME),
        first_pts=0.0,
        channels=audio.channels if audio else 0,
        color=_color(told["video"], dolby_vision=_dolby_vision(told["mediainfo"])),
        meta=meta,
        video=video,
        audio=audio,
        readable=_readable(told),
        declared_s=_declared_s(told),
    )


def _is_accepted(told: dict[str, Any]) -> bool:
    return told["decoder"] in CODECS.split(",")


def _video(told: dict[str, Any]) -> VideoFacts:
    source_rate = Fraction(told["rate"])
    thinned = max(1, ceil(source_rate / FASTEST))
    width, height, aspect = told["width"], told["height"], Fraction(told["aspect"])
    wide, high = max(1, round(width * aspect)), height
    if told["rotation"] in (90, 270):
        wide, high = high, wide
    color = told["color"]
    return VideoFacts(
        index=told["index"],
        codec=told["codec"],
        pixel_format=told["pixel_format"] or "",
        coded_width=width,
        coded_height=height,
        display_width=wide,
        display_height=high,
        rotation=told["rotation"],
        rate=source_rate / thinned,
        source_rate=source_rate,
        source_frames=told["shown"],
        frames=ceil(told["frames"] / thinned),
        offset_s=Fraction(told["offset"]),
        is_interlaced=told["interlaced"],
        is_variable=told["variable"],
        is_renumbered=told["renumbered"],
        is_turned=told["is_turned"],
        is_hdr=color["transfer"] in _HDR,
        matrix=_matrix(color["matrix"], height=height),
        transfer=color["transfer"],
        primaries=color["primaries"],
        has_alpha=told["has_alpha"],
    )


def _matrix(told: str | None, *, height: int) -> str:
    """Name the matrix for the scaler; where the file says nothing, by the size, as players do."""
    if told in ("bt2020nc", "bt2020c"):
        return "bt2020"
    if told in ("bt709", "smpte170m"):
        return told
    if told == "bt470bg":
        return "smpte170m"
    return "bt709" if even(height) >= 720 else "smpte170m"


def _copying(copying: dict[str, Any], *, told: dict[str, Any]) -> CopyFacts:
    video = told["video"]
    seconds = float(Fraction(copying["seconds"])) * max(1, video["packets"])
    return CopyFacts(
        container=told["format"],
        profile=video["profile"] or "",
        level=video["level"] or 0,
        step=Fraction(copying["seconds"]),
        keys=tuple(copying["keys"]),
        is_on_grid=copying["is_on_grid"],
        is_idr=copying["is_idr"],
        is_turned=video["is_turned"],
        is_whole=not (told["complaint"] or video["corrupt"] or video["discarded"]),
        other_sets=copying["other_sets"],
        aspect=Fraction(video["aspect"]),
        bit_rate=copying["size"] * 8 / seconds,
        colors=tuple(video["color"][each] for each in ("primaries", "transfer", "matrix")),
        range=video["color"]["range"],
    )


def _color(told: dict[str, Any], *, dolby_vision: str | None) -> dict[str, Any]:
    return {
        **told["color"],
        "pixel_format": told["pixel_format"],
        "hdr": told["color"]["transfer"] in _HDR,
        "tone_mapped": told["color"]["transfer"] in _HDR,
        "dolby_vision": dolby_vision,
    }


def _dolby_vision(tracks: list[dict[str, Any]]) -> str | None:
    """Name the profile, as MediaInfo does: ``dvhe.05`` is the one whose colours only a licensed player gets right."""
    for track in tracks:
        if "Dolby Vision" in str(track.get("hdr_format", "")):
            found = re.search(r"dv[a-z0-9]{2}\.[0-9]{2}", str(track.get("hdr_format_profile", "")))
            return found[0] if found else "unknown"
    return None


def _timecode(told: str | None) -> str | None:
    return told if told and _TIMECODE.fullmatch(told) else None


def _declared_s(told: dict[str, Any]) -> float | None:
    """Give the length that the headers declare, in seconds."""
    video = told["video"]
    if video and video["declared_duration"] and told["format"].startswith("mov"):
        return float(video["declared_duration"])
    if video and video["declared_packets"] and video["rate"]:
        return float(video["declared_packets"] / Fraction(video["rate"]))
    tracks = [video, *told["audio"]] if video else told["audio"]
    declared = [float(track["declared_duration"]) for track in tracks if track["declared_duration"]]
    return max(declared, default=float(told["duration"]) if told["duration"] else None)


def _readable(told: dict[str, Any]) -> float:
    """Compare what could be read with what the header declares; 1 where the header declares nothing."""
    video = told["video"]
    if video and video["declared_packets"]:
        read = (int(video["packets"]) + _EMPTY_PACKETS) / int(video["declared_packets"])
        # What an edit list hides at the end is never read; it is no damage.
        has_edits = told["format"].startswith("mov") and video["declared_duration"]
        shown = float(video["end"] / video["declared_duration"]) if has_edits else 0.0
        return min(1.0, max(read, shown if shown > _SHOWN_WHOLE else 0.0))
    tracks = [(video["end"] + float(Fraction(video["offset"])), video["declared_duration"])] if video else []
    tracks += [(track["duration"], track["declared_duration"]) for track in told["audio"]]
    if told.get("is_whole"):
        return 1.0
    if told["format"] in _TELL_ONE_LENGTH and tracks:
        tracks.append((max(read for read, _ in tracks), told["duration"]))
    shares = [float(read / declared) for read, declared in tracks if declared and declared - read > 0.5]
    return max(0.0, min([float(told.get("share", 1.0)), *shares]))
