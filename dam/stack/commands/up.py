"""`up` and `down`: start a stack and follow it, stop it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dam.stack import files
from dam.stack.commands import console, demo, preflight
from dam.stack.config import Outside
from dam.stack.errors import StackError
from dam.stack.layout import CHECKOUT, Layout
from dam.stack.servers import database
from dam.stack.servers.front import PORTAL_DIST
from dam.stack.supervising import leftovers, processes, supervisor
from dam.stack.supervising.state import StackState, read_state, running_state, supervisor_lock
from dam.stack.supervising.watch import Watch

POLL_S = 0.1
STOP_TIMEOUT_S = 30.0
FIRST_WORD_S = 10.0
SECOND_LOOK_S = 0.3


@dataclass(frozen=True)
class UpOptions:
    layout: Layout
    workers: int
    detach: bool
    demo: bool


def up(options: UpOptions) -> int:
    """Start a stack, or say that it runs; answer the exit code.

    Raises:
        StackError: with what is to be mended first; nothing is running then.
    """
    layout = options.layout
    if (state := _wait_for_others(layout)) is not None:
        console.say(f"Already running ({state.phase}): {state.portal_url}")
        return _show_demo(layout) if options.demo else 0
    outside = Outside.from_environment()  # a contradiction is said here, not in a log
    preflight.require(layout, outside=outside, watch=Watch.from_environment())
    for warning in database.require_outside(outside):
        console.complain(warning)
    owner = _start_supervisor(options)
    with _forwarding_stops(owner):
        code = _follow_start(layout, owner=owner)
        if code == supervisor.ALREADY_RUNNING:
            return up(options)
        if code != 0:
            return code
        _greet(layout)
        code = _show_demo(layout) if options.demo else 0
        if options.detach:
            return code
        console.say("Ctrl-C stops everything.")
        return _follow_until_stopped(layout, owner=owner) or code


def _wait_for_others(layout: Layout) -> StackState | None:
    """Answer the state of a stack that runs here, once it has come up; None when there is none, or it has stopped."""
    said = ""
    with console.progress() as progress:
        while (state := running_state(layout.run)) is not None and state.phase != "ready":
            if state.phase != said:
                said = state.phase
                console.say(f"Already {state.phase} by another command; waiting for it.")
            progress.show(state)
            time.sleep(POLL_S)
    if state is not None:
        time.sleep(SECOND_LOOK_S)  # one that was just killed takes a moment to be gone
    return running_state(layout.run)


def _start_supervisor(options: UpOptions) -> subprocess.Popen[bytes]:
    layout = options.layout
    attached = [] if options.detach else ["--attached-to", str(os.getpid())]
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    with open(os.open(layout.log_of("supervisor"), flags, 0o600), "ab") as log:  # noqa: PTH123  a mode of its own
        return subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "dam.stack.supervising.supervisor",
                    "--data-dir",
                    str(layout.data_dir),
                ),
                *("--port", str(layout.ports.base), "--workers", str(options.workers), *attached),
            ],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextlib.contextmanager
def _forwarding_stops(owner: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand Ctrl-C and its kin to the supervisor, which stops in order; this process waits for it."""

    def forward(*_: object) -> None:
        processes.signal_process(owner.pid, signal.SIGTERM)

    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {which: signal.signal(which, forward) for which in stops}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)


def _fresh_state(layout: Layout, *, owner: subprocess.Popen[bytes]) -> StackState | None:
    """Answer the state that this very supervisor wrote, not one left from before."""
    state = read_state(layout.state_file)
    return state if state is not None and state.supervisor.pid == owner.pid else None


def _follow_start(layout: Layout, *, owner: subprocess.Popen[bytes]) -> int:
    """Show progress until the stack is ready (0) or its supervisor has ended (its exit code)."""
    with console.progress() as progress:
        while True:
            ended = owner.poll()
            state = _fresh_state(layout, owner=owner)
            if state is not None:
                progress.show(state)
                if state.phase == "ready":
                    return 0
            if ended is not None:
                break
            time.sleep(POLL_S)
    if ended == supervisor.ALREADY_RUNNING:
        return ended
    why = state.error if state is not None else ""
    if ended != 0:
        console.complain(why or f"The start failed; see {layout.log_of('supervisor')}.")
    return ended or 1


def _follow_until_stopped(layout: Layout, *, owner: subprocess.Popen[bytes]) -> int:
    restarts: dict[str, int] = {}
    while (ended := owner.poll()) is None:
        state = _fresh_state(layout, owner=owner)
        for service in state.services if state else []:
            if service.restarts > restarts.get(service.name, 0):
                restarts[service.name] = service.restarts
                console.say(f"{service.name} ended and was started again; see {layout.log_of(service.name)}.")
        with contextlib.suppress(subprocess.TimeoutExpired):
            owner.wait(timeout=1)
    console.say("Stopped.")
    return ended


def _greet(layout: Layout) -> None:
    state = read_state(layout.state_file)
    credentials = files.read_json(layout.credentials_file) or {}
    if state is None:
        return
    console.say(f"\nPortal     {state.portal_url}")
    if not (PORTAL_DIST / "index.html").exists():
        console.say(
            f"           not built yet: no npm registry was in reach; the API answers under {state.portal_url}/api"
        )
    console.say(f"E-mail     {credentials.get('email', '-')}")
    console.say(f"Password   {credentials.get('password', '-')}")
    console.say(f"           (kept in {layout.credentials_file})\n")
    for line in state.left_to_do:
        console.complain(f"Storage: {line}.")
    if state.left_to_do:
        console.complain("`bin/dam doctor` proves what that store does.")


def _show_demo(layout: Layout) -> int:
    """Run the demonstration; when it fails, the stack stays up to be looked at."""
    try:
        demo.run(layout)
    except StackError as error:
        console.complain(f"The demonstration failed: {error}")
        return 1
    return 0


def down(data_dir: Path) -> int:
    """Stop a running stack and wait until its last process is gone; answer the exit code.

    A supervisor that does not stop (it stands still, or its disk does) is killed, and its services are ended here.
    """
    layout = Layout.of(data_dir, base_port=0)
    state = running_state(layout.run)
    if state is None and (state := _just_starting(layout)) is None:
        left = layout.run.exists() and leftovers.end_leftovers(layout)
        console.say("Ended what a killed supervisor had left." if left else "Not running.")
        return 0
    processes.signal_process(state.supervisor.pid, signal.SIGTERM)
    processes.signal_process(state.supervisor.pid, signal.SIGCONT)  # one that stands still could not stop
    if not _follow_stop(layout, owner=state.supervisor):
        console.complain(f"The supervisor did not stop in {STOP_TIMEOUT_S:.0f} s: ended it and its services.")
        processes.signal_process(state.supervisor.pid, signal.SIGKILL)
        leftovers.end_leftovers(layout)
    console.say("Stopped.")
    return 0


def _just_starting(layout: Layout) -> StackState | None:
    """Answer the first word of a supervisor that holds the lock and has not said anything yet."""
    deadline = time.monotonic() + FIRST_WORD_S
    while layout.run.exists() and time.monotonic() < deadline:
        with supervisor_lock(layout) as is_free:
            if is_free:
                return None
        if (state := running_state(layout.run)) is not None:
            return state
        time.sleep(POLL_S)
    return None


def _follow_stop(layout: Layout, *, owner: processes.ProcessIdentity) -> bool:
    """Show the stop; answer whether it came to its end in time."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    with console.progress() as progress:
        while processes.is_alive(owner):
            latest = read_state(layout.state_file)
            if latest is not None and latest.phase == "stopping":
                progress.show(latest)
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
    return True
