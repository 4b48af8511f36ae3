"""Run tools on files that strangers sent.

Every tool gets an argv list, an environment without credentials, a process group of its own, resource limits
(prlimit) and a wall clock. Where bubblewrap works it also gets no network, no other process in sight, and a file
system that holds the system's libraries, its input read-only and its scratch folder, and nothing else.
"""

import functools
import os
import shutil
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

MIB = 1 << 20
GIB = 1 << 30
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives")
_EMPTY = ("--dev", "/dev", "--tmpfs", "/tmp")  # noqa: S108 - a fresh, private one
_STDERR_KEPT = 64 * 1024
_STDOUT_KEPT = 64 * MIB


class SandboxUnavailable(Exception):
    """A tool that the sandbox itself needs is missing on this machine."""


@dataclass(frozen=True)
class Limits:
    """What one tool may use: address space and largest file in bytes, CPU and wall time in seconds."""

    memory_bytes: int = 4 * GIB
    file_bytes: int = 256 * MIB
    cpu_s: int = 600
    wall_s: float = 120.0
    open_files: int = 256


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
    process = subprocess.Popen(
        confined(argv, read=read, scratch=scratch, limits=limits),
        stdin=stdin if stdin is not None else subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=tuple(pass_fds),
        cwd=scratch,
        env=_environment(scratch),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill(process)
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


def confined(argv: Sequence[str], *, read: Sequence[Path], scratch: Path, limits: Limits) -> list[str]:
    """Wrap an argv list in the limits and, where it works here, in bubblewrap."""
    tool = shutil.which("prlimit")
    if tool is None:
        raise SandboxUnavailable("prlimit is missing; install util-linux")
    limited = [
        tool,
        f"--as={limits.memory_bytes}",
        f"--fsize={limits.file_bytes}",
        f"--nofile={limits.open_files}",
        f"--cpu={limits.cpu_s}",
        "--core=0",
        "--",
    ]
    return [*limited, *_walls(argv[0], read=read, scratch=scratch), *argv]


@functools.cache
def bubblewrap() -> tuple[str, ...] | None:
    """Probe once how bubblewrap can be used here; None where it can't."""
    tool = shutil.which("bwrap")
    if tool is None:
        return None
    for proc in (("--proc", "/proc"), ()):
        start = (tool, "--unshare-all", "--as-pid-1", "--die-with-parent", *proc, *_EMPTY)
        trial = subprocess.run(
            [*start, *_bound(_readable(sys.executable), option="--ro-bind-try"), *python(Path("-c"), "pass")],
            capture_output=True,
            timeout=30,
            check=False,
            env=_environment(Path("/")),
        )
        if trial.returncode == 0:
            return start
    return None


def _walls(tool: str, *, read: Sequence[Path], scratch: Path) -> list[str]:
    start = bubblewrap()
    if start is None:
        # Bubblewrap takes its child along when we die; without it the kernel is asked to.
        leash = shutil.which("setpriv")
        return [leash, "--pdeathsig", "KILL", "--"] if leash else []
    return [
        *start,
        *_bound(_readable(tool), option="--ro-bind-try"),
        *_bound([str(scratch.absolute())], option="--bind"),
        *_bound([str(path.absolute()) for path in read], option="--ro-bind"),
        "--chdir",
        str(scratch.absolute()),
        "--",
    ]


def _bound(paths: Sequence[str], *, option: str) -> list[str]:
    return [word for path in paths for word in (option, path, path)]


def _readable(tool: str) -> list[str]:
    """Name the system's folders, this Python's, and the tool itself with the libraries beside it."""
    found = Path(tool).resolve()
    wanted = [Path(sys.prefix), Path(sys.base_prefix), found]
    if found.parent.name == "bin":
        wanted.append(found.parent.parent / "lib")
    kept = [Path(path) for path in _SYSTEM]
    for path in wanted:
        if not any(path.is_relative_to(already) for already in kept):
            kept.append(path)
    return [str(path) for path in kept]


def _environment(scratch: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
    }


def encode_limits(duration_s: float, *, kilobits: int) -> Limits:
    """Bound an encode of so many seconds: generous in time for slow machines, and in bytes for twice the caps."""
    return Limits(
        memory_bytes=16 * GIB,
        file_bytes=GIB + int(duration_s * kilobits * 250),
        cpu_s=int(3600 + 600 * duration_s),
        wall_s=1800 + 240 * duration_s,
        open_files=512,
    )
