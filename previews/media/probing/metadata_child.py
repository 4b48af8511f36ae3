"""The child that reads what a file says of itself: EXIF, IPTC and XMP, and MediaInfo's EBUCore.

Runs alone (``python -I metadata_child.py FILE OPTIONS``) inside the sandbox, because parsers are attack surface; it
imports nothing of the house; prints JSON. OPTIONS is JSON: kind, mime.
"""

import io
import json
import mmap
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

import pymediainfo
from PIL import ExifTags, Image, IptcImagePlugin, UnidentifiedImageError

_LONGEST_TEXT = 2000
_MOST_VALUES = 300
_LARGEST_PACKET = 4 << 20
_MOST_BOXES = 8
_LARGEST_INDEX = 64 << 20
_HIDDEN = {
    *(
        "MakerNote",
        "UserComment",
        "JPEGThumbnail",
        "PrintImageMatching",
        "GPSInfo",
        "ExifOffset",
        "XMLPacket",
    ),
    *(
        "StripOffsets",
        "StripByteCounts",
        "TileOffsets",
        "TileByteCounts",
        "RowsPerStrip",
        "SubIFDs",
        "IPTCNAA",
    ),
    *("ImageResources", "InterColorProfile", "JPEGTables", "DNGPrivateData", "ColorMap", "TransferFunction"),
}
_IPTC = {
    (2, 5): "ObjectName",
    (2, 15): "Category",
    (2, 25): "Keywords",
    (2, 40): "SpecialInstructions",
    (2, 55): "DateCreated",
    (2, 60): "TimeCreated",
    (2, 80): "Byline",
    (2, 85): "BylineTitle",
    (2, 90): "City",
    (2, 92): "Sublocation",
    (2, 95): "ProvinceState",
    (2, 100): "CountryCode",
    (2, 101): "Country",
    (2, 103): "TransmissionReference",
    (2, 105): "Headline",
    (2, 110): "Credit",
    (2, 115): "Source",
    (2, 116): "CopyrightNotice",
    (2, 120): "Caption",
    (2, 122): "CaptionWriter",
}
_SPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/": "xmpDM",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
}
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_CANON_BOXES = {b"CMT1": ExifTags.TAGS, b"CMT2": ExifTags.TAGS, b"CMT4": ExifTags.GPSTAGS}
_Block = tuple[Image.Exif, dict[int, str]]
_TIFF_LIKE = {b"IIU\x00", b"IIRO", b"IIRS", b"MMOR"}


def main() -> None:
    """Read what there is; what cannot be read is left out."""
    source, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    told: dict[str, Any] = {"ebucore": _tried(_ebucore, source)}
    if options["kind"] == "image":
        told |= {"exif": _tried(_exif, source), "iptc": _tried(_iptc, source)}
        told["xmp"] = _tried(_properties, _tried(_packet_anywhere, source))
    elif options["kind"] == "video":
        told["xmp"] = _tried(_properties, _tried(_packet_in_boxes, source))
    sys.stdout.write(json.dumps(told))


def _tried(read: Callable[[Any], Any], given: Any) -> Any:
    """Read one kind; damaged metadata is no reason to do without the others."""
    try:
        return read(given) if given else None
    except (
        *(OSError, ValueError, KeyError, TypeError, SyntaxError, struct.error, EOFError, ArithmeticError),
        *(ElementTree.ParseError, UnidentifiedImageError, RuntimeError, AttributeError, RecursionError),
    ):
        return None


def _ebucore(source: Path) -> Any:
    """Ask MediaInfo for its EBUCore, by bytes and without the name, so that it follows no reference."""
    with source.open("rb") as file:
        text = pymediainfo.MediaInfo.parse(
            file, output="EBUCore_1.8_ps_JSON", mediainfo_options={"File_TestContinuousFileNames": "0"}
        )
    return json.loads(text)


# --- EXIF -------------------------------------------------------------------------------------------


