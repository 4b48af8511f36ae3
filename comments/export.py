"""Comments as a file: CSV for people, JSON for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from dam.core.cells import guarded

COLUMNS = (
    "timecode",
    "frame_in",
    "frame_out",
    "time_in_ms",
    "time_out_ms",
    "page",
    "author",
    "author_kind",
    "body",
    "resolved",
    "internal",
    "created_at",
    "edited_at",
    "id",
    "parent",
)


def as_csv(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the comments as CSV with a heading, in UTF-8 with the mark that spreadsheets look for."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for each in documents:
        flat = {**each, "author": each["author"]["name"], "author_kind": each["author"]["kind"]}
        rows.writerow([_cell(flat[name]) for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def as_json(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the comments as a JSON list of their documents."""
    return orjson.dumps(list(documents), option=orjson.OPT_UTC_Z)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return guarded(text)
