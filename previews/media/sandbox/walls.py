"""What a tool can see: the best walls that this machine has, and the argv that puts a tool behind them."""

import ctypes
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from previews.media.sandbox.limits import Limits
from previews.media.sandbox.syscalls import program

Kind = Literal["bubblewrap", "landlock", "limits"]

FENCE = Path(__file__).with_name("fence_child.py")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives")
_EMPTY = ("--dev", "/dev", "--tmpfs", "/tmp")  # noqa: S108 - a fresh, private one
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_LANDLOCK_VERSION = 444
_TRIAL_S = 30


class SandboxUnavailable(Exception):
    """A tool that the sandbox itself needs is missing on this machine."""


def kind_here() -> Kind:
    """Tell which walls tools get on this machine."""
    if bubblewrap() is not None:
        return "bubblewrap"
    return "landlock" if landlock() else "limits"


@functools.cache
def bubblewrap() -> tuple[str, ...] | None:
    """Probe once how bubblewrap can be used here; None where it can't."""
    tool = shutil.which("bwrap")
    if tool is None:
        return None
    for proc in (("--proc", "/proc"), ()):
        start = (tool, "--unshare-all", "--as-pid-1", "--die-with-parent", *proc, *_EMPTY)
        try:
            if _answers(start):
                return start
        except (OSError, subprocess.SubprocessError):
            return None
    return None


@functools.cache
def landlock() -> int:
    """Ask the kernel which Landlock it has; 0 for none."""
    abi: int = ctypes.CDLL(None).syscall(_LANDLOCK_VERSION, None, 0, 1)
    return max(0, abi)


@contextmanager
def confined(
    argv: Sequence[str], *, read: Sequence[Path], scratch: Path, limits: Limits
) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Wrap an argv list in limits and walls; gives it with the descriptors that it needs to be started with.

    Raises: SandboxUnavailable when prlimit is missing.
    """
    tool = shutil.which("prlimit")
    if tool is None:
        raise SandboxUnavailable("prlimit is missing; install util-linux")
    limited = [*_leash(), tool, *_limit_words(limits), "--"]
    start = bubblewrap()
    if start is None:
        yield [*limited, *_fence(argv, read=read, scratch=scratch, limits=limits)], ()
        return
    with _filter(limits) as descriptor:
        words = ["--seccomp", str(descriptor)] if descriptor is not None else []
        walls = _walls(start, argv[0], read=read, scratch=scratch, limits=limits)
        many = [tool, f"--nproc={limits.processes}", "--"] if limits.processes > 1 else []
        inherited = (descriptor,) if descriptor is not None else ()
        yield [*limited, *walls, *words, "--", *many, *argv], inherited


def environment(scratch: Path) -> dict[str, str]:
    """Answer the whole environment of a tool."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(scratch), "TMPDIR": str(scratch)}


@functools.cache
def _leash() -> tuple[str, ...]:
    """Have the kernel end a tool with its worker from its first moment on, before the walls see to that themselves."""
    tool = shutil.which("setpriv")
    return (tool, "--pdeathsig", "KILL", "--") if tool else ()


def _limit_words(limits: Limits) -> list[str]:
    memory = [f"--as={limits.memory_bytes}"] if limits.memory_bytes is not None else []
    return [
        *memory,
        *(f"--fsize={limits.file_bytes}", f"--nofile={limits.open_files}", f"--cpu={limits.cpu_s}"),
        "--core=0",
    ]


def _walls(
    start: Sequence[str], tool: str, *, read: Sequence[Path], scratch: Path, limits: Limits
) -> list[str]:
    return [
        *start,
        *_bound([str(path) for path in limits.devices], option="--dev-bind-try"),
        *_bound(_readable(tool), option="--ro-bind-try"),
        *_bound([str(scratch.absolute())], option="--bind"),
        *_bound([str(path.absolute()) for path in read], option="--ro-bind"),
        *("--chdir", str(scratch.absolute())),
    ]


def _fence(argv: Sequence[str], *, read: Sequence[Path], scratch: Path, limits: Limits) -> list[str]:
    """Put our own fence before a tool: it dies with us, and opens no other file where the kernel can see to that."""
    tool = shutil.which(argv[0], path=environment(scratch)["PATH"]) or argv[0]
    options = {
        "abi": landlock(),
        "filter": (program(may_fork=limits.processes > 1) or b"").hex(),
        "readable": [*_readable(tool), *(str(path.absolute()) for path in read)],
        "devices": [*_DEVICES, *(str(path) for path in limits.devices)],
        "writable": [str(scratch.absolute())],
        "sockets": [str(path) for path in limits.sockets],
    }
    return [sys.executable, "-I", "-S", str(FENCE), json.dumps(options), tool, *argv[1:]]


@contextmanager
def _filter(limits: Limits) -> Iterator[int | None]:
    """Hold the filter of system calls ready on a descriptor."""
    filtered = program(may_fork=limits.processes > 1)
    if filtered is None:
        yield None
        return
    read, write = os.pipe()
    try:
        os.write(write, filtered)
        os.close(write)
        yield read
    finally:
        os.close(read)


def _answers(start: Sequence[str]) -> bool:
    """Tell whether a Python of ours runs behind these walls, with the filter."""
    limits = Limits()
    with tempfile.TemporaryDirectory(prefix="dam-walls-") as folder, _filter(limits) as descriptor:
        words = ["--seccomp", str(descriptor)] if descriptor is not None else []
        walls = _walls(start, sys.executable, read=[], scratch=Path(folder), limits=limits)
        trial = subprocess.run(
            [*walls, *words, "--", sys.executable, "-I", "-S", "-c", "pass"],
            capture_output=True,
            timeout=_TRIAL_S,
            check=False,
            env=environment(Path(folder)),
            pass_fds=(descriptor,) if descriptor is not None else (),
        )
    return trial.returncode == 0


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
