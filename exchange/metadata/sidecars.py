"""What a file that stands beside a version is, by its content and then its name; and what is spoken in subtitles."""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from pathlib import PurePosixPath
from xml.parsers import expat

KINDS = ("srt", "vtt", "xml", "xmp", "cpl", "ale", "lut")
#: How much of a file is looked at to tell its kind, in bytes.
HEAD_BYTES = 64 * 1024
_XML_KINDS = frozenset({"xml", "xmp", "cpl"})
_ROOTS = {"xmpmeta": "xmp", "RDF": "xmp", "CompositionPlaylist": "cpl"}
_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[,.]\d{1,3}"
_CUE = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_SUBRIP = re.compile(rf"\s*(?:\d+\s*\r?\n)?{_CUE.pattern}")
_VTT = re.compile(r"WEBVTT(?=[ \t\r\n]|\Z)")
_CUBE = re.compile(r"^\s*LUT_(?:1D|3D)_SIZE\s+\d+\s*$", re.MULTILINE)
_LUSTRE = re.compile(r"^\s*(?:3DMESH|Mesh\s+\d+\s+\d+)\s*$", re.MULTILINE | re.IGNORECASE)
_SHAPER = re.compile(
    r"(?:[#;][^\n]*\n|\s*\n)*\s*\d+(?:[ \t]+\d+){7,}\s*\r?\n\s*\d+[ \t]+\d+[ \t]+\d+\s*\r?\n"
)
_ALE = re.compile(r"\s*Heading\s*\r?\n(?:.*\r?\n)*?\s*(?:FIELD_DELIM|VIDEO_FORMAT|FPS)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")
_VTT_BLOCKS = ("NOTE", "STYLE", "REGION", "WEBVTT")


def recognised(head: bytes, *, name: str) -> str | None:
    """Return the kind of a sidecar by its first bytes, of which 64 KiB are enough; None for what is none.

    The name decides only where content cannot: a table of numbers is a LUT if its name says so.
    """
    text = decoded(head)
    if text is None:
        return None
    ending = PurePosixPath(name).suffix.casefold()
    if _VTT.match(text):
        return "vtt"
    if _SUBRIP.match(text):
        return "srt"
    if text.lstrip().startswith("<"):
        return _xml_kind(head)
    if _ALE.match(text):
        return "ale"
    is_lut = (_CUBE.search(text) and ending in {".cube", ".lut", ".txt", ""}) or (
        ending == ".3dl" and (_LUSTRE.search(text) or _SHAPER.match(text))
    )
    return "lut" if is_lut else None


def is_also(kind: str, *, said: str) -> bool:
    """Tell whether a file of this kind may be called what somebody said: every XMP and CPL is XML too."""
    return kind == said or (said == "xml" and kind in _XML_KINDS)


def decoded(raw: bytes) -> str | None:
    """Return bytes as text, by their mark, as UTF-8, else as Windows wrote it; None where they are no text."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw[: len(raw) // 2 * 2].decode("utf-16", "replace")
    if b"\0" in raw:
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Cut within a character is no fault of the file's.
        if error.start >= len(raw) - 3:
            return raw[: error.start].decode("utf-8-sig")
        return raw.decode("windows-1252", "replace")


def spoken(text: str) -> str:
    """Return what is spoken in subtitles (SRT or WebVTT): the lines of the cues, without times, numbers and markup.

    Source: WebVTT, W3C Candidate Recommendation 2019, section 4; SRT as players read it.
    """
    lines: list[str] = []
    for block in re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").replace("\r", "\n")):
        within = block.strip("\n").split("\n")
        if within[0].startswith(_VTT_BLOCKS) and not any(map(_CUE.match, within[:2])):
            continue
        start = next((number for number, line in enumerate(within) if _CUE.match(line)), None)
        if start is not None:
            lines += [unescape(_TAG.sub("", line)).strip() for line in within[start + 1 :]]
    return "\n".join(filter(None, lines))


def _xml_kind(head: bytes) -> str | None:
    """Return the kind that the root element tells; the parser stops there, so nothing is ever expanded."""
    parser = expat.ParserCreate(namespace_separator=" ")
    roots: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        if not roots:
            roots.append(name.rpartition(" ")[2])

    def entity(*_: object) -> None:
        raise expat.ExpatError("a document that defines entities")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = entity
    with suppress(expat.ExpatError):
        parser.Parse(head)
    if not roots or roots[0].casefold() == "html":
        return None
    return _ROOTS.get(roots[0], "xml")
