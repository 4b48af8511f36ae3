"""Every kind of still gets the set: painters', cameras', printers' and drawers' formats."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from previews.media.engine import BuildFailed
from tests.previews.media import built, made, run
from tests.previews.pictures import digital_negative, photoshop
from tests.previews.test_engine_stills import (
    BLUE,
    GREEN,
    NAMES,
    RED,
    WHITE,
    assert_near,
    corners,
    quarters,
    saved,
)

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 32 20">'
    '<rect width="16" height="10" fill="rgb(220,30,30)"/><rect x="16" width="16" height="10" fill="rgb(30,200,30)"/>'
    '<rect y="10" width="16" height="10" fill="rgb(30,30,220)"/>'
    '<rect x="16" y="10" width="16" height="10" fill="rgb(250,250,250)"/>{more}</svg>'
)


def drawn(name: str, *, size: str = 'width="320" height="200"', more: str = "") -> Path:
    return made(name, lambda path: path.write_text(SVG.format(size=size, more=more)))


def assert_quarters(source: Path, *, slack: int = 14) -> None:
    done = built(source)
    assert (done.result.state, done.result.facts.kind) == ("ready", "image")
    assert done.result.published == NAMES
    assert (done.result.facts.width, done.result.facts.height) == (320, 200)
    assert_near(corners(done.store / "img/poster.webp"), [RED, GREEN, BLUE, WHITE], slack=slack)


@pytest.mark.parametrize("name", ["painted.bmp", "painted.tga", "painted.jp2", "painted.j2k"])
def test_old_and_odd_formats_get_the_set(name: str) -> None:
    assert_quarters(saved(name, quarters()), slack=20)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lzw.tif", {"compression": "tiff_lzw"}),
        ("zip.tif", {"compression": "tiff_adobe_deflate"}),
        ("fax.tif", {"big_tiff": True}),
    ],
)
def test_tiffs_packed_in_every_way_get_the_set(name: str, options: dict[str, object]) -> None:
    assert_quarters(saved(name, quarters(), **options))


def test_the_first_page_stands_for_a_tiff_of_several() -> None:
    pages = [Image.new("RGB", (64, 64), RED)]
    source = saved("pages.tif", quarters(), save_all=True, append_images=pages)

    assert_quarters(source)
    assert built(source).result.meta["media"]["frames"] == 2


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("flat.psd", "RGB", {}),
        ("packed.psd", "RGB", {"is_packed": True}),
        ("deep.psd", "RGB", {"depth": 16, "is_packed": True}),
        ("print.psd", "CMYK", {}),
        ("large.psb", "RGB", {"is_large": True, "is_packed": True}),
    ],
)
def test_the_composite_stands_for_a_photoshop_file(name: str, mode: str, options: dict[str, bool]) -> None:
    source = made(name, lambda path: photoshop(path, quarters().convert(mode), **options))

    assert_quarters(source, slack=20)
    assert built(source).result.facts.mime == "image/vnd.adobe.photoshop"


def test_a_raw_photograph_without_a_preview_is_developed() -> None:
    source = made("sensor.dng", lambda path: digital_negative(path, quarters()))
    done = built(source)

    assert done.result.published == NAMES
    assert done.result.meta["media"]["developed"] == "half"
    assert (done.result.facts.width, done.result.facts.height) == (320, 200)
    red, green, blue, white = corners(done.store / "img/poster.webp")
    assert red[0] > 2 * max(red[1:])
    assert green[1] > 1.5 * max(green[0], green[2])
    assert blue[2] > 1.5 * max(blue[:2])
    assert min(white) > 150


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_cameras_own_preview_stands_for_a_raw_photograph(orientation: int) -> None:
    large = io.BytesIO()
    quarters(1600, 1000).save(large, "JPEG", quality=90)
    source = made(
        f"camera-{orientation}.dng",
        lambda path: digital_negative(path, quarters(), preview=large.getvalue(), orientation=orientation),
    )
    done = built(source)

    assert done.result.meta["media"]["developed"] == "embedded"
    if orientation == 1:
        assert_near(corners(done.store / "img/poster.webp"), [RED, GREEN, BLUE, WHITE])
    else:
        assert (done.result.facts.width, done.result.facts.height) == (200, 320)
        assert_near(corners(done.store / "img/poster.webp"), [BLUE, RED, WHITE, GREEN])


@pytest.mark.parametrize("name", ["scene.dpx", "scene.jxl"])
def test_film_scans_and_jpeg_xl_get_the_set(name: str) -> None:
    plain = saved("scene.png", quarters())
    assert_quarters(made(name, lambda path: run("-i", str(plain), "-frames:v", "1", str(path))), slack=25)


@pytest.mark.parametrize("name", ["light.exr", "light.hdr"])
def test_light_is_tone_mapped_for_a_screen(name: str) -> None:
    def make(path: Path) -> None:
        light = np.zeros((200, 320, 3), np.float32)
        light[:100, :160] = (0.7, 0.01, 0.01)
        light[:100, 160:] = 0.2140
        light[100:, :160] = (8.0, 8.0, 8.0)
        light[100:, 160:] = 0.01
        raw = path.with_suffix(".raw")
        raw.write_bytes(np.ascontiguousarray(light[..., [1, 2, 0]].transpose(2, 0, 1)).tobytes())
        run(
            *("-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s", "320x200", "-i", str(raw)),
            *("-frames:v", "1", str(path)),
        )

    done = built(made(name, make))
    red, grey, bright, dark = corners(done.store / "img/poster.webp")

    assert done.result.published == NAMES
    assert red[0] > 3 * red[1]
    assert 90 < grey[1] < 140
    assert min(bright) > 240
    assert 15 < dark[1] < 40


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("drawing.svg", 'width="320" height="200"'),
        ("inches.svg", 'width="3.3333333333in" height="2.0833333333in"'),
    ],
)
def test_a_drawing_is_rasterised_at_the_size_that_is_shown(name: str, size: str) -> None:
    source = drawn(name, size=size)

    assert_quarters(source)
    with Image.open(built(source).store / "img/poster.webp") as poster:
        assert poster.size == (1920, 1200)


def test_a_packed_drawing_is_unpacked() -> None:
    plain = drawn("drawing.svg")
    assert_quarters(made("packed.svgz", lambda path: path.write_bytes(gzip.compress(plain.read_bytes()))))


def test_a_drawing_shows_no_other_file() -> None:
    other = saved("other.png", Image.new("RGB", (64, 64), (0, 0, 0)))
    more = "".join(
        f'<image {name}="{place}" width="32" height="20"/>'
        for name in ("href", 'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href')
        for place in (str(other), f"file://{other}", other.name)
    )
    assert_quarters(drawn("peeking.svg", more=more))


def test_a_drawing_that_explodes_fails_with_a_reason() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 20}">' for n in range(1, 12))
    text = f'<!DOCTYPE svg [<!ENTITY l0 "lol">{lol}]><svg xmlns="http://www.w3.org/2000/svg"><text>&l11;</text></svg>'

    with pytest.raises(BuildFailed, match="could not be decoded"):
        built(made("laughs.svg", lambda path: path.write_text(text)))


def test_a_damaged_raw_photograph_fails_with_a_reason() -> None:
    with pytest.raises(BuildFailed, match="could not be"):
        built(made("broken.cr2", lambda path: path.write_bytes(b"II*\x00" + bytes(range(256)) * 20)))


def test_previews_carry_nothing_but_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secretcamera"
    exif.get_ifd(0x8825)[1] = "N"
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Secretcamera</x:xmpmeta>'
    done = built(saved("telling.jpg", quarters(1600, 1000), exif=exif, xmp=packet, comment=b"Secretcamera"))

    for name in NAMES:
        data = (done.store / name).read_bytes()
        assert b"Secretcamera" not in data
        assert {data[at : at + 4] for at in (12,)} <= {b"VP8 ", b"VP8L", b"VP8X"}
        assert not any(chunk in data for chunk in (b"EXIF", b"XMP ", b"ICCP"))
