"""What the supervisor tells the rest of the world: `DIR/run/state.json`."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dam.stack import files
from dam.stack.layout import Layout
from dam.stack.supervising.processes import ProcessIdentity, boot_id, is_alive

# No process has this number.
GONE = ProcessIdentity(pid=0, started_ticks=-1)


@dataclass
class ServiceState:
    """One line of progress: `phase` is waiting, preparing, starting, ready, silent, restarting or stopped.

    `note` says in words what is wrong, as long as something is.
    """

    name: str
    address: str
    phase: str = "waiting"
    process: ProcessIdentity | None = None
    restarts: int = 0
    note: str = ""


@dataclass
class StackState:
    """The whole stack: `phase` is starting, ready, stopping, stopped or failed."""

    supervisor: ProcessIdentity
    port: int
    encode_workers: int
    portal_url: str
    edge_url: str
    s3_url: str
    phase: str = "starting"
    doing: str = ""
    error: str = ""
    #: The start of the machine that the process numbers belong to.
    boot: str = field(default_factory=boot_id)
    #: What is wrong with the machine rather than with a service, in words.
    warnings: list[str] = field(default_factory=list)
    #: What a brought store lacks and its operator has to do, in words.
    left_to_do: list[str] = field(default_factory=list)
    services: list[ServiceState] = field(default_factory=list)

    def write(self, path: Path) -> None:
        files.write_json(path, asdict(self))


def _identity(value: dict[str, int] | None) -> ProcessIdentity | None:
    return ProcessIdentity(**value) if value else None


def read_state(path: Path) -> StackState | None:
    """Answer the last state, None where no stack was ever started.

    A file that cannot be read (cut short by a power failure, of another version) tells of nothing that runs.
    """
    try:
        stored = files.read_json(path)
        return None if stored is None else _parsed(stored)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _parsed(stored: dict[str, Any]) -> StackState:
    supervisor = ProcessIdentity(**stored.pop("supervisor"))
    services = [
        ServiceState(**{**each, "process": _identity(each["process"])}) for each in stored.pop("services")
    ]
    state = StackState(supervisor=supervisor, services=services, **stored)
    if state.boot != boot_id():
        state.supervisor = GONE
        for service in state.services:
            service.process = None
    return state


def running_state(layout_run: Path) -> StackState | None:
    """Answer the state of a stack whose supervisor lives, None otherwise."""
    state = read_state(layout_run / "state.json")
    return state if state is not None and is_alive(state.supervisor) else None


@contextmanager
def supervisor_lock(layout: Layout) -> Iterator[bool]:
    """Hold the one lock of a data directory; yields whether it was free."""
    handle = os.open(layout.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
