"""One command brings the whole platform up, one takes it down, and nothing is left behind."""

import json
import os
import signal
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dam.stack.services import find_free_base_port
from dam.stack.supervising import processes
from tests.stack.running import Stack, ask, clean_environment, listeners_of, processes_of, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
LOOPBACK_IN_KERNEL_TABLES = "0100007F"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    started = Stack(tmp_path_factory.mktemp("stack") / "data", find_free_base_port())
    done = started.up()
    assert done.returncode == 0, done.stdout + done.stderr
    yield started
    started.dam("down")


@pytest.fixture(scope="module")
def spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A second place, stopped; its data is made by whichever test starts it first.

    Its path is longer than a socket's may be, and has blanks in it.
    """
    path = tmp_path_factory.mktemp("spare") / ("a long name with blanks " * 4) / ("and ümlauts " * 6)
    path.mkdir(parents=True)
    place = Stack(path / "data", find_free_base_port())
    yield place
    place.dam("down")


def test_up_prints_the_portal_and_how_to_log_in(stack):
    credentials = json.loads((stack.data_dir / "credentials.json").read_text())

    assert set(credentials) == {"email", "password", "organization", "project"}
    assert stat.S_IMODE((stack.data_dir / "credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((stack.data_dir / "secrets.json").stat().st_mode) == 0o600


def test_status_tells_every_service_and_the_addresses(stack):
    done = stack.dam("status", "--json")
    told = json.loads(done.stdout)

    assert done.returncode == 0
    assert told["state"] == "ready"
    assert told["portal_url"] == f"http://127.0.0.1:{stack.port}"
    assert told["api_url"] == f"{told['portal_url']}/api"
    names = {service["name"] for service in told["services"]}
    assert names >= {"postgres", "redis", "s3", "nginx", "edge", "api", "live", "worker-short"}
    assert all(service["healthy"] for service in told["services"])


def test_pid_is_the_servers_own(stack):
    pids = stack.pids()
    programs = {
        name: Path(f"/proc/{pids[name]}/exe").resolve().name for name in ("postgres", "s3", "nginx", "edge")
    }
    assert programs == {"postgres": "postgres", "s3": "weed", "nginx": "nginx", "edge": "nginx"}


def test_every_listener_is_on_loopback_within_forty_ports(stack):
    everyone = {stack.supervisor, *processes.descendants_of(stack.supervisor)}
    listeners = listeners_of(everyone)

    assert len(listeners) >= 12
    assert {address for address, _ in listeners} == {LOOPBACK_IN_KERNEL_TABLES}
    assert all(stack.port <= port < stack.port + 40 for _, port in listeners)


def test_second_up_says_so_and_changes_nothing(stack):
    before = stack.pids()
    done = stack.up()

    assert done.returncode == 0
    assert "Already running" in done.stdout
    assert stack.pids() == before


def test_user_is_made_once_and_never_reset(stack):
    first = json.loads(stack.dam("user", "--email", "ann@example.org", "--org", "acme").stdout)
    again = json.loads(stack.dam("user", "--email", "ann@example.org", "--org", "acme").stdout)

    assert first["password"]
    assert again == {**first, "password": None}


def test_token_opens_the_api_and_stands_alone_on_standard_output(stack):
    stack.dam("user", "--email", "tom@example.org")
    token = stack.dam("token", "--email", "tom@example.org").stdout

    assert token.startswith("dam_")
    assert token.count("\n") == 1
    answer = stack.get("/api/me", Authorization=f"Bearer {token.strip()}")
    assert answer.status == 200
    assert json.loads(answer.body)["email"] == "tom@example.org"


def test_manage_works_on_the_data_directory_that_is_named(stack):
    told = stack.dam("manage", "verify", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["ok"] is True


def test_a_token_reaches_no_further_than_it_was_asked_to(stack):
    first = json.loads((stack.data_dir / "credentials.json").read_text())
    reach = ("--read-only", "--project", first["project"], "--expires", "2")
    token = stack.dam("token", "--email", first["email"], "--name", "- screening", *reach).stdout.strip()

    answer = stack.get("/api/tokens", Authorization=f"Bearer {token}")

    told = json.loads(answer.body)["results"][0]
    assert (told["name"], told["scope"], told["project"]) == ("- screening", "read", first["project"])
    left = datetime.fromisoformat(told["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=1.9) < left <= timedelta(days=2)


def test_second_stack_in_a_long_path_with_blanks_runs_beside_the_first_and_goes_alone(stack, spare):
    other = spare
    before = stack.pids()
    try:
        done = other.up("--workers", "2")
        assert done.returncode == 0, done.stdout + done.stderr
        assert other.status()["state"] == "ready"
        assert {"worker-encode-1", "worker-encode-2"} <= set(other.pids())
    finally:
        other.dam("down")

    assert processes_of(other.data_dir) == []
    assert stack.pids() == before
    assert stack.status()["state"] == "ready"


def test_share_pages_are_hidden_from_robots_and_referrers(stack):
    answer = stack.get("/s/some-secret-token")

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


def test_no_token_and_no_query_reaches_the_access_log(stack):
    for path in (
        "/s/secret-one",
        "/api/s/secret-two/assets?q=secret-three",
        "/api/%73/secret-four",
        "/api/me?secret-five",
    ):
        stack.get(path, Referer="http://127.0.0.1/s/secret-six")

    log = stack.data_dir / "logs" / "nginx-access.log"
    assert until(lambda: '"path":"/api/s/-/assets"' in log.read_text(), seconds=10)
    assert until(lambda: '"path":"/api/me"' in log.read_text(), seconds=10)
    everything = "".join(each.read_text(errors="replace") for each in log.parent.glob("nginx*"))
    assert "secret-" not in everything


def test_client_address_cannot_be_claimed(stack):
    assert stack.get("/metrics", X_Forwarded_For="203.0.113.7", X_Real_IP="203.0.113.7").status == 200


def test_body_over_the_limit_is_refused_as_a_problem(stack):
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}/api/orgs",
        data=b"x" * 1_200_000,
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    answer = ask(request)

    assert answer.status == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/assets/%00", 404),
        ("GET", "/api/%2e%2e/%2e%2e/etc/passwd", 400),
        ("GET", "/api", 404),
        ("GET", "/assets/nothing.js", 404),
        ("POST", "/", 405),
        ("TRACE", "/api/me", 405),
        ("GET", "/api/" + "a" * 20_000, 414),
    ],
)
def test_what_the_front_refuses_itself_is_a_problem_too(stack, method, path, status):
    answer = ask(urllib.request.Request(f"http://127.0.0.1:{stack.port}{path}", method=method))

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == status


def test_inner_routes_are_not_reachable_from_outside(stack):
    assert stack.get("/_internal/revocations").status == 404


def test_doctor_finds_nothing_to_mend(stack):
    done = stack.dam("doctor")
    assert done.returncode == 0, done.stdout
    assert "a locked version can be neither deleted nor shortened" in done.stdout


def test_killed_supervisor_leaves_nothing_that_a_new_start_trips_over(spare):
    assert spare.up().returncode == 0
    os.kill(spare.supervisor, signal.SIGKILL)

    done = spare.up()

    assert done.returncode == 0, done.stdout + done.stderr
    assert spare.status()["state"] == "ready"
    spare.dam("down")
    assert processes_of(spare.data_dir) == []


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGKILL])
def test_attached_stack_ends_with_its_terminal(spare, which):
    attached = subprocess.Popen(
        spare.command("up", "--port", str(spare.port)),
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert until(lambda: spare.status()["state"] == "ready", seconds=120)
        attached.send_signal(which)
        assert until(lambda: attached.poll() is not None, seconds=20)
        assert until(lambda: not processes_of(spare.data_dir), seconds=20)
    finally:
        spare.dam("down")
        attached.wait()


def test_status_and_down_of_what_never_ran(tmp_path):
    stack = Stack(tmp_path / "data", find_free_base_port())

    assert stack.status() == {
        "state": "stopped",
        "portal_url": "",
        "api_url": "",
        "edge_url": "",
        "s3_url": "",
        "services": [],
        "warnings": [],
    }
    assert stack.dam("status").returncode == 1
    assert stack.dam("down").returncode == 0