def _exif(source: Path) -> dict[str, Any]:
    """Read EXIF by name, the position of the camera included: the catalogue keeps it, previews do not."""
    found: dict[str, Any] = {}
    with source.open("rb") as file:  # Pillow reads the inner folders only when they are asked for
        for exif, names in _blocks(source, file):
            found |= {names.get(tag, str(tag)): _plain(value) for tag, value in exif.items()}
            for ifd, inner in ((ExifTags.IFD.Exif, ExifTags.TAGS), (ExifTags.IFD.GPSInfo, ExifTags.GPSTAGS)):
                found |= {inner.get(tag, str(tag)): _plain(value) for tag, value in exif.get_ifd(ifd).items()}
    kept = {name: value for name, value in found.items() if value is not None and name not in _HIDDEN}
    return dict(list(kept.items())[:_MOST_VALUES])


def _blocks(source: Path, file: IO[bytes]) -> list[_Block]:
    """Find the EXIF of a picture, wherever its kind keeps it, with the names of its tags."""
    head = file.read(160)
    if head[4:12] == b"ftypcrx ":
        return _canon(file)
    if head.startswith(b"FUJIFILMCCD-RAW"):
        start, length = struct.unpack(">II", head[84:92])
        file.seek(start)
        return [(_opened(io.BytesIO(file.read(min(length, _LARGEST_INDEX)))).getexif(), ExifTags.TAGS)]
    if head[:4] in _TIFF_LIKE:
        file.seek(0)
        patched = io.BytesIO(file.read(_LARGEST_INDEX))
        patched.write(b"II*\x00" if head[:1] == b"I" else b"MM\x00*")
        return [_loaded(patched)]
    if head[:4] in (b"II*\x00", b"MM\x00*"):
        return [_loaded(file)]
    if head[:4] == b"8BPS":
        return [_loaded(io.BytesIO(data)) for data in _resources(file, number=1058)]
    if head[4:8] == b"ftyp":
        return _heif(source)
    with _opened(source) as opened:
        return [(opened.getexif(), ExifTags.TAGS)]


def _opened(file: Any) -> Image.Image:
    return Image.open(file, formats=["JPEG", "PNG", "WEBP", "TIFF", "GIF", "JPEG2000", "BMP", "AVIF"])


def _loaded(file: IO[bytes], names: dict[int, str] = ExifTags.TAGS) -> _Block:
    exif = Image.Exif()
    file.seek(0)
    exif.load_from_fp(file)
    return exif, names


def _heif(source: Path) -> list[_Block]:
    """Find the block by its mark: an item of a HEIF or AVIF is a TIFF file behind "Exif"."""
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for mark in (b"Exif\x00\x00II*\x00", b"Exif\x00\x00MM\x00*"):
            at = data.find(mark)
            if at >= 0:
                return [_loaded(io.BytesIO(data[at + 6 : at + 6 + _LARGEST_PACKET]))]
    with _opened(source) as opened:
        return [(opened.getexif(), ExifTags.TAGS)]


def _canon(file: IO[bytes]) -> list[_Block]:
    """Read the little TIFFs of a CR3: the main tags, those of EXIF, and those of the position."""
    found = _boxes(file, wanted=tuple(_CANON_BOXES), uuid=_CANON_UUID)
    return [_loaded(io.BytesIO(body), _CANON_BOXES[name]) for name, body in found]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("ascii", "replace").strip("\x00 ")[:_LONGEST_TEXT] if len(value) <= 64 else None
    if isinstance(value, str):
        return value.replace("\x00", "").strip()[:_LONGEST_TEXT]
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value[:64]]
    if isinstance(value, bool | int):
        return value
    if isinstance(value, dict):
        return None
    number = float(value)
    return number if abs(number) < float("inf") else None


# --- IPTC -------------------------------------------------------------------------------------------


def _iptc(source: Path) -> dict[str, Any]:
    with _opened(source) as opened:
        found = IptcImagePlugin.getiptcinfo(opened) or {}  # type: ignore[arg-type]  # any picture that was opened
    return {name: _text(found[key]) for key, name in _IPTC.items() if key in found}


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(each) for each in value[:_MOST_VALUES]]
    try:
        return bytes(value).decode()[:_LONGEST_TEXT]
    except UnicodeDecodeError:
        return bytes(value).decode("cp1252", "replace")[:_LONGEST_TEXT]


# --- XMP --------------------------------------------------------------------------------------------


def _packet_anywhere(source: Path) -> bytes | None:
    """Find the packet by its marks: every kind of picture keeps it as it is."""
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(b"<x:xmpmeta")
        end = data.find(b"</x:xmpmeta>", start) if start >= 0 else -1
        return data[start : end + 12] if 0 <= start < end <= start + _LARGEST_PACKET else None


