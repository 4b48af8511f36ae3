"""Ending what outlived a supervisor that was killed: only processes proven to belong to the stack."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dam.stack.layout import Layout
from dam.stack.supervising import processes
from dam.stack.supervising.processes import MARK, ProcessIdentity
from dam.stack.supervising.state import StackState, read_state

PROGRAMS = ("postgres", "redis-server", "weed", "nginx", "ffmpeg")
POLL_S = 0.05
GONE_WITHIN_S = 5.0


def kill_tree(pid: int) -> None:
    """Kill a process and everything below it."""
    for each in (pid, *processes.descendants_of(pid)):
        processes.signal_process(each, signal.SIGKILL)


def survivors_of(state: StackState | None) -> list[ProcessIdentity]:
    """Answer the services of a state that still run."""
    noted = [each.process for each in state.services if each.process] if state else []
    return [identity for identity in noted if processes.is_alive(identity)]


def end_leftovers(layout: Layout) -> bool:
    """End every service, and what services started, of a supervisor that is gone; tell whether there was any.

    The caller SHALL hold the lock of the data directory, or know that nobody does.
    """
    survivors = survivors_of(read_state(layout.state_file))
    below = [identity for each in survivors for identity in _identities_below(each.pid)]
    strays = [identity for pid in _at_home_in(layout) if (identity := processes.identify(pid))]
    for identity in survivors:
        processes.signal_group(identity.pid, signal.SIGKILL)
    for identity in (*below, *strays):
        if processes.is_alive(identity):
            processes.signal_process(identity.pid, signal.SIGKILL)
    ended = (*survivors, *below, *strays)
    deadline = time.monotonic() + GONE_WITHIN_S
    while not all(map(processes.has_released_everything, ended)) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return bool(ended)


def _identities_below(pid: int) -> Iterator[ProcessIdentity]:
    for each in processes.descendants_of(pid):
        if identity := processes.identify(each):
            yield identity


def _at_home_in(layout: Layout) -> Iterator[int]:
    """Yield processes of the stack whose parents are gone: they carry its mark, or are servers at home there.

    PostgreSQL writes its title over its environment, and media tools get an empty one; those are known by program
    and working directory together.
    """
    mark = f"{MARK}={layout.data_dir}".encode()
    homes = tuple(f"{layout.data_dir / name}/" for name in ("postgres", "redis", "s3", "run", "scratch"))
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            place, program = f"{(entry / 'cwd').readlink()}/", (entry / "exe").readlink().name
            is_server = program.startswith(PROGRAMS) and place.startswith(homes)
            if is_server or mark in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)
