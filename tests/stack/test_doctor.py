"""The doctor names what is wrong with its remedy, for people and for programs, without a stack too."""

import json
import socket
from pathlib import Path

import pytest

from dam.stack.doctor import machine, media
from dam.stack.services import find_free_base_port
from dam.stack.supervising.disk import Room
from dam.stack.supervising.watch import GIB, MIB, Watch
from tests.stack.running import Stack

SUBJECTS = {
    *("python", "system", "disk", "data directory", "memory", "open files", "processes", "clock"),
    *("postgres", "redis-server", "weed", "ffmpeg", "node", "nginx", "prlimit"),
    *("encoders", "gpu", "sandbox", "ports", "services"),
}


@pytest.fixture
def place(tmp_path: Path) -> Stack:
    return Stack(tmp_path / "data", find_free_base_port())


def test_everything_is_looked_at_before_the_first_start(place):
    done = place.dam("doctor", "--json", DAM_PORT=str(place.port))
    told = json.loads(done.stdout)

    assert {finding["subject"] for finding in told["findings"]} >= SUBJECTS
    assert {finding["level"] for finding in told["findings"]} <= {"ok", "warn", "note", "fail"}
    assert all(finding["remedy"] for finding in told["findings"] if finding["level"] in {"warn", "fail"})
    assert (done.returncode, told["ok"]) in {(0, True), (1, False)}
    assert not place.data_dir.exists()


def test_failure_is_told_with_its_remedy_and_by_the_exit_code(place):
    with socket.create_server(("127.0.0.1", place.port + 3)):
        done = place.dam("doctor", DAM_PORT=str(place.port), NGINX_PATH="/nowhere/nginx")

    assert done.returncode == 1
    assert f"FAIL  ports: taken: {place.port + 3}" in done.stdout
    assert "FAIL  nginx: /nowhere/nginx does not exist" in done.stdout
    assert "set NGINX_PATH to one with njs" in done.stdout
    assert "2 to mend" in done.stdout


@pytest.mark.parametrize(
    ("free_bytes", "inodes", "level"),
    [
        (100 * GIB, 10**6, "ok"),
        (100 * GIB, None, "ok"),
        (2 * GIB, 10**6, "warn"),
        (100 * GIB, 50_000, "warn"),
        (100 * MIB, 10**6, "fail"),
        (100 * GIB, 10, "fail"),
    ],
)
def test_disk_is_judged_by_room_and_inodes(free_bytes, inodes, level):
    finding = machine.judge_room(Room(Path("/data"), free_bytes, inodes), watch=Watch())

    assert finding.level == level


def test_encoder_that_is_listed_and_does_not_run_is_a_failure(tmp_path, monkeypatch):
    lying = tmp_path / "ffmpeg"
    names = " ".join(f"' V..... {name} x'" for name in (*media.NEEDED_ENCODERS, *media.NEEDED_FILTERS))
    lying.write_text(
        "#!/bin/sh\n"
        f'case "$2" in -encoders|-filters) printf "%s\\n" {names}; exit 0;; esac\n'
        "echo 'Illegal instruction' >&2; exit 1\n"
    )
    lying.chmod(0o755)
    monkeypatch.setenv("FFMPEG_PATH", str(lying))

    failed = [finding for finding in media.look() if finding.level == "fail"]

    assert [finding.subject for finding in failed] == ["encoders"]
    assert "libx264: Illegal instruction" in failed[0].detail