def _packet_in_boxes(source: Path) -> bytes | None:
    with source.open("rb") as file:
        if file.read(8)[4:] not in (b"ftyp", b"moov", b"wide", b"free", b"mdat"):
            return None
        return next((body for _, body in _boxes(file, wanted=(b"XMP_",), uuid=_XMP_UUID)), None)


def _boxes(file: IO[bytes], *, wanted: tuple[bytes, ...], uuid: bytes) -> list[tuple[bytes, bytes]]:
    """Find boxes inside moov, udta and the boxes of one UUID; a UUID of XMP is its own body."""
    found: list[tuple[bytes, bytes]] = []
    spans = [(0, file.seek(0, 2))]
    while spans and len(found) < _MOST_BOXES:
        at, stop = spans.pop()
        if at + 8 > stop:
            continue
        name, body, end = _box(file, at, stop=stop)
        spans.append((end, stop))
        if name == b"uuid" and file.read(16) == uuid:
            body += 16
            name = b"XMP_" if uuid == _XMP_UUID else b"udta"
        if name in (b"moov", b"udta"):
            spans.append((body, end))
        elif name in wanted:
            file.seek(body)
            found.append((name, file.read(min(end - body, _LARGEST_PACKET))))
    return found


def _box(file: IO[bytes], at: int, *, stop: int) -> tuple[bytes, int, int]:
    """Read the head of a box: its name, where its body begins, where it ends."""
    file.seek(at)
    size, name = struct.unpack(">I4s", file.read(8))
    header = 8
    if size == 1:
        (size,), header = struct.unpack(">Q", file.read(8)), 16
    size = size or stop - at
    if size < header:
        raise ValueError("a box smaller than its head")
    return name, at + header, min(at + size, stop)


def _resources(file: IO[bytes], *, number: int) -> list[bytes]:
    """Find image resources of a Photoshop file."""
    file.seek(26)
    (palette,) = struct.unpack(">I", file.read(4))
    file.seek(palette, 1)
    (size,) = struct.unpack(">I", file.read(4))
    data, at, found = file.read(min(size, _LARGEST_INDEX)), 0, []
    while data[at : at + 4] == b"8BIM":
        kind, name = int.from_bytes(data[at + 4 : at + 6], "big"), data[at + 6] + 1
        at += 6 + name + name % 2
        length = int.from_bytes(data[at : at + 4], "big")
        if kind == number:
            found.append(data[at + 4 : at + 4 + length])
        at += 4 + length + length % 2
    return found


def _properties(packet: bytes) -> dict[str, Any]:
    """Flatten an XMP packet: the properties of well-known schemas, by prefix and name."""
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        raise ValueError("a packet with declarations")
    start, end = packet.find(b"<x:xmpmeta"), packet.rfind(b"</x:xmpmeta>")
    root = ElementTree.fromstring(packet[start : end + 12])  # noqa: S314 - no declarations, in the sandbox
    found: dict[str, Any] = {}
    for description in root.iter(f"{_RDF}Description"):
        pairs = [*description.attrib.items(), *((child.tag, child) for child in description)]
        for tag, value in pairs:
            space, _, name = tag.removeprefix("{").partition("}")
            said = _value(value)
            if space in _SPACES and said not in (None, "", []):
                found.setdefault(f"{_SPACES[space]}:{name}", said)
    return dict(list(found.items())[:_MOST_VALUES])


def _value(value: Any) -> Any:
    """Give text, or a list of texts; what has a structure of its own is left out."""
    if isinstance(value, str):
        return value.strip()[:_LONGEST_TEXT]
    items = [each for kind in ("Alt", "Bag", "Seq") for each in value.findall(f"{_RDF}{kind}/{_RDF}li")]
    texts = [each.text.strip()[:_LONGEST_TEXT] for each in items if each.text and each.text.strip()]
    if value.find(f"{_RDF}Alt") is not None:
        return texts[0] if texts else None
    if items:
        return texts[:_MOST_VALUES]
    return (
        value.text.strip()[:_LONGEST_TEXT] if value.text and value.text.strip() and not len(value) else None
    )


if __name__ == "__main__":
    main()
