"""What stands in the way of a start is said with its remedy, and nothing is left running."""

import os
import resource
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dam.stack.commands import preflight
from dam.stack.config import Outside
from dam.stack.layout import Layout
from dam.stack.listeners import owner_of
from dam.stack.services import find_free_base_port
from dam.stack.supervising import memory
from dam.stack.supervising.watch import Watch
from tests.stack.running import TIMEOUT_S, Stack, clean_environment, processes_of

EMBEDDED = Outside(postgres=False, redis=False, s3=False, edge=False)


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path / "data", find_free_base_port())


def assert_refused(stack: Stack, done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert processes_of(stack.data_dir) == []
    assert all(_is_free(stack.port + offset) for offset in range(15))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_taken_port_is_named_with_who_has_it(stack):
    with socket.create_server(("127.0.0.1", stack.port + 6)):
        done = stack.up()

    assert done.returncode == 1
    assert f"{stack.port + 6} (for redis)" in done.stderr
    assert f"process {os.getpid()}" in done.stderr
    assert "--port" in done.stderr
    assert processes_of(stack.data_dir) == []


def test_nobody_is_named_for_a_free_port():
    assert owner_of(find_free_base_port()) == ""


def make_file_in_its_place(stack: Stack) -> None:
    stack.data_dir.write_text("not a directory")


def make_another_cluster(stack: Stack) -> None:
    (stack.data_dir / "postgres").mkdir(parents=True)
    (stack.data_dir / "postgres" / "PG_VERSION").write_text("15\n")
    (stack.data_dir / "secrets.json").write_text((stack.data_dir.parent / "good.json").read_text())


def make_half_cluster(stack: Stack) -> None:
    (stack.data_dir / "postgres" / "base").mkdir(parents=True)
    (stack.data_dir / "secrets.json").write_text((stack.data_dir.parent / "good.json").read_text())


def make_damaged_secrets(stack: Stack) -> None:
    stack.data_dir.mkdir()
    (stack.data_dir / "secrets.json").write_text('{"django": "cut sho')


def make_incomplete_secrets(stack: Stack) -> None:
    stack.data_dir.mkdir()
    (stack.data_dir / "secrets.json").write_text('{"django": "x", "s3": {}}')


def make_lost_secrets(stack: Stack) -> None:
    (stack.data_dir / "postgres").mkdir(parents=True)
    (stack.data_dir / "postgres" / "PG_VERSION").write_text("18\n")


def make_damaged_credentials(stack: Stack) -> None:
    stack.data_dir.mkdir()
    (stack.data_dir / "credentials.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (make_file_in_its_place, ("data directory cannot be used", "--data-dir")),
        (make_another_cluster, ("PostgreSQL 15", "PostgreSQL 18", "Dump it", "DATABASE_URL")),
        (make_half_cluster, ("no PostgreSQL cluster", "Move it away")),
        (make_damaged_secrets, ("secrets.json is damaged", "backup")),
        (make_incomplete_secrets, ("secrets.json is damaged", "backup")),
        (make_lost_secrets, ("secrets.json is missing", "backup")),
        (make_damaged_credentials, ("credentials.json is damaged", "remove it")),
    ],
)
def test_what_lies_in_the_data_directory_is_looked_at_first(
    stack, spoil: Callable[[Stack], None], words, stores
):
    shutil.copy(stores.layout.secrets_file, stack.data_dir.parent / "good.json")
    spoil(stack)

    assert_refused(stack, stack.up(), *words)


@pytest.mark.parametrize("name", ["loop", "n" * 300])
def test_a_path_that_leads_nowhere_is_said(tmp_path, name):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    stack = Stack(tmp_path / name, find_free_base_port())

    assert_refused(stack, stack.up(), name, "--data-dir")


def test_disk_with_too_little_room_is_refused_with_numbers(stack):
    done = stack.up(DAM_DISK_LEAST=str(10**18))

    assert_refused(stack, done, "MiB", "953,674,316", "free in", "--data-dir")


@pytest.mark.parametrize(
    ("variable", "value"), [("DAM_DISK_LEAST", "plenty"), ("DAM_RESTART_SILENT_AFTER", "0")]
)
def test_setting_that_cannot_be_read_is_named(stack, variable, value):
    assert_refused(stack, stack.up(**{variable: value}), variable)


def test_missing_program_is_named(stack):
    done = stack.up(NGINX_PATH="/nowhere/nginx")

    assert_refused(stack, done, "/nowhere/nginx does not exist", "NGINX_PATH")


def test_program_that_ends_at_once_is_reported_with_its_last_words(stack, tmp_path):
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho 'cannot work like this'\nexit 7\n")
    broken.chmod(0o755)

    done = stack.up(REDIS_SERVER_PATH=str(broken))

    assert_refused(stack, done, "redis ended with 7", "cannot work like this")


def test_limit_of_open_files_is_named(stack):
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))

    done = subprocess.run(
        stack.command("up", "--detach", "--port", str(stack.port)),
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        preexec_fn=lower,
    )

    assert_refused(stack, done, "open files is 256", "ulimit -n 1024")


def test_directory_of_another_user_is_refused(stack):
    # Root may write anywhere, but for where nobody may.
    place = Path("/proc/dam") if os.geteuid() == 0 else stack.data_dir.parent / "closed" / "data"
    if os.geteuid() != 0:
        place.parent.mkdir(mode=0o500)
    done = stack.dam("up", "--detach", "--port", str(stack.port), "--data-dir", str(place))

    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_little_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(preflight, "LEAST_MEMORY_BYTES", (memory.available_bytes() or 0) + 2**40)

    with pytest.raises(preflight.CannotStart, match="MiB of memory are left here"):
        preflight.require(Layout.of(tmp_path / "data", base_port=20000), outside=EMBEDDED, watch=Watch())


def test_clock_before_the_software_is_refused(tmp_path):
    with pytest.raises(preflight.CannotStart, match=r"The clock says 2001-.*NTP"):
        preflight.require_clock(now=1_000_000_000)


def test_memory_left_is_told():
    left = memory.available_bytes()

    assert left is not None
    assert 0 < left < 2**50
