"""A start or a supervisor that is cut, at whatever moment, leaves nothing that the next one trips over."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dam.stack import files
from dam.stack.layout import Layout
from dam.stack.services import find_free_base_port
from dam.stack.supervising import processes
from dam.stack.supervising.state import read_state, running_state
from tests.stack.running import Stack, clean_environment, processes_of, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A place whose first start is cut by the first test, and used on by the others."""
    place = Stack(tmp_path_factory.mktemp("cut") / "data", find_free_base_port())
    yield place
    place.dam("down")


def begin(stack: Stack) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        stack.command("up", "--detach", "--port", str(stack.port)),
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def doing(stack: Stack) -> str:
    state = running_state(stack.data_dir / "run")
    return state.doing if state else ""


def kill_supervisor(stack: Stack) -> None:
    identity = processes.identify(stack.supervisor)
    assert identity is not None
    os.kill(identity.pid, signal.SIGKILL)
    assert until(lambda: not processes.is_alive(identity), seconds=10)


def test_first_start_killed_again_and_again_is_completed_by_the_next(made):
    for moment in ("starting the stores", "bringing the database into shape", "making the first admin"):
        with begin(made) as started:
            assert until(lambda: doing(made) == moment, seconds=120), moment  # noqa: B023  asked at once
            kill_supervisor(made)
            started.wait(timeout=30)
        assert made.status()["state"] in {"stopped", "degraded"}

    done = made.up()

    assert done.returncode == 0, done.stdout + done.stderr
    credentials = json.loads((made.data_dir / "credentials.json").read_text())
    assert credentials["password"]
    assert not list(made.data_dir.glob(".first-password*"))
    assert made.status()["state"] == "ready"


def test_killed_supervisor_takes_its_services_along_and_status_tells_the_truth(made):
    state = read_state(made.data_dir / "run" / "state.json")
    assert state is not None
    services = [service.process for service in state.services if service.process]
    kill_supervisor(made)

    assert made.status()["state"] in {"stopped", "degraded"}
    assert until(lambda: not any(map(processes.is_alive, services)), seconds=20)
    assert made.status()["state"] == "stopped"
    assert all(service["pid"] is None for service in made.status()["services"])


def test_service_that_stood_still_when_its_supervisor_was_killed_is_told_and_ended(made):
    assert made.up().returncode == 0
    person = made.dam("user", "--email", "ann@example.org").stdout
    redis = made.pids()["redis"]
    os.kill(redis, signal.SIGSTOP)
    kill_supervisor(made)

    assert until(lambda: made.status()["warnings"] != [] and "redis" in _left(made), seconds=20)
    assert made.status()["state"] == "degraded"
    done = made.up()

    assert done.returncode == 0, done.stdout + done.stderr
    assert made.pids()["redis"] != redis
    assert json.loads(made.dam("user", "--email", "ann@example.org").stdout)["id"] == json.loads(person)["id"]


def _left(stack: Stack) -> list[str]:
    return [service["name"] for service in stack.status()["services"] if service["pid"]]


def test_two_starts_at_once_make_one_stack(made):
    made.dam("down")
    both = [begin(made), begin(made)]

    assert [each.wait(timeout=120) for each in both] == [0, 0]
    assert made.status()["state"] == "ready"
    supervisors = [line for line in processes_of(made.data_dir) if "dam.stack.supervising.supervisor" in line]
    assert len(supervisors) == 1


def test_down_ends_a_stack_whose_supervisor_stands_still(made):
    os.kill(made.supervisor, signal.SIGSTOP)

    done = made.dam("down")

    assert done.returncode == 0
    assert processes_of(made.data_dir) == []


def test_down_while_starting_stops_it(made):
    with begin(made) as started:
        assert until(lambda: doing(made) != "", seconds=60)
        assert made.dam("down").returncode == 0
        started.wait(timeout=30)

    assert processes_of(made.data_dir) == []
    assert made.status()["state"] == "stopped"


def test_numbers_of_another_life_of_the_machine_mean_nothing(tmp_path, made):
    """After a reboot the noted numbers belong to others, or to nobody."""
    data_dir = tmp_path / "data"
    shutil.copytree(made.data_dir / "run", data_dir / "run")
    layout = Layout.of(data_dir, base_port=made.port)
    stored = files.read_json(layout.state_file)
    own = processes.own_identity()
    stored |= {
        "phase": "ready",
        "boot": "another",
        "supervisor": {"pid": own.pid, "started_ticks": own.started_ticks},
    }
    files.write_json(layout.state_file, stored)

    assert running_state(layout.run) is None
    assert Stack(data_dir, made.port).status()["state"] == "stopped"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"phase": "ready"}', "null"])
def test_damaged_state_file_is_as_good_as_none(tmp_path, text):
    state_file = tmp_path / "state.json"
    state_file.write_text(text)

    assert read_state(state_file) is None


def test_lock_file_of_a_dead_server_does_not_stop_the_next(made):
    """PostgreSQL would take our own process, which lives, for the server that left the file."""
    lock = made.data_dir / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n{int(time.time())}\n{made.port + 5}\n\n127.0.0.1\n")

    done = made.up()

    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_remains_after_all_of_this(made):
    made.dam("down")

    assert processes_of(made.data_dir) == []
    assert not Path(made.data_dir / ".postgres-new").exists()
