"""What a file says of itself reaches the catalogue: EXIF, IPTC, XMP, EBUCore; damaged metadata costs no preview."""

import struct
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from tests.previews.media import built, clip, made, picture, run, tone
from tests.previews.pictures import digital_negative
from tests.previews.test_engine_stills import quarters, saved

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    b'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmp:Rating="4" crs:Exposure="1">'
    b'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:title>'
    b"<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>boats</rdf:li></rdf:Bag></dc:subject>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
PROPERTIES = {"xmp:Rating": "4", "dc:title": "Harbour", "dc:subject": ["sea", "boats"]}


def shot() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Housemaker", "Housecamera 1"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0xA434], inner[0x829A], inner[0x8827] = "2024:05:06 07:08:09", "50mm F1.8", 0.01, 200
    where = exif.get_ifd(0x8825)
    where[1], where[2], where[3], where[4] = "S", (33.0, 51.0, 30.0), "E", (151.0, 12.0, 36.0)
    return exif


@pytest.mark.parametrize("name", ["shot.jpg", "shot.png", "shot.webp", "shot.tif", "shot.avif", "shot.heic"])
def test_exif_of_every_kind_of_still_is_read(name: str) -> None:
    def make(path: Path) -> None:
        if path.suffix == ".heic":
            pillow_heif.from_pillow(quarters()).save(path, exif=shot().tobytes(), quality=60)
        else:
            quarters().save(path, exif=shot().tobytes())

    exif = built(made(name, make)).result.meta["exif"]

    assert (exif["Make"], exif["Model"], exif["DateTimeOriginal"]) == (
        "Housemaker",
        "Housecamera 1",
        "2024:05:06 07:08:09",
    )
    assert (exif["LensModel"], exif["ISOSpeedRatings"], exif["GPSLatitudeRef"]) == ("50mm F1.8", 200, "S")
    assert exif["GPSLatitude"] == [33.0, 51.0, 30.0]


def test_a_raw_photograph_names_its_camera() -> None:
    exif = built(made("named.dng", lambda path: digital_negative(path, quarters()))).result.meta["exif"]

    assert (exif["Make"], exif["Model"]) == ("Housemaker", "Housecamera Mark 1")


def _iptc(**texts: bytes) -> bytes:
    numbers = {"title": 5, "keyword": 25, "city": 90}
    sets = b"".join(
        struct.pack(">BBBH", 0x1C, 2, numbers[name], len(text)) + text for name, text in texts.items()
    )
    block = (
        b"8BIM"
        + struct.pack(">H", 1028)
        + b"\x00\x00"
        + struct.pack(">I", len(sets))
        + sets
        + b"\x00" * (len(sets) % 2)
    )
    return b"Photoshop 3.0\x00" + block  # fmt: skip


def test_the_words_of_picture_desks_are_read() -> None:
    plain = saved("desk.jpg", quarters()).read_bytes()
    block = _iptc(title=b"Harbour", keyword=b"sea", city="Zürich".encode())
    marked = plain[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + plain[2:]

    done = built(made("marked.jpg", lambda path: path.write_bytes(marked)))

    assert done.result.meta["iptc"] == {"ObjectName": "Harbour", "Keywords": "sea", "City": "Zürich"}


@pytest.mark.parametrize("name", ["words.jpg", "words.png", "words.webp", "words.tif"])
def test_xmp_of_stills_is_read(name: str) -> None:
    def make(path: Path) -> None:
        if path.suffix == ".tif":
            quarters().save(path, tiffinfo={700: XMP})
        elif path.suffix == ".png":
            info = PngImagePlugin.PngInfo()
            info.add_itxt("XML:com.adobe.xmp", XMP.decode())
            quarters().save(path, pnginfo=info)
        else:
            quarters().save(path, xmp=XMP)

    assert built(made(name, make)).result.meta["xmp"] == PROPERTIES


def test_xmp_of_a_film_is_read_from_its_boxes() -> None:
    plain = clip("spoken.mp4", "25", frames=10)
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    box = struct.pack(">I4s", 24 + len(XMP), b"uuid") + uuid + XMP

    done = built(made("worded.mp4", lambda path: path.write_bytes(plain.read_bytes() + box)))

    assert done.result.meta["xmp"] == PROPERTIES


def _formats(ebucore: dict[str, Any]) -> dict[str, Any]:
    [core] = ebucore["ebucore:ebuCoreMain"]["ebucore:coreMetadata"]
    [found] = core["ebucore:format"]
    return dict(found)


def test_a_film_and_a_sound_have_their_ebucore() -> None:
    film = built(clip("core.mov", "25", frames=10)).result.meta["ebucore"]
    sound = built(made("core.wav", lambda path: run(*tone(1.0), str(path)))).result.meta["ebucore"]

    assert _formats(film)["ebucore:videoFormat"][0]["@videoFormatName"] == "AVC"
    assert _formats(film)["ebucore:audioFormat"][0]["@audioFormatName"] == "AAC"
    assert _formats(sound)["ebucore:audioFormat"][0]["@audioFormatName"] == "PCM"


def test_damaged_metadata_costs_no_preview() -> None:
    plain = saved("damaged.jpg", quarters()).read_bytes()
    rubbish = b"Exif\x00\x00II*\x00" + bytes(range(200)) + b"<x:xmpmeta><!DOCTYPE a></x:xmpmeta>"
    marked = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(rubbish) + 2) + rubbish + plain[2:]

    done = built(made("rubbish.jpg", lambda path: path.write_bytes(marked)))

    assert done.result.state == "ready"
    assert not done.result.meta.get("xmp")


def test_metadata_of_a_phones_film_is_kept() -> None:
    def make(path: Path) -> None:
        run(
            *picture("25"),
            *("-frames:v", "10", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "use_metadata_tags"),
            *("-metadata", "com.apple.quicktime.make=Housemaker", "-metadata", "location=+47.3769+008.5417/"),
            *("-metadata", "com.apple.quicktime.creationdate=2024-05-06T09:08:07+0200", str(path)),
        )

    tags = built(made("phone.mov", make)).result.meta["media"]["tags"]

    assert tags["com.apple.quicktime.make"] == "Housemaker"
    assert tags["com.apple.quicktime.creationdate"] == "2024-05-06T09:08:07+0200"
