"""The formats of an export, each a name, a media type, an ending and what writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dam.core.plugins import EXPORTERS, plugins
from exchange.export.archive import zipped
from exchange.export.names import safe_name, safe_parts
from exchange.export.packets import packet
from exchange.export.tables import as_csv, as_lines

Record = Mapping[str, Any]
#: Records, in order, and the keys of the custom fields → the file, in pieces.
Writer = Callable[[Iterable[Record], Sequence[str]], Iterator[bytes]]
PIECE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Format:
    """A way to write records; `ending` is that of the file, without a dot; `is_plugin`: its code is somebody else's."""

    name: str
    media_type: str
    ending: str
    write: Writer
    is_plugin: bool = False


def as_packets(records: Iterable[Record], keys: Sequence[str]) -> Iterator[bytes]:
    """Yield an archive of XMP sidecars, one for each record, named after its file in the folder that it came from."""
    return zipped((_path(each), packet(each)) for each in records)


def gathered(pieces: Iterable[bytes], *, size: int = PIECE_BYTES) -> Iterator[bytes]:
    """Yield the same bytes in pieces of `size` or a little more: each piece costs the server a turn."""
    held: list[bytes] = []
    length = 0
    for each in pieces:
        held.append(each)
        length += len(each)
        if length >= size:
            yield b"".join(held)
            held.clear()
            length = 0
    if held:
        yield b"".join(held)


def _path(record: Record) -> str:
    name = safe_name(record["name"] or record["title"], instead=str(record["id"]))
    return "/".join([*safe_parts(record["folder"]), f"{name}.xmp"])


BUILT_IN: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("csv", "text/csv; charset=utf-8", "csv", as_csv),
        Format("jsonl", "application/x-ndjson", "jsonl", as_lines),
        Format("xmp", "application/zip", "zip", as_packets),
    )
}


@cache
def formats() -> Mapping[str, Format]:
    """Return the formats by name: our own, and those of plug-ins that take no name of ours."""
    found = dict(BUILT_IN)
    for each in plugins(EXPORTERS):
        thing = each.thing
        form = Format(each.name, str(thing.media_type), str(thing.ending), thing.write, is_plugin=True)
        found.setdefault(each.name, form)
    return found
