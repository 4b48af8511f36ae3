"""Stills: upright, in sRGB and 8 bits, in four sizes, without a trace of the camera."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from previews.media.engine import BuildFailed
from tests.previews.media import built, made, picture, run

NAMES = {"img/poster.webp", "img/150.webp", "img/300.webp", "img/1280.webp"}
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (250, 250, 250)


def quarters(width: int = 320, height: int = 200) -> Image.Image:
    """Red, green over blue, white."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(WHITE, (width // 2, height // 2, width, height))
    return image


def saved(name: str, image: Image.Image, **options: Any) -> Path:
    return made(name, lambda path: image.save(path, **options))


def corners(path: Path) -> list[tuple[int, ...]]:
    with Image.open(path) as image:
        picture = image.convert("RGB")
        wide, high = picture.size
        places = [(x, y) for y in (high // 4, 3 * high // 4) for x in (wide // 4, 3 * wide // 4)]
        return [picture.getpixel(place) for place in places]  # type: ignore[misc]


def assert_near(found: list[tuple[int, ...]], expected: list[tuple[int, ...]], *, slack: int = 14) -> None:
    for got, wanted in zip(found, expected, strict=True):
        assert all(abs(a - b) <= slack for a, b in zip(got, wanted, strict=True)), (found, expected)


@pytest.mark.parametrize(
    "name", ["plain.jpg", "plain.png", "plain.webp", "plain.tif", "plain.gif", "plain.avif"]
)
def test_the_common_formats_get_the_set(name: str) -> None:
    done = built(saved(name, quarters()))

    assert done.result.state == "ready"
    assert done.result.facts.kind == "image"
    assert done.result.published == NAMES
    assert (done.result.facts.width, done.result.facts.height) == (320, 200)
    assert_near(corners(done.store / "img/poster.webp"), [RED, GREEN, BLUE, WHITE])
    with Image.open(done.store / "img/150.webp") as small:
        assert small.size == (150, 94)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quarters().transpose(turns[orientation]) if orientation in turns else quarters()
    exif = Image.Exif()
    exif[0x0112] = orientation

    done = built(saved(f"exif-{orientation}.jpg", stored, exif=exif, quality=95))

    assert (done.result.facts.width, done.result.facts.height) == (320, 200)
    assert_near(corners(done.store / "img/poster.webp"), [RED, GREEN, BLUE, WHITE])
    assert done.result.meta["exif"]["Orientation"] == orientation


def test_heic_is_decoded_upright() -> None:
    def make(path: Path) -> None:
        pillow_heif.from_pillow(quarters()).save(path, quality=95)

    done = built(made("photo.heic", make))

    assert done.result.facts.mime == "image/heic"
    assert_near(corners(done.store / "img/poster.webp"), [RED, GREEN, BLUE, WHITE], slack=25)


@pytest.mark.parametrize("name", ["print.tif", "print.jpg"])
def test_cmyk_becomes_rgb(name: str) -> None:
    done = built(saved(name, quarters().convert("CMYK")))

    assert_near(corners(done.store / "img/poster.webp"), [RED, GREEN, BLUE, WHITE], slack=20)


def test_deep_grey_is_scaled_not_cut_off() -> None:
    ramp = np.tile(np.linspace(0, 65535, 320).astype(np.uint16), (200, 1))
    for name in ("deep.png", "deep.tif"):
        done = built(saved(name, Image.fromarray(ramp)))
        with Image.open(done.store / "img/poster.webp") as poster:
            row = np.asarray(poster.convert("L"))[100]
        assert row[0] < 10
        assert row[-1] > 245
        assert abs(int(row[160]) - 128) < 12


@pytest.mark.parametrize("name", ["deep-color.png", "deep-color.tif"])
def test_sixteen_bit_color_is_scaled(name: str) -> None:
    source = made(name, lambda path: run(*picture("25"), "-frames:v", "1", "-pix_fmt", "rgb48be", str(path)))
    shallow = made(
        "shallow.png", lambda path: run(*picture("25"), "-frames:v", "1", "-pix_fmt", "rgb24", str(path))
    )

    assert_near(
        corners(built(source).store / "img/poster.webp"),
        corners(built(shallow).store / "img/poster.webp"),
        slack=6,
    )


def _profile_with_red_and_blue_swapped() -> bytes:
    """An RGB profile that is plainly not sRGB: the two colorants trade places in its table of tags."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return plain.replace(b"rXYZ", b"#XYZ").replace(b"bXYZ", b"rXYZ").replace(b"#XYZ", b"bXYZ")


@pytest.mark.parametrize("name", ["profile.png", "profile.jpg", "profile.tif"])
def test_an_embedded_profile_is_converted_to_srgb(name: str) -> None:
    done = built(saved(name, quarters(), icc_profile=_profile_with_red_and_blue_swapped()))

    assert_near(corners(done.store / "img/poster.webp")[:3:2], [BLUE, RED], slack=20)
    with Image.open(done.store / "img/poster.webp") as poster:
        assert "icc_profile" not in poster.info


def test_transparency_survives() -> None:
    image = quarters().convert("RGBA")
    image.putalpha(128)

    done = built(saved("glass.png", image))

    with Image.open(done.store / "img/poster.webp") as poster:
        assert poster.mode == "RGBA"


def test_where_it_was_taken_is_kept_in_the_facts_and_nowhere_else() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secretcamera"
    exif.get_ifd(0x8825)[1] = "N"

    done = built(saved("gps.jpg", quarters(), exif=exif))

    assert done.result.meta["exif"]["Make"] == "Secretcamera"
    assert done.result.meta["exif"]["GPSLatitudeRef"] == "N"
    for name in NAMES:
        assert b"Secretcamera" not in (done.store / name).read_bytes()


def test_a_small_file_with_too_many_pixels_is_refused_before_decoding() -> None:
    def make(path: Path) -> None:
        header = io.BytesIO()
        Image.new("1", (1, 1)).save(header, "PNG")
        bomb = bytearray(header.getvalue())
        bomb[16:24] = (20000).to_bytes(4, "big") * 2
        path.write_bytes(bytes(bomb))

    with pytest.raises(BuildFailed, match=r"megapixels|damaged") as failure:
        built(made("bomb.png", make))
    assert failure.value.permanent


def test_half_a_photograph_fails_with_advice() -> None:
    whole = saved("whole.jpg", quarters(1200, 800), quality=98)
    with pytest.raises(BuildFailed, match="cut short") as failure:
        built(made("half.jpg", lambda path: path.write_bytes(whole.read_bytes()[:5000])))
    assert failure.value.permanent


BRIGHT = {
    "pq": ("smpte2084", "AVIF"),
    "hlg": ("arib-std-b67", "AVIF"),
    "pq-heic": ("smpte2084", "HEIF"),
}


@pytest.mark.parametrize("name", BRIGHT)
def test_a_still_of_high_dynamic_range_looks_as_a_film_of_it_does(name: str) -> None:
    transfer, kind = BRIGHT[name]
    plain = saved("before-mapping.png", quarters())
    scene = (
        "zscale=transferin=iec61966-2-1:primariesin=bt709:matrixin=gbr:rangein=full"
        f":transfer={transfer}:primaries=bt2020:matrix=bt2020nc:range=limited:npl=203,format=yuv420p10le"
    )
    told = ["-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc"]
    film = made(
        f"bright-{name}.mkv",
        lambda path: run(
            *["-loop", "1", "-i", str(plain), "-frames:v", "2", "-vf", scene, *told],
            *["-c:v", "libx265", "-x265-params", "log-level=error", "-crf", "5", str(path)],
        ),
    )
    words = ["-i", str(film), "-frames:v", "1"]
    if kind == "AVIF":
        coded = [*told, "-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "5"]
        still = made(f"bright-{name}.avif", lambda path: run(*words, *coded, str(path)))
    else:
        still = made(f"bright-{name}.heic", lambda path: _heic(film, path))

    done = built(still)

    assert done.result.facts.color is not None
    assert (done.result.facts.color["hdr"], done.result.facts.color["tone_mapped"]) == (True, True)
    shown = corners(done.store / "img/poster.webp")
    # Eight bits of a wide space tell the weakest part of a strong colour coarsely.
    assert_near(shown, corners(built(film).store / "img/poster.webp"), slack=40)
    assert_near(shown[3:], [(189, 189, 189)], slack=8)


def _heic(film: Path, path: Path) -> None:
    """Save the first frame as a camera does that records PQ."""
    deep = path.with_suffix(".raw")
    run("-i", str(film), "-frames:v", "1", "-pix_fmt", "rgb48le", "-f", "rawvideo", str(deep))
    image = pillow_heif.from_bytes(mode="RGB;16", size=(320, 200), data=deep.read_bytes())
    image.save(path, quality=95, color_primaries=9, transfer_characteristics=16, matrix_coefficients=9)


def test_a_png_that_tells_wide_colours_by_numbers_is_brought_into_srgb() -> None:
    def make(path: Path) -> None:
        plain = io.BytesIO()
        quarters().save(plain, "PNG")
        data = plain.getvalue()
        said = b"cICP" + bytes([12, 13, 0, 1])
        chunk = struct.pack(">I", 4) + said + struct.pack(">I", zlib.crc32(said))
        path.write_bytes(data[:33] + chunk + data[33:])

    red, green, blue, white = corners(built(made("display-p3.png", make)).store / "img/poster.webp")

    assert_near([white], [WHITE])
    # Colours that sRGB has not come out as far out as it reaches.
    assert red[0] > RED[0] + 10
    assert green[0] < 14
    assert blue[2] >= BLUE[2] - 4
