"""Run one ffmpeg in the sandbox: read its progress, its findings and its PCM while it works."""

import errno
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dam.core.observing import metrics
from previews.media import sandbox
from previews.media.encoding.qc import Log
from previews.media.encoding.waveform import Waveform

_TICK_S = 0.2
_STALL_S = 300.0
_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 16
_OUT_OF_ROOM = (256 - errno.ENOMEM, 256 - errno.ENOSPC, 256 - errno.EFBIG, 256 - errno.EDQUOT)
"""ffmpeg ends with the low byte of its negative error number."""


@dataclass
class Progress:
    """What ``-progress`` said last: frames of the first picture output, microseconds of output."""

    frame: int = 0
    out_time_us: int = 0
    blocks: int = 0

    def feed(self, line: str) -> None:
        """Take one ``key=value`` line."""
        key, _, value = line.strip().partition("=")
        if key == "frame" and value.isdigit():
            self.frame = int(value)
        elif key == "out_time_us" and value.lstrip("-").isdigit():
            self.out_time_us = max(0, int(value))
        elif key == "progress":
            self.blocks += 1


@dataclass
class Ran:
    """How an ffmpeg ended. The exit code is told, never trusted: what was made is judged by its checks."""

    code: int
    is_stopped: bool
    log: Log = field(default_factory=Log)
    progress: Progress = field(default_factory=Progress)

    @property
    def end(self) -> str:
        """How it ended, in a word for the metrics."""
        if self.is_stopped:
            return "timeout"
        if self.code in _OUT_OF_ROOM:
            return "out_of_room"
        return sandbox.end_of(self.code)

    @property
    def is_killed(self) -> bool:
        """Whether a limit, a stall or a signal ended it."""
        return self.is_stopped or self.code < 0 or 128 < self.code < 128 + 32 or self.code in _OUT_OF_ROOM


def run_ffmpeg(
    argv_for: Callable[[int], list[str]],
    *,
    read: Sequence[Path],
    scratch: Path,
    limits: sandbox.Limits,
    on_tick: Callable[[Progress], None] | None = None,
    waveform: Waveform | None = None,
) -> Ran:
    """Run the ffmpeg whose argv `argv_for` builds for a progress descriptor, to its end or to a limit.

    `on_tick` is called from this thread a few times a second; what it raises ends the process at once.
    """
    ran = Ran(code=0, is_stopped=False)
    ran_out = False
    with _pipe() as (progress_read, progress_write):
        argv = argv_for(progress_write.fileno())
        with sandbox.started(
            argv,
            read=read,
            scratch=scratch,
            limits=limits,
            stdout=subprocess.PIPE if waveform is not None else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[progress_write.fileno()],
        ) as process:
            progress_write.close()
            readers = _start_readers(process, progress_read, ran=ran, waveform=waveform)
            try:
                ran.is_stopped = _watch(process, ran.progress, wall_s=limits.wall_s, on_tick=on_tick)
                ran_out = True
            finally:
                sandbox.kill(process)
                for reader in readers:
                    reader.join()
                ran.code = process.wait()
                metrics.TOOLS_ENDED.labels("ffmpeg", ran.end if ran_out else "interrupted").inc()
            if on_tick is not None:
                on_tick(ran.progress)
    return ran


def _watch(
    process: subprocess.Popen[bytes],
    progress: Progress,
    *,
    wall_s: float,
    on_tick: Callable[[Progress], None] | None,
) -> bool:
    """Wait for the end; True when the wall clock or a stall ended it."""
    started = moved = time.monotonic()
    seen = (0, 0)
    while True:
        try:
            process.wait(_TICK_S)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            state = (progress.frame, progress.out_time_us)
            if state != seen:
                seen, moved = state, now
            if now - started > wall_s or now - moved > _STALL_S:
                return True
        else:
            return False
        if on_tick is not None:
            on_tick(progress)


def _start_readers(
    process: subprocess.Popen[bytes], progress: IO[bytes], *, ran: Ran, waveform: Waveform | None
) -> list[threading.Thread]:
    readers = [
        threading.Thread(target=_read_lines, args=(process.stderr, ran.log.feed)),
        threading.Thread(target=_read_lines, args=(progress, ran.progress.feed)),
    ]
    if waveform is not None:
        readers.append(threading.Thread(target=_read_blocks, args=(process.stdout, waveform.feed)))
    for reader in readers:
        reader.start()
    return readers


def _read_lines(pipe: IO[bytes], feed: Callable[[str], None]) -> None:
    while line := pipe.readline(_LONGEST_LINE):
        feed(line.decode(errors="replace").rstrip("\r\n"))


def _read_blocks(pipe: IO[bytes], feed: Callable[[bytes], None]) -> None:
    while block := pipe.read(_BLOCK):
        feed(block)


@contextmanager
def _pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "wb") as writer:
        yield reader, writer
