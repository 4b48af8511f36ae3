"""Tell what a file is by its first bytes; the name only says what it claims to be."""

import re
from dataclasses import dataclass

from previews.media.facts import Kind

HEAD_BYTES = 8192
"""How many first bytes `sniff` wants to see."""

_STRONG: tuple[tuple[int, bytes, Kind, str], ...] = (
    (0, b"\x1a\x45\xdf\xa3", "video", "video/x-matroska"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01", "video", "application/mxf"),
    (0, b"\x00\x00\x01\xba", "video", "video/mpeg"),
    (0, b"\x00\x00\x01\xb3", "video", "video/mpeg"),
    (0, b"FLV\x01", "video", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video", "video/x-ms-asf"),
    (0, b"fLaC", "audio", "audio/flac"),
    (0, b"OggS", "audio", "audio/ogg"),
    (0, b"caff\x00\x01", "audio", "audio/x-caf"),
    (0, b"riff\x2e\x91\xcf\x11", "audio", "audio/x-w64"),
    (0, b"ID3", "audio", "audio/mpeg"),
    (0, b"\xff\xd8\xff", "image", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image", "image/png"),
    (0, b"GIF8", "image", "image/gif"),
    (0, b"II*\x00", "image", "image/tiff"),
    (0, b"MM\x00*", "image", "image/tiff"),
    (0, b"II+\x00", "image", "image/tiff"),
    (0, b"MM\x00+", "image", "image/tiff"),
    (0, b"8BPS", "image", "image/vnd.adobe.photoshop"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image", "image/jp2"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image", "image/jxl"),
    (0, b"\xff\x0a", "image", "image/jxl"),
    (0, b"\x76\x2f\x31\x01", "image", "image/x-exr"),
    (0, b"#?RADIANCE", "image", "image/vnd.radiance"),
    (0, b"#?RGBE", "image", "image/vnd.radiance"),
    (0, b"SDPX", "image", "image/x-dpx"),
    (0, b"XPDS", "image", "image/x-dpx"),
    (0, b"FUJIFILMCCD-RAW", "image", "image/x-raf"),
    (0, b"IIU\x00", "image", "image/x-rw2"),
    (0, b"IIRO", "image", "image/x-orf"),
    (0, b"IIRS", "image", "image/x-orf"),
    (0, b"MMOR", "image", "image/x-orf"),
    (0, b"FOVb", "image", "image/x-x3f"),
    (0, b"%PDF-", "document", "application/pdf"),
    (0, b"{\\rtf", "document", "application/rtf"),
)
_RIFF: dict[bytes, tuple[Kind, str]] = {
    b"WAVE": ("audio", "audio/wav"),
    b"AVI ": ("video", "video/x-msvideo"),
    b"WEBP": ("image", "image/webp"),
}
_STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}
_AUDIO_BRANDS = {b"M4A ", b"M4B "}
_BMP_HEADERS = {bytes([size, 0, 0, 0]) for size in (12, 16, 40, 52, 56, 64, 108, 124)}
_TARGA_KINDS, _TARGA_DEPTHS = {1, 2, 3, 9, 10, 11}, {8, 15, 16, 24, 32}
_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "odg": "application/vnd.oasis.opendocument.graphics",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_OFFICE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
_TEXTS = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "md": "text/markdown",
    "srt": "application/x-subrip",
    "ttml": "application/ttml+xml",
    "vtt": "text/vtt",
    "xml": "application/xml",
}
_RAW_PHOTO = {
    *(
        "3fr",
        "arw",
        "cr2",
        "cr3",
        "dcr",
        "dng",
        "erf",
        "fff",
        "iiq",
        "kdc",
        "mef",
        "mos",
        "mrw",
        "nef",
        "nrw",
    ),
    *("orf", "pef", "raf", "rw2", "rwl", "sr2", "srf", "srw", "x3f"),
}
_CLAIMS: dict[Kind, frozenset[str]] = {
    "video": frozenset(
        [
            "3g2",
            "3gp",
            "asf",
            "avi",
            "dv",
            "flv",
            "m2t",
            "m2ts",
            "m2v",
            "m4v",
            "mkv",
            "mov",
            "mp4",
            "mpeg",
            "mpg",
            "mts",
            "mxf",
            "ogv",
            "qt",
            "ts",
            "vob",
            "webm",
            "wmv",
        ]
    ),
    "audio": frozenset(
        [
            "aac",
            "ac3",
            "aif",
            "aifc",
            "aiff",
            "caf",
            "flac",
            "m4a",
            "m4b",
            "mp2",
            "mp3",
            "oga",
            "ogg",
            "opus",
            "wav",
            "wave",
            "wma",
        ]
    ),
    "image": frozenset(
        [
            *_RAW_PHOTO,
            *("bmp", "dib", "dpx", "exr", "hdr", "j2c", "j2k", "jp2", "jpf", "jpx", "psb", "tga"),
            "avif",
            "gif",
            "heic",
            "heif",
            "jpe",
            "jpeg",
            "jpg",
            "jxl",
            "png",
            "psd",
            "tif",
            "tiff",
            "webp",
        ]
    ),
}
_TEXT_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "an HLS playlist"),
    (b"ffconcat version", "an ffmpeg concat list"),
    (b"v=0", "an SDP session description"),
    (b"<MPD", "a DASH manifest"),
    (b"<svg", "an SVG drawing"),
    (b"<!DOCTYPE svg", "an SVG drawing"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
)


