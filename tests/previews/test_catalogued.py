"""What filters and sorts has one form, whatever the file kept it in."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest

from previews.media.facts import AudioFacts, MediaFacts, VideoFacts
from previews.media.probing.catalogued import Catalogued, catalogue, parse_time

STILL = MediaFacts(kind="image", mime="image/jpeg")


def of(meta: dict[str, Any], *, facts: MediaFacts = STILL) -> Catalogued:
    return catalogue(facts, meta=meta)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024:05:06 07:08:09", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024:05:06 07:08:09+02:00", datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=2)))),
        (
            "2024-05-06T07:08:09.5-0330",
            datetime(2024, 5, 6, 7, 8, 9, 500000, timezone(-timedelta(minutes=210))),
        ),
        ("2024-05-06T07:08:09.000000Z", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024-05-06T07:08", datetime(2024, 5, 6, 7, 8, tzinfo=UTC)),
        ("2024-05-06", datetime(2024, 5, 6, tzinfo=UTC)),
        ("20240506", datetime(2024, 5, 6, tzinfo=UTC)),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("1904-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00.000000Z", None),
        ("2024:13:06 07:08:09", None),
        ("yesterday", None),
        (None, None),
        (20240506, None),
    ],
)
def test_times_of_every_spelling_are_read(text: object, time: datetime | None) -> None:
    assert parse_time(text) == time


def test_the_shutters_time_counts_before_the_files_and_with_its_zone() -> None:
    exif = {
        "DateTime": "2025:01:01 00:00:00",
        "DateTimeOriginal": "2024:05:06 07:08:09",
        "OffsetTimeOriginal": "+01:00",
    }

    assert of({"exif": exif}).captured_at == datetime(2024, 5, 6, 6, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("exif", "camera"),
    [
        ({"Make": "Canon", "Model": "Canon EOS R5"}, "Canon EOS R5"),
        ({"Make": "NIKON CORPORATION", "Model": "NIKON Z 9"}, "NIKON Z 9"),
        ({"Make": "Apple", "Model": "iPhone 15"}, "Apple iPhone 15"),
        ({"Model": "X100"}, "X100"),
        ({"Make": "  "}, None),
        ({"Make": 7}, None),
    ],
)
def test_a_camera_has_its_maker_once(exif: dict[str, Any], camera: str | None) -> None:
    assert of({"exif": exif}).camera == camera


@pytest.mark.parametrize(
    ("meta", "place"),
    [
        (
            {
                "exif": {
                    "GPSLatitude": [33.0, 51.0, 30.0],
                    "GPSLatitudeRef": "S",
                    "GPSLongitude": [151.0, 12.0, 36.0],
                    "GPSLongitudeRef": "E",
                }
            },
            (-33.8583333, 151.21),
        ),
        ({"xmp": {"exif:GPSLatitude": "47,22.5N", "exif:GPSLongitude": "8,32,30W"}}, (47.375, -8.5416667)),
        ({"media": {"tags": {"location": "+47.3769-008.5417+400.0/"}}}, (47.3769, -8.5417)),
        ({"media": {"tags": {"com.apple.quicktime.location.ISO6709": "-00.5000+179.9/"}}}, (-0.5, 179.9)),
        ({"exif": {"GPSLatitude": [0.0, 0.0, 0.0], "GPSLongitude": [0.0, 0.0, 0.0]}}, (None, None)),
        ({"exif": {"GPSLatitude": [99.0, 0.0, 0.0], "GPSLongitude": [1.0, 0.0, 0.0]}}, (None, None)),
        ({"exif": {"GPSLatitude": [33.0, None, 0.0], "GPSLongitude": "x"}}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_positions_are_degrees_or_nothing(meta: dict[str, Any], place: tuple[float, float]) -> None:
    found = of(meta)

    assert (found.latitude, found.longitude) == place


def test_a_film_has_its_codecs_container_colour_and_loudness() -> None:
    video = VideoFacts(
        *(0, "hevc", "yuv420p10le", 64, 64, 64, 64, 0, Fraction(25), Fraction(25), 5, 5, Fraction(0)),
        *(False, False, True, "bt2020"),
    )
    facts = MediaFacts(
        kind="video",
        mime="video/x-matroska",
        color={"primaries": "bt2020", "matrix": "bt2020nc"},
        video=video,
        audio=AudioFacts(1, "opus", 2, "stereo", 48_000, 1.0),
    )

    found = of({"loudness": {"integrated_lufs": -23.1}}, facts=facts)

    assert (found.codec, found.audio_codec, found.container) == ("hevc", "opus", "matroska")
    assert (found.color_space, found.hdr, found.loudness) == ("bt2020", True, -23.1)


def test_a_document_has_its_pages_and_a_still_its_profile() -> None:
    paper = of({"media": {"pages": 12}}, facts=MediaFacts(kind="document", mime="application/pdf"))
    still = MediaFacts(kind="image", mime="image/jpeg", color={"mode": "RGB", "profile": "Display P3"})

    assert paper.page_count == 12
    assert of({"media": {"format": "JPEG"}}, facts=still).color_space == "Display P3"
    assert of({"media": {"format": "JPEG"}}, facts=still).codec == "jpeg"
