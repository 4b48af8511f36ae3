"""What is spoken in subtitles: the words of SRT and WebVTT files, without their numbers, times and markup.

Source: https://www.w3.org/TR/webvtt1/ (sections 4.1 to 4.3); SRT has no standard and is read as widely written.
"""

from __future__ import annotations

import codecs
import html
import re

#: Kinds of sidecars, by the ends of their names, whose text search finds.
SPOKEN = (".srt", ".vtt")
_BLOCK = re.compile(r"\n[ \t]*\n")
_TIMES = re.compile(r"^[^\n]*-->[^\n]*$", re.MULTILINE)
_MARKUP = re.compile(r"<[^<>\n]{0,200}>|\{\\?[^{}\n]{0,200}\}")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def spoken(data: bytes) -> str:
    """Return what is spoken, a cue to a line; nothing where the bytes are no subtitles. Never fails."""
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    cues = [_cue(each) for each in _BLOCK.split(text)]
    return "\n".join(each for each in cues if each)


def _cue(block: str) -> str:
    """Return the text of a block that has times; headers, notes and styles have none."""
    times = _TIMES.search(block)
    if times is None:
        return ""
    return " ".join(html.unescape(_MARKUP.sub(" ", block[times.end() :])).replace("\0", " ").split())


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Old subtitles are written in the code page of Windows' western installations.
        return data.decode("cp1252", "replace")