@dataclass(frozen=True)
class Sniffed:
    """What the bytes say; `label` finishes the sentence "its content is …"."""

    kind: Kind
    mime: str
    label: str
    is_media: bool = False


def sniff(head: bytes, *, name: str) -> Sniffed:
    """Tell kind and media type from the first `HEAD_BYTES` of a file.

    The name decides only between kinds of text, office files and camera raw, which share their first bytes.
    """
    extension = _extension(name)
    found = _sniff_media(head, extension=extension)
    if found is not None:
        return found
    if head.startswith(_OLE):
        return Sniffed(
            "document", _OLE_OFFICE.get(extension, "application/x-ole-storage"), "an office document"
        )
    if head.startswith(b"PK\x03\x04"):
        mime = _OFFICE.get(extension)
        return (
            Sniffed("document", mime, "an office document")
            if mime
            else _other("application/zip", "a ZIP archive")
        )
    if head and (_is_text(head) or _is_other_text(head, extension=extension)):
        return _sniff_text(head, extension=extension)
    return _other("application/octet-stream", "of no format known here") if head else _other("", "empty")


def claimed_kind(name: str) -> Kind | None:
    """Tell which kind of media a file name claims; None when it claims none."""
    extension = _extension(name)
    return next((kind for kind, extensions in _CLAIMS.items() if extension in extensions), None)


def _sniff_media(head: bytes, *, extension: str) -> Sniffed | None:
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return _media("video", "video/webm")
    for offset, magic, kind, mime in _STRONG:
        if head.startswith(magic, offset):
            if mime == "image/tiff" and extension in _RAW_PHOTO:
                return Sniffed("image", f"image/x-{extension}", "a camera raw photograph", is_media=True)
            return _media(kind, mime)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] in _RIFF:
        return _media(*_RIFF[head[8:12]])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _media("audio", "audio/aiff")
    return _sniff_boxes(head) or _sniff_pictures(head, extension=extension) or _sniff_frames(head)


