"""Starting, recognising and ending operating-system processes."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dam.stack.errors import StackError

KILL = signal.SIGKILL
#: Stands in the environment of everything that a supervisor starts, with the stack's data directory.
MARK = "DAM_STACK"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class ProcessIdentity:
    """A process told apart from a later one with the same number by the time it started."""

    pid: int
    started_ticks: int


@dataclass(frozen=True)
class Command:
    """What to execute: `user` switches to that user and group id first (only root may)."""

    argv: tuple[str, ...]
    cwd: Path
    env: dict[str, str]
    user: int | None = None
    death_signal: signal.Signals = signal.SIGTERM


def _stat_fields(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in parentheses may itself hold blanks and parentheses: count from the last one.
    return text[text.rindex(")") + 2 :].split()


def identify(pid: int) -> ProcessIdentity | None:
    """Answer the identity of a running process, None when it is gone (or a zombie)."""
    fields = _stat_fields(pid)
    if fields is None or fields[0] in "ZX":
        return None
    return ProcessIdentity(pid=pid, started_ticks=int(fields[19]))


def own_identity() -> ProcessIdentity:
    fields = _stat_fields(os.getpid())
    if fields is None:
        raise StackError("/proc is not mounted, and processes are told apart by what stands there")
    return ProcessIdentity(pid=os.getpid(), started_ticks=int(fields[19]))


def is_alive(identity: ProcessIdentity) -> bool:
    return identify(identity.pid) == identity


def is_stopped(pid: int) -> bool:
    """Tell whether a process stands still because somebody stopped it (SIGSTOP, a debugger)."""
    fields = _stat_fields(pid)
    return fields is not None and fields[0] in "Tt"


def session_of(pid: int) -> int | None:
    """Answer the session of a process, None when it is gone."""
    fields = _stat_fields(pid)
    return None if fields is None else int(fields[3])


def boot_id() -> str:
    """Answer what tells this start of the machine from every other; numbers and times of processes repeat."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def has_released_everything(identity: ProcessIdentity) -> bool:
    """Tell whether a killed process has let go of its ports: its other threads die after the first."""
    if is_alive(identity):
        return False
    try:
        return len(list(Path(f"/proc/{identity.pid}/task").iterdir())) <= 1
    except OSError:
        return True


def children_of(parent: int) -> Iterator[int]:
    """Yield the direct children of a process."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        fields = _stat_fields(int(entry.name))
        if fields is not None and int(fields[1]) == parent:
            yield int(entry.name)


def descendants_of(parent: int) -> list[int]:
    """Answer every process below `parent`, nearest first."""
    found: list[int] = []
    frontier = [parent]
    while frontier:
        frontier = [child for process in frontier for child in children_of(process)]
        found.extend(frontier)
    return found


def working_in(directory: Path, *, program: str) -> list[int]:
    """Answer the live processes of a program whose working directory this is."""
    place = str(directory)
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        and _home_of(entry) == (place, program)
        and identify(int(entry.name)) is not None
    ]


def _home_of(entry: Path) -> tuple[str, str] | None:
    try:
        return str((entry / "cwd").readlink()), (entry / "exe").readlink().name
    except OSError:
        return None


def become_subreaper() -> None:
    """Let orphans of our services become our children, so that none escapes a stop."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(death_signal: signal.Signals, *, parent: int) -> None:
    """Ask the kernel to signal this process when its parent ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def spawn(command: Command, *, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that ends when this one does."""
    parent = os.getpid()

    def before_exec() -> None:
        die_with_parent(command.death_signal, parent=parent)

    return subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=command.user,
        group=command.user,
        extra_groups=[] if command.user is not None else None,
        preexec_fn=before_exec,  # noqa: PLW1509  only prctl and getppid run between fork and exec
    )


def signal_group(leader: int, which: signal.Signals) -> None:
    """Signal a whole process group; one that has ended is fine."""
    try:
        os.killpg(leader, which)
    except (ProcessLookupError, PermissionError):
        return


def signal_process(pid: int, which: signal.Signals) -> None:
    """Signal one process; one that has ended is fine."""
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        return
