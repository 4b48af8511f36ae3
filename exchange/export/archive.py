"""A ZIP archive written as a stream, in constant memory whatever it holds.

Python's own keeps every member in memory until the end; here the directory grows in a temporary file, and the names
that were given in a temporary database. Source: APPNOTE.TXT 6.3.10, with zip64 where a number outgrows its field.
"""

from __future__ import annotations

import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing

from exchange.export.names import folded, numbered

_LOCAL, _CENTRAL, _END = 0x04034B50, 0x02014B50, 0x06054B50
_END64, _LOCATOR64 = 0x06064B50, 0x07064B50
_VERSION, _VERSION64, _UTF8, _DEFLATED = 20, 45, 1 << 11, 8
_MOST32, _MOST16 = 0xFFFFFFFF, 0xFFFF
#: The first of January 1980, the earliest day that the format knows: archives of the same records are the same bytes.
_DATE, _TIME = 0x21, 0
CHUNK_BYTES = 64 * 1024
#: Members that wait in the temporary database until they are written down together.
_TOGETHER = 1000


def zipped(
    members: Iterable[tuple[str, bytes]], *, most32: int = _MOST32, most16: int = _MOST16
) -> Iterator[bytes]:
    """Yield an archive of members, each a path with slashes and its bytes; a path given twice gets a number.

    Shapes: `most32` and `most16` are the largest numbers of the format's plain fields, smaller in tests.
    """
    with tempfile.TemporaryFile() as directory, closing(_Names()) as names:
        offset = count = 0
        for path, body in members:
            name = names.unique(path).encode()
            entry = _entry(name, body)
            yield entry.head
            yield entry.body
            directory.write(entry.listed(offset, most32=most32))
            offset += len(entry.head) + len(entry.body)
            count += 1
        length = directory.tell()
        directory.seek(0)
        while chunk := directory.read(CHUNK_BYTES):
            yield chunk
        yield _ending(count, length=length, offset=offset, most32=most32, most16=most16)


class _Entry:
    """One member: its local header and deflated body."""

    def __init__(self, name: bytes, body: bytes, *, facts: tuple[int, int, int]) -> None:
        self.name, self.body, self.facts = name, body, facts
        self.head = (
            struct.pack(
                "<IHHHHHIIIHH", _LOCAL, _VERSION, _UTF8, _DEFLATED, _TIME, _DATE, *facts, len(name), 0
            )
            + name
        )

    def listed(self, offset: int, *, most32: int) -> bytes:
        """Return the member's line of the directory."""
        is_far = offset >= most32
        extra = struct.pack("<HHQ", 1, 8, offset) if is_far else b""
        version = _VERSION64 if is_far else _VERSION
        return (
            struct.pack(
                "<IHHHHHHIIIHHHHHII",
                _CENTRAL,
                version,
                version,
                _UTF8,
                _DEFLATED,
                _TIME,
                _DATE,
                *self.facts,
                len(self.name),
                len(extra),
                0,
                0,
                0,
                0,
                _MOST32 if is_far else offset,
            )
            + self.name
            + extra
        )


def _entry(name: bytes, body: bytes) -> _Entry:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    return _Entry(name, packed, facts=(zlib.crc32(body), len(packed), len(body)))


def _ending(count: int, *, length: int, offset: int, most32: int, most16: int) -> bytes:
    """Return what closes the archive: where its directory lies and how much it lists."""
    plain = struct.pack(
        "<IHHHHIIH",
        _END,
        0,
        0,
        min(count, _MOST16) if count < most16 else _MOST16,
        min(count, _MOST16) if count < most16 else _MOST16,
        length if length < most32 else _MOST32,
        offset if offset < most32 else _MOST32,
        0,
    )
    if count < most16 and length < most32 and offset < most32:
        return plain
    large = struct.pack("<IQHHIIQQQQ", _END64, 44, _VERSION64, _VERSION64, 0, 0, count, count, length, offset)
    return large + struct.pack("<IIQI", _LOCATOR64, 0, offset + length, 1) + plain


class _Names:
    """The names given so far, on disk as soon as they are many; two that some file system takes for one count as one."""

    def __init__(self) -> None:
        # An empty name is a private database in a temporary file that goes with the connection.
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("CREATE TABLE given (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID")
        self._rows.execute("BEGIN")
        self._waiting = 0

    def unique(self, path: str) -> str:
        """Return the path, with a number before its ending where it was given before."""
        number = self._next(path)
        while number > 1:
            candidate = numbered(path, number)
            if self._next(candidate) == 1:
                return candidate
            number = self._next(path)
        return path

    def close(self) -> None:
        self._rows.close()

    def _next(self, path: str) -> int:
        sql = "INSERT INTO given VALUES (?, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last"
        (last,) = self._rows.execute(sql, (folded(path),)).fetchone()
        self._waiting += 1
        if self._waiting >= _TOGETHER:
            self._rows.execute("COMMIT")
            self._rows.execute("BEGIN")
            self._waiting = 0
        return int(last)
