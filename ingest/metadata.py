"""What a client may say of a file: folders, media types and digests, as pure checks; names are `dam.core.names`'."""

from __future__ import annotations

import re
import unicodedata

from dam.core.names import check_seen, has_controls

MAX_FOLDER, MAX_TYPE = 1024, 255
UNKNOWN_TYPE = "application/octet-stream"
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - the grammar of RFC 9110, no secret
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(\s*;.*)?")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def clean_folder(text: str) -> str:
    """Return the folder that a file came from: names joined by `/`, no slash at either end, empty at the top.

    Raises:
        ValueError: it is over 1 024 characters, or a part of it is no folder name.
    """
    folder = unicodedata.normalize("NFC", text).strip("/")
    if len(folder) > MAX_FOLDER:
        raise ValueError(f"A folder has at most {MAX_FOLDER} characters.")
    parts = folder.split("/") if folder else []
    if any(not each.strip() or each.strip() in {".", ".."} or "\\" in each for each in parts):
        raise ValueError("A folder is names joined by slashes, without `.` or `..`.")
    if has_controls(folder):
        raise ValueError("A folder has no control characters.")
    for each in parts:
        check_seen(each)
    return folder


def clean_type(text: str) -> str:
    """Return a media type; an empty one stands for unknown bytes.

    Raises:
        ValueError: it has no `type/subtype` form, control characters, or over 255 characters.

    Source: RFC 9110, section 8.3.1.
    """
    if not text.strip():
        return UNKNOWN_TYPE
    if len(text) > MAX_TYPE or has_controls(text) or not _MEDIA_TYPE.fullmatch(text.strip()):
        raise ValueError("Give a media type like video/mp4.")
    return text.strip()


def clean_digest(text: str) -> str:
    """Return a SHA-256 in lower-case hexadecimal.

    Raises:
        ValueError: it is anything else.
    """
    if not _DIGEST.fullmatch(text):
        raise ValueError("Give the SHA-256 as 64 lower-case hexadecimal digits.")
    return text
