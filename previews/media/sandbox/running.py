"""Start a tool behind its walls, and see to its end."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dam.core.observing import metrics
from previews.media.sandbox.limits import MIB, Limits
from previews.media.sandbox.walls import confined, environment

_STDERR_KEPT = 64 * 1024
_STDOUT_KEPT = 64 * MIB


@dataclass(frozen=True)
class Finished:
    """How a tool ended. `code` is negative for a signal; `stderr` is the end of what it wrote."""

    code: int
    stdout: bytes
    stderr: str
    is_timed_out: bool

    @property
    def is_killed(self) -> bool:
        """Whether time, memory or a signal ended it, so that another try may go better."""
        return self.is_timed_out or self.code < 0 or 128 < self.code < 128 + 32


def python(script: Path, *arguments: str) -> list[str]:
    """Build the argv that runs one of our scripts in an isolated Python."""
    return [sys.executable, "-I", str(script), *arguments]


def run(
    argv: Sequence[str],
    *,
    read: Sequence[Path],
    scratch: Path,
    limits: Limits,
    stdin: IO[bytes] | None = None,
) -> Finished:
    """Run a tool to its end and keep what it wrote.

    Raises: SandboxUnavailable when prlimit is missing.
    """
    with (
        tempfile.TemporaryFile(dir=scratch) as stdout,
        tempfile.TemporaryFile(dir=scratch) as stderr,
        started(
            argv, read=read, scratch=scratch, limits=limits, stdin=stdin, stdout=stdout, stderr=stderr
        ) as process,
    ):
        is_timed_out = False
        try:
            process.wait(limits.wall_s)
        except subprocess.TimeoutExpired:
            is_timed_out = True
            kill(process)
        stdout.seek(0)
        stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - _STDERR_KEPT))
        code = process.wait()
        metrics.TOOLS_ENDED.labels(_name(argv), "timeout" if is_timed_out else end_of(code)).inc()
        return Finished(
            code=code,
            stdout=stdout.read(_STDOUT_KEPT),
            stderr=stderr.read().decode(errors="replace"),
            is_timed_out=is_timed_out,
        )


def end_of(code: int) -> str:
    """Return how a tool with this exit code ended, in a word for the metrics."""
    if code < 0 or 128 < code < 128 + 32:
        return "killed"
    return "failed" if code else "finished"


def _name(argv: Sequence[str]) -> str:
    """Return the name of a tool, or of the script of ours that it runs."""
    return next((Path(each).stem for each in argv if each.endswith(".py")), Path(argv[0]).name)


@contextmanager
def started(
    argv: Sequence[str],
    *,
    read: Sequence[Path],
    scratch: Path,
    limits: Limits,
    stdin: IO[bytes] | None = None,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a tool and make sure that nothing of it is left when the block ends.

    `read` names what it may read beside the system's own files, `scratch` the one folder that it may write.
    Raises: SandboxUnavailable when prlimit is missing.
    """
    with confined(argv, read=read, scratch=scratch, limits=limits) as (words, inherited):
        process = subprocess.Popen(
            words,
            stdin=stdin if stdin is not None else subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=(*pass_fds, *inherited),
            cwd=scratch,
            env=environment(scratch),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill(process)
        if limits.processes > 1:
            _kill_left(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a tool with its whole process group, and wait for it."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            time.sleep(0)
    process.wait()


def _kill_left(process: subprocess.Popen[bytes]) -> None:
    """Kill what a tool started and left behind in its group; behind bubblewrap there is nothing left."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        time.sleep(0)
