"""Processes are recognised by number and start time, and never outlive whom they belong to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from dam.stack.layout import Layout
from dam.stack.supervising import processes
from dam.stack.supervising.leftovers import end_leftovers
from dam.stack.supervising.processes import ProcessIdentity
from dam.stack.supervising.state import ServiceState, StackState

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
GONE = ProcessIdentity(pid=2**22 - 1, started_ticks=1)


def identity_of(pid: int) -> ProcessIdentity:
    identity = processes.identify(pid)
    assert identity is not None
    return identity


def state_with(layout: Layout, identity: ProcessIdentity) -> None:
    layout.make_directories()
    state = StackState(
        supervisor=GONE,
        port=1,
        encode_workers=1,
        portal_url="",
        edge_url="",
        s3_url="",
        services=[ServiceState(name="redis", address="", process=identity)],
    )
    state.write(layout.state_file)


def test_leftover_is_ended(tmp_path):
    layout = Layout.of(tmp_path / "data", base_port=20000)
    with subprocess.Popen(SLEEP, start_new_session=True) as left:
        state_with(layout, identity_of(left.pid))

        end_leftovers(layout)

        assert left.wait(timeout=60) == -signal.SIGKILL


def test_stranger_with_a_leftovers_number_is_left_alone(tmp_path):
    layout = Layout.of(tmp_path / "data", base_port=20000)
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        known = identity_of(stranger.pid)
        state_with(layout, ProcessIdentity(pid=known.pid, started_ticks=known.started_ticks - 1))

        end_leftovers(layout)

        assert stranger.poll() is None
        stranger.kill()


def test_service_ends_when_its_supervisor_is_killed(tmp_path):
    script = (
        "import sys, time, subprocess\n"
        "from pathlib import Path\n"
        "from dam.stack.supervising.processes import Command, spawn\n"
        f"child = spawn(Command(argv=tuple({SLEEP!r}), cwd=Path('/'), env={{}}), output=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = identity_of(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()

        deadline = time.monotonic() + 5
        while processes.is_alive(child) and time.monotonic() < deadline:
            time.sleep(0.05)

    assert not processes.is_alive(child)


def test_own_identity_is_alive_and_a_zombie_is_not():
    child = os.fork()
    if child == 0:
        os._exit(0)
    deadline = time.monotonic() + 5
    while (
        Path(f"/proc/{child}/stat").read_text().split(")")[1].split()[0] != "Z"
        and time.monotonic() < deadline
    ):
        time.sleep(0.01)

    assert processes.is_alive(processes.own_identity())
    assert processes.identify(child) is None
    os.waitpid(child, 0)
