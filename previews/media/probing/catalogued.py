"""What of the facts filters and sorts: one plain value each, whatever the file kept it in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from previews.media.facts import MediaFacts

_LONGEST = 200
_EARLIEST, _LATEST = 1826, 2200
"""The first photograph, and no clock that is set: cameras without one count from 1904, 1970 or 2000 on."""
_UNSET = {datetime(year, 1, 1, tzinfo=UTC) for year in (1904, 1970, 1980, 2000)}
_TIME = re.compile(
    r"(\d{4})[:-](\d{2})[:-](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_PLACE = re.compile(r"([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)")
"""ISO 6709 in decimal degrees, as phones write it."""
_SEXAGESIMAL = re.compile(r"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])")


@dataclass(frozen=True)
class Catalogued:
    """The typed columns of a version.

    Units: `captured_at` aware (a time without a zone counts as UTC), `latitude` and `longitude` in degrees, north and
    east positive, `loudness` in LUFS.
    """

    captured_at: datetime | None
    camera: str | None
    lens: str | None
    codec: str | None
    audio_codec: str | None
    container: str | None
    color_space: str | None
    hdr: bool | None
    latitude: float | None
    longitude: float | None
    loudness: float | None
    page_count: int | None
    package: str | None

    def columns(self) -> dict[str, Any]:
        """Return the values by the names of their columns."""
        return asdict(self)


def catalogue(facts: MediaFacts, *, meta: Mapping[str, Any]) -> Catalogued:
    """Normalise a version's facts and `meta`; metadata that makes no sense counts as none."""
    media = meta.get("media") or {}
    tags = {key.lower(): value for key, value in (media.get("tags") or {}).items()}
    exif, xmp = meta.get("exif") or {}, meta.get("xmp") or {}
    latitude, longitude = _position(exif, xmp, tags)
    return Catalogued(
        captured_at=_captured_at(exif, xmp, meta.get("iptc") or {}, tags),
        camera=_camera(exif, xmp, tags),
        lens=_first(
            exif.get("LensModel"), xmp.get("aux:Lens"), xmp.get("exifEX:LensModel"), tags.get(f"{_APPLE}lens")
        ),
        codec=_first(facts.video.codec if facts.video else None, _still_codec(facts, media)),
        audio_codec=facts.audio.codec if facts.audio else None,
        container=_container(facts, media),
        color_space=_color_space(facts, exif),
        hdr=facts.video.is_hdr if facts.video else (facts.color or {}).get("hdr"),
        latitude=latitude,
        longitude=longitude,
        loudness=(meta.get("loudness") or {}).get("integrated_lufs"),
        page_count=media.get("pages") if isinstance(media.get("pages"), int) else None,
        package=(meta.get("package") or {}).get("type"),
    )


_APPLE = "com.apple.quicktime."


def _captured_at(
    exif: Mapping[str, Any], xmp: Mapping[str, Any], iptc: Mapping[str, Any], tags: Mapping[str, Any]
) -> datetime | None:
    """Take the shutter's time before the file's, and the camera's word before an editor's."""
    zone = exif.get("OffsetTimeOriginal") or exif.get("OffsetTime") or ""
    said = (
        f"{exif.get('DateTimeOriginal') or ''}{zone}",
        xmp.get("exif:DateTimeOriginal"),
        xmp.get("photoshop:DateCreated"),
        tags.get(f"{_APPLE}creationdate"),
        f"{exif.get('DateTimeDigitized') or ''}{exif.get('OffsetTimeDigitized') or ''}",
        xmp.get("xmp:CreateDate"),
        iptc.get("DateCreated"),
        tags.get("creation_time"),
        tags.get("date"),
        exif.get("DateTime"),
    )
    return next((time for text in said if (time := parse_time(text)) is not None), None)


def parse_time(text: object) -> datetime | None:
    """Read a time as EXIF, XMP, QuickTime and libav write it; None where it is none, or a clock that was never set."""
    if not isinstance(text, str):
        return None
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text.strip())
    found = _TIME.match("-".join(compact.groups()) if compact else text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        micro = int((found[7] or "0")[:6].ljust(6, "0"))
        time = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=_zone(found[8]))
    except ValueError:
        return None
    return None if time in _UNSET else time


def _zone(text: str | None) -> timezone:
    if not text or text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _camera(exif: Mapping[str, Any], xmp: Mapping[str, Any], tags: Mapping[str, Any]) -> str | None:
    """Give maker and model, the maker once."""
    maker = _first(exif.get("Make"), xmp.get("tiff:Make"), tags.get(f"{_APPLE}make"), tags.get("make"))
    model = _first(exif.get("Model"), xmp.get("tiff:Model"), tags.get(f"{_APPLE}model"), tags.get("model"))
    if maker is None or model is None or model.lower().startswith(maker.split()[0].lower()):
        return model or maker
    return f"{maker} {model}"[:_LONGEST]


def _position(
    exif: Mapping[str, Any], xmp: Mapping[str, Any], tags: Mapping[str, Any]
) -> tuple[float | None, float | None]:
    """Give where the camera stood, in degrees; both or neither."""
    latitude = _degrees(exif.get("GPSLatitude"), exif.get("GPSLatitudeRef"))
    longitude = _degrees(exif.get("GPSLongitude"), exif.get("GPSLongitudeRef"))
    if latitude is None or longitude is None:
        latitude, longitude = (
            _sexagesimal(xmp.get("exif:GPSLatitude")),
            _sexagesimal(xmp.get("exif:GPSLongitude")),
        )
    if latitude is None or longitude is None:
        told = _first(tags.get(f"{_APPLE}location.iso6709"), tags.get("location"), tags.get("location-eng"))
        found = _PLACE.match(told or "")
        latitude, longitude = (float(found[1]), float(found[2])) if found else (None, None)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return (None, None) if latitude == longitude == 0 else (round(latitude, 7), round(longitude, 7))


def _degrees(parts: object, side: object) -> float | None:
    """Read degrees, minutes and seconds, and the letter of the half of the earth."""
    if (
        not isinstance(parts, list)
        or len(parts) != 3
        or not all(isinstance(part, int | float) for part in parts)
    ):
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(side).upper() in ("S", "W") else value


def _sexagesimal(text: object) -> float | None:
    """Read XMP's ``47,22.614N``."""
    found = _SEXAGESIMAL.fullmatch(text) if isinstance(text, str) else None
    return _degrees([float(found[1]), float(found[2]), float(found[3] or 0)], found[4]) if found else None


def _still_codec(facts: MediaFacts, media: Mapping[str, Any]) -> str | None:
    return str(media["format"]).lower() if facts.kind == "image" and media.get("format") else None


def _container(facts: MediaFacts, media: Mapping[str, Any]) -> str | None:
    """Name the container by its media type, the one word that probes agree on."""
    if facts.kind not in ("video", "audio"):
        return None
    return facts.mime.rpartition("/")[2].removeprefix("x-") or _first(media.get("format"))


def _color_space(facts: MediaFacts, exif: Mapping[str, Any]) -> str | None:
    color = facts.color or {}
    if facts.kind == "video":
        return _first(color.get("primaries"), color.get("matrix"))
    if facts.kind != "image":
        return None
    return _first(color.get("profile"), "sRGB" if exif.get("ColorSpace") == 1 else None, color.get("mode"))


def _first(*values: object) -> str | None:
    """Give the first text that is not empty."""
    texts: Iterable[str] = (value.strip() for value in values if isinstance(value, str))
    return next((text[:_LONGEST] for text in texts if text), None)
