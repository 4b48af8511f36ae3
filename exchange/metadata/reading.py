"""Files of metadata as rows: CSV however a spreadsheet wrote it, JSON, and JSON lines."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

ENCODINGS = (
    "utf-8",
    "utf-16",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "macintosh",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "big5",
    "euc-kr",
)
MOST_JSON_BYTES = 32 * 1024**2
"""A JSON list is held whole while it is read; what is larger comes as JSON lines."""

MOST_LINE_BYTES = 1024**2
MOST_COLUMNS = 1000
MOST_CELL = 200_000
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LISTS = ("assets", "results", "rows")
_CHUNK = 1024**2


class Unreadable(Exception):
    """The file as a whole cannot be read; says why, in words for a person."""


@dataclass(frozen=True)
class Row:
    """One row: its number as people count it, and what it says by column; `fault` says why it cannot be read.

    In a table the heading is row 1, elsewhere the first object is.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Sheet:
    """A file opened for reading: its encoding, and in a table its heading."""

    path: Path
    form: str
    encoding: str
    delimiter: str = ""
    heading: tuple[str, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether values come as cells, which are texts."""
        return self.form == "csv"

    def rows(self) -> Iterator[Row]:
        """Yield the rows; one that cannot be read says so, the rest is read all the same."""
        match self.form:
            case "csv":
                return _cells(self)
            case "jsonl":
                return _lines(self.path)
            case _:
                return _objects(self.path)


def open_sheet(path: Path, form: str, *, encoding: str | None = None) -> Sheet:
    """Look at a file and return it as a sheet.

    A mark at the beginning says the encoding, else `encoding`, else it must be UTF-8. In a table the delimiter is
    the one that cuts the heading into most columns, unless a line `sep=` names it.

    Raises:
        Unreadable: it is empty, in another encoding, too large for its form, or has no heading.
    """
    if path.stat().st_size == 0:
        raise Unreadable("The file is empty.")
    if form != "csv":
        if form == "json" and path.stat().st_size > MOST_JSON_BYTES:
            raise Unreadable("A JSON list has at most 32 MiB; send larger ones as JSON lines.")
        return Sheet(path, form, "utf-8")
    found = _encoding(path, encoding)
    first = _first_line(path, found)
    delimiter = first[4:5] if first.casefold().startswith("sep=") and len(first) > 4 else _delimiter(first)
    sheet = Sheet(path, form, found, delimiter)
    try:
        heading = next(_records(sheet), None)
    except csv.Error:
        heading = None
    if not heading:
        raise Unreadable("The table has no heading.")
    if len(heading) > MOST_COLUMNS:
        raise Unreadable(f"A table has at most {MOST_COLUMNS} columns.")
    return Sheet(path, form, found, delimiter, tuple(heading))


# --- tables -----------------------------------------------------------------------------------------


def _encoding(path: Path, wanted: str | None) -> str:
    with path.open("rb") as file:
        beginning = file.read(4)
    marked = next((name for mark, name in _MARKS if beginning.startswith(mark)), None)
    name = marked or wanted or "utf-8"
    decoder = codecs.getincrementaldecoder(_decoding(name))()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:
        raise Unreadable(f"The file is not in {name.upper()}; say its encoding.") from None
    return name


def _decoding(name: str) -> str:
    return "utf-8-sig" if name == "utf-8" else name


def _first_line(path: Path, encoding: str) -> str:
    with path.open(encoding=_decoding(encoding), newline="") as file:
        for line in iter(lambda: file.readline(MOST_LINE_BYTES), ""):
            if line.strip():
                return line.strip("\r\n")
    raise Unreadable("The file is empty.")


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=lambda each: len(next(csv.reader([line], delimiter=each), [])))


def _records(sheet: Sheet) -> Iterator[list[str]]:
    """Yield the records that hold anything, the line that names the delimiter left out."""
    csv.field_size_limit(MOST_CELL)
    with sheet.path.open(encoding=_decoding(sheet.encoding), newline="") as file:
        for index, each in enumerate(csv.reader(file, delimiter=sheet.delimiter, skipinitialspace=True)):
            is_hint = index == 0 and bool(each) and each[0].casefold() == "sep="
            is_hint |= index == 0 and len(each) == 1 and each[0].casefold().startswith("sep=")
            if not is_hint and any(cell.strip() for cell in each):
                yield each


def _cells(sheet: Sheet) -> Iterator[Row]:
    records = _records(sheet)
    next(records)
    number = 1
    while True:
        number += 1
        try:
            cells = next(records, None)
        except csv.Error as error:
            # The reader stands nowhere after this: what follows cannot be told from the cell that it was in.
            yield Row(number, fault=f"The table cannot be read from here on: {error}.")
            return
        if cells is None:
            return
        if len(cells) > len(sheet.heading) and any(each.strip() for each in cells[len(sheet.heading) :]):
            yield Row(number, fault="The row has more cells than the heading.")
        else:
            yield Row(number, dict(zip(sheet.heading, cells, strict=False)))


# --- JSON -------------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[Row]:
    number = 0
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(MOST_LINE_BYTES + 1), b""):
            text = line.removeprefix(codecs.BOM_UTF8).strip()
            if len(line) > MOST_LINE_BYTES:
                yield Row(number + 1, fault="A line has at most 1 MiB; the rest of the file was left alone.")
                return
            if text:
                number += 1
                yield _object(number, text)


def _object(number: int, text: bytes) -> Row:
    try:
        return _row(number, orjson.loads(text))
    except orjson.JSONDecodeError:
        return Row(number, fault="The line is no JSON.")


def _objects(path: Path) -> Iterator[Row]:
    try:
        found = orjson.loads(path.read_bytes().removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"The file is no JSON: {error}.") from None
    for number, each in enumerate(_listed(found), start=1):
        yield _row(number, each)


def _listed(found: Any) -> Sequence[Any]:
    if isinstance(found, dict):
        inner = next((found[name] for name in _LISTS if isinstance(found.get(name), list)), None)
        found = [found] if inner is None else inner
    if not isinstance(found, list):
        raise Unreadable("Give a list of objects.")
    return found


def _row(number: int, found: Any) -> Row:
    if not isinstance(found, dict):
        return Row(number, fault="Must be an object.")
    fields = found.get("fields")
    if "fields" in found and fields is not None and not isinstance(fields, dict):
        return Row(number, fault="fields: Must be an object.")
    inner = ((f"field.{key}", value) for key, value in (fields or {}).items())
    outer = ((key, value) for key, value in found.items() if key != "fields")
    return Row(number, dict(chain(outer, inner)))
