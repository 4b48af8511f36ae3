"""Purge and scrub the edge's store on disk.

nginx opens a cached file by name for every request, so a file that is gone is simply fetched again. It keeps
no checksum: a file cut short by a power failure would be sent short, and its viewer would wait for the rest.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(rb"\nKEY: v1(/\S+)")
_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)
_HEAD_BYTES = 16 * 1024


@dataclass(frozen=True)
class Swept:
    """How many files were looked at and how many of them removed."""

    seen: int
    removed: int


@dataclass(frozen=True)
class _Entry:
    """The head of a cached file: object path, and the size that its headers promise."""

    object_path: str | None
    promised_bytes: int | None


def purge(cache_dir: Path, *, digests: Collection[str]) -> Swept:
    """Remove every cached object of these digests, whoever holds it (a takedown)."""
    unwanted = frozenset(digests)
    return _sweep(
        cache_dir, is_unwanted=lambda _, entry: not unwanted.isdisjoint((entry.object_path or "").split("/"))
    )


def scrub(cache_dir: Path) -> Swept:
    """Remove files that are shorter or longer than they say; run it before nginx starts."""
    return _sweep(
        cache_dir,
        is_unwanted=lambda path, entry: (
            entry.object_path is None or entry.promised_bytes != path.stat().st_size
        ),
    )


def _sweep(cache_dir: Path, *, is_unwanted: Callable[[Path, _Entry], bool]) -> Swept:
    seen = removed = 0
    for path in _cached_files(cache_dir):
        try:
            if is_unwanted(path, _read(path)):
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue  # nginx trimmed it meanwhile
        seen += 1
    return Swept(seen=seen, removed=removed)


def _cached_files(cache_dir: Path) -> Iterator[Path]:
    return (path for path in cache_dir.rglob("*") if _NAME.fullmatch(path.name) and path.is_file())


def _read(path: Path) -> _Entry:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    key, end = _KEY.search(head), head.find(b"\r\n\r\n")
    length = _LENGTH.search(head, 0, end + 2) if end >= 0 else None
    return _Entry(
        object_path=key[1].decode() if key else None,
        promised_bytes=end + 4 + int(length[1]) if length else None,
    )
