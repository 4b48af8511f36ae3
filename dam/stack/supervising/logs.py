"""Logs of one stack: a new file each day and above a size, a few older ones kept.

Services write into pipes whose other end the supervisor reads, so a file can be changed at any line without asking
them and without losing one. Servers that write files themselves (nginx) are told to open them anew.
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

LIMIT_BYTES = 5_000_000
KEPT = 7
CHUNK_BYTES = 64 * 1024


def _today() -> date:
    return datetime.now(UTC).date()


def _day_of(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def turn(path: Path, *, kept: int = KEPT) -> None:
    """Move `x.log` to `x.log.1`, that to `x.log.2`, and so on; the oldest goes."""
    path.with_name(f"{path.name}.{kept}").unlink(missing_ok=True)
    for number in range(kept - 1, 0, -1):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}.{number}").replace(path.with_name(f"{path.name}.{number + 1}"))
    with suppress(FileNotFoundError):
        path.replace(path.with_name(f"{path.name}.1"))


def turn_if_due(path: Path, *, limit_bytes: int, began: date, kept: int = KEPT) -> bool:
    """Turn a file that a server writes itself, once it is too long or of an older day; tell whether it was."""
    with suppress(FileNotFoundError):
        size = path.stat().st_size
        if size and (size > limit_bytes or {began, _day_of(path)} != {_today()}):
            turn(path, kept=kept)
            return True
    return False


class RotatedLog:
    """A log file that is turned between two lines, never within one.

    A disk that is full costs lines, never the service or the supervisor that writes them.
    """

    def __init__(self, path: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self.limit_bytes = limit_bytes
        #: Called with the descriptor of each new file.
        self.on_open: Callable[[int], None] = lambda _: None
        self._handle: int | None = None
        self._size = 0
        self._day = _today()
        self._is_whole_line = True
        #: A disk without room took the beginning of what was last written: the next line stands by itself.
        self._is_cut = False

    def write(self, data: bytes) -> None:
        with suppress(OSError):
            while data:
                cut = self._cut(data)
                self._append(data[:cut])
                data = data[cut:]

    def _cut(self, data: bytes) -> int:
        """Answer how many bytes go into the present file, turning it first where it is full."""
        if self._handle is None:
            self._open()
        if self._is_whole_line and self._size and self._day != _today():
            self._turn()
        room = self.limit_bytes - self._size
        if len(data) <= room:
            return len(data)
        if not self._is_whole_line:
            return data.find(b"\n") + 1 or len(data)
        if cut := data.rfind(b"\n", 0, max(room, 0)) + 1:
            return cut
        if self._size:
            self._turn()
            return self._cut(data)
        return data.find(b"\n") + 1 or len(data)

    def _append(self, data: bytes) -> None:
        if self._handle is None:
            return
        if self._is_cut:
            data = b"\n" + data
        written = os.write(self._handle, data)
        self._is_cut = written < len(data)
        self._size += written
        self._is_whole_line = data[:written].endswith(b"\n")

    def _open(self) -> None:
        with suppress(FileNotFoundError):
            self._day = _day_of(self.path)
        self._handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._handle).st_size
        self.on_open(self._handle)

    def _turn(self) -> None:
        self.close()
        turn(self.path)
        self._day = _today()
        self._open()

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class LogPipe:
    """The reading end of a service's output."""

    def __init__(self, log: RotatedLog) -> None:
        self._log = log
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reader, False)

    def drain(self) -> bool:
        """Write what has come to the log; answer whether more may come."""
        while True:
            try:
                data = os.read(self.reader, CHUNK_BYTES)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._log.write(data)

    def close_writer(self) -> None:
        """Leave the writing end to the service alone, so that its end is noticed here."""
        os.close(self.writer)


class LogHandler(logging.Handler):
    """Puts the supervisor's own records into its log."""

    def __init__(self, log: RotatedLog) -> None:
        super().__init__()
        self._log = log
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write(f"{self.format(record)}\n".encode())