def _sniff_pictures(head: bytes, *, extension: str) -> Sniffed | None:
    """Recognise pictures whose few first bytes alone would say too little."""
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] in _BMP_HEADERS:
        return _media("image", "image/bmp")
    if head[:2] == b"\x1f\x8b" and extension == "svgz":
        return Sniffed("image", "image/svg+xml", "an SVG drawing")
    if head[:4] in (b"\x00MRM", b"MRW\x00"):
        return _media("image", "image/x-mrw")
    is_targa = len(head) > 18 and head[1] < 2 and head[2] in _TARGA_KINDS and head[16] in _TARGA_DEPTHS
    if extension == "tga" and is_targa and any(head[12:14]) and any(head[14:16]):
        return _media("image", "image/x-tga")
    return None


def _sniff_boxes(head: bytes) -> Sniffed | None:
    """Recognise ISO base media (MP4, MOV, HEIF) by its first box."""
    if head[4:8] not in _BOXES:
        return None
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in _STILL_BRANDS:
        return _media("image", "image/heic")
    if brand in (b"avif", b"avis"):
        return _media("image", "image/avif")
    if brand == b"crx ":
        return Sniffed("image", "image/x-canon-cr3", "a camera raw photograph", is_media=True)
    if brand in _AUDIO_BRANDS:
        return _media("audio", "audio/mp4")
    return _media("video", "video/quicktime" if brand in (b"", b"qt  ") else "video/mp4")


def _sniff_frames(head: bytes) -> Sniffed | None:
    """Recognise streams that have no header, by several frames in a row."""
    for first, step in ((0, 188), (4, 192)):
        marks = [head[at : at + 1] for at in range(first, first + 5 * step, step)]
        if all(mark == b"\x47" for mark in marks):
            return _media("video", "video/mp2t")
    if head[:2] == b"\x0b\x77" and len(head) > 8:
        return _media("audio", "audio/ac3")
    if head[:3] == b"\x1f\x07\x00":
        return _media("video", "video/x-dv")
    if _adts_length(head, at=0) and _adts_length(head, at=_adts_length(head, at=0)):
        return _media("audio", "audio/aac")
    if _mpeg_audio_length(head, at=0) and _mpeg_audio_length(head, at=_mpeg_audio_length(head, at=0)):
        return _media("audio", "audio/mpeg")
    return None


def _adts_length(head: bytes, *, at: int) -> int:
    frame = head[at : at + 7]
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:
        return 0
    return (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5


def _mpeg_audio_length(head: bytes, *, at: int) -> int:
    """Give the bytes of an MPEG-1 layer III frame, 0 when there is none.

    Source: ISO 11172-3, 2.4.1.3.
    """
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
    frame = head[at : at + 4]
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xFE != 0xFA:
        return 0
    kilobits, frequency = rates[frame[2] >> 4], (44100, 48000, 32000, 0)[frame[2] >> 2 & 3]
    return 144000 * kilobits // frequency + (frame[2] >> 1 & 1) if kilobits and frequency else 0


def _sniff_text(head: bytes, *, extension: str) -> Sniffed:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    label = next((words for mark, words in _TEXT_KINDS if text.startswith(mark)), "plain text")
    if label == "an XML document":
        label = next((words for mark, words in _TEXT_KINDS if mark[:1] == b"<" and mark in text[5:]), label)
    if label == "an SVG drawing" or (extension == "svg" and text[:1] == b"<" and b"<svg" in text):
        return Sniffed("image", "image/svg+xml", "an SVG drawing")
    return Sniffed("document", _TEXTS.get(extension, "text/plain"), label)


def _is_text(head: bytes) -> bool:
    try:
        text = head[: len(head) - 3 if len(head) == HEAD_BYTES else None].decode()
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)


def _is_other_text(head: bytes, *, extension: str) -> bool:
    """Tell whether a file that calls itself text is written in UTF-16, or in an old code page."""
    if extension not in _TEXTS and extension != "txt":
        return False
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head)


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _media(kind: Kind, mime: str) -> Sniffed:
    return Sniffed(kind, mime, f"{kind} ({mime})", is_media=True)


def _other(mime: str, label: str) -> Sniffed:
    return Sniffed("other", mime or "application/octet-stream", label)
