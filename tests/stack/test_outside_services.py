"""A service whose address is given is used, and its embedded one is not started."""

import json
import subprocess

import pytest

from dam.stack.services import BackendHandle, find_free_base_port
from tests.stack.running import TIMEOUT_S, Stack, clean_environment, processes_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_brought_services_are_used_and_later_commands_find_them(stores: BackendHandle, tmp_path):
    stack = Stack(tmp_path / "data", find_free_base_port())
    brought = clean_environment() | stores.env | {"EDGE_URL": "https://edge.example"}
    try:
        done = subprocess.run(
            stack.command("up", "--detach", "--port", str(stack.port)),
            env=brought,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        # The store lets browsers in from where it was made alone.
        assert f"allow PUT from http://127.0.0.1:{stack.port} and expose ETag" in done.stderr
        told = stack.status()
        person = json.loads(stack.dam("user", "--email", "eve@example.org").stdout)
    finally:
        stack.dam("down")

    assert told["state"] == "ready"
    assert {service["name"] for service in told["services"]} == {
        *("nginx", "api", "live", "worker-short", "worker-encode-1"),
    }
    assert (told["edge_url"], told["s3_url"]) == ("https://edge.example", stores.env["S3_ENDPOINT_URL"])
    assert person["password"]
    assert processes_of(stack.data_dir) == []


def test_database_without_its_migrator_is_refused(tmp_path):
    stack = Stack(tmp_path / "data", find_free_base_port())
    done = subprocess.run(
        stack.command("up", "--detach", "--port", str(stack.port)),
        env=clean_environment() | {"DATABASE_URL": "postgresql://dam_app@db.example/dam"},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )

    assert done.returncode == 1
    assert "DATABASE_MIGRATOR_URL" in done.stderr
