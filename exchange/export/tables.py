"""Records as rows of a table and as lines of JSON, and a table's cells read back.

Source: RFC 4180 for the table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from dam.core.cells import guarded

COLUMNS = (
    "id",
    "title",
    "kind",
    "tags",
    "project",
    "project_name",
    "folder",
    "name",
    "type",
    "sha256",
    "size",
    "duration",
    "width",
    "height",
    "frame_rate",
    "frame_count",
    "start_timecode",
    "codec",
    "captured_at",
    "version",
    "version_number",
    "version_count",
    "comment_count",
    "created_at",
    "updated_at",
)
FIELD = "field."
_SEPARATORS = (";", ",")


def as_csv(records: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[bytes]:
    """Yield a table with a heading: the columns, then a column for each custom field of `keys`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(f"{FIELD}{each}" for each in keys)])
    yield _taken(text)
    for each in records:
        values = each["fields"]
        writer.writerow([*(cell(each[name]) for name in COLUMNS), *(cell(values.get(key)) for key in keys)])
        yield _taken(text)


def as_lines(records: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[bytes]:
    """Yield one JSON object a line."""
    for each in records:
        yield orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE)


def cell(value: Any) -> str:
    """Return a value as a cell says it; texts that a spreadsheet would run stand behind an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = joined(value) if isinstance(value, list) else str(value)
    return guarded(text)


def joined(values: Sequence[Any]) -> str:
    """Return a list as one text, separated by semicolons; what holds a separator or a quote is quoted."""
    return ";".join(_quoted(str(each)) for each in values)


def split(text: str) -> list[str]:
    """Return the values of a list in a cell: separated by semicolons, or by commas where there are none."""
    found = [text]
    for separator in _SEPARATORS:
        found = next(csv.reader([text], delimiter=separator, skipinitialspace=True), [])
        if len(found) > 1:
            break
    return [each.strip() for each in found if each.strip()]


def _quoted(text: str) -> str:
    is_plain = not any(each in text for each in (*_SEPARATORS, '"', "\n", "\r"))
    return text if is_plain else '"' + text.replace('"', '""') + '"'


def _taken(text: io.StringIO) -> bytes:
    written = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return written
