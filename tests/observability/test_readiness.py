"""`/readyz` with dependencies that are really stopped, or hang; `/healthz` beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dam.stack.services import BackendHandle, find_free_base_port, start_backends
from tests.observability.platform_processes import ROOT, Answer, Platform, platform, wait_for

PATIENCE_S = 2.6


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackendHandle]:
    port = find_free_base_port()
    handle = start_backends(tmp_path_factory.mktemp("ready") / "data", port)
    yield handle
    handle.stop()


@pytest.fixture(scope="module")
def api(stores: BackendHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    env = stores.env | {"DAM_LOG_LEVEL": "INFO", "EDGE_CONTROL_URL": "http://127.0.0.1:1"}
    with platform(tmp_path_factory.mktemp("api"), "api", **env) as made:
        wait_for(lambda: _answers(made))
        unmigrated = made.get("/readyz")
        assert unmigrated.status == 503
        assert unmigrated.json["dependencies"]["migrations"]["error"] in {"NotMigrated", "UndefinedTable"}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=ROOT,
            env=os.environ | env | {"DAM_DATABASE_ROLE": "migrator"},
            check=True,
        )
        wait_for(lambda: made.get("/readyz").status == 200)
        yield made


def _answers(api: Platform) -> bool:
    try:
        return api.get("/healthz").status == 200
    except OSError:
        return False


@contextmanager
def hanging(stores: BackendHandle, name: str) -> Iterator[None]:
    """Stop every process of a store, so that it accepts connections and says nothing."""
    [root] = [process.pid for service, process in stores.running if service.name == name]
    stopped = family(root)
    for each in stopped:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in stopped:
            os.kill(each, signal.SIGCONT)


def family(pid: int) -> list[int]:
    """A process and all below it."""
    below = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [pid, *(each for child in below for each in family(child))]


def timed(api: Platform, path: str) -> tuple[Answer, float]:
    started = time.monotonic()
    answer = api.get(path)
    return answer, time.monotonic() - started


def away(answer: Answer) -> set[str]:
    found: dict[str, Any] = answer.json["dependencies"]
    return {name for name, each in found.items() if not each["ok"]}


@pytest.mark.parametrize(
    ("store", "dependency"), [("redis", "redis"), ("s3", "storage"), ("postgres", "database")]
)
def test_a_dependency_that_hangs_is_named_within_two_seconds(
    api: Platform, stores: BackendHandle, store: str, dependency: str
):
    with hanging(stores, store):
        wait_for(lambda: api.get("/readyz").status == 503)
        time_taken = [timed(api, "/readyz") for _ in range(2)]
        health, health_s = timed(api, "/healthz")

    for answer, seconds in time_taken:
        assert answer.status == 503
        assert dependency in away(answer)
        assert away(answer) <= {dependency, "migrations"}
        assert seconds < PATIENCE_S
    assert (health.status, health_s < 0.5) == (200, True)
    wait_for(lambda: api.get("/readyz").status == 200)


def test_a_database_that_only_reads_is_not_ready(api: Platform, stores: BackendHandle):
    with psycopg.connect(stores.env["DATABASE_URL"], autocommit=True) as app:
        app.execute("ALTER ROLE CURRENT_USER SET default_transaction_read_only = on")
        try:
            _end_sessions_of(app)
            wait_for(lambda: "database" in away(api.get("/readyz")))
            found = api.get("/readyz")
        finally:
            app.execute("SET default_transaction_read_only = off")
            app.execute("ALTER ROLE CURRENT_USER RESET default_transaction_read_only")
            _end_sessions_of(app)

    assert (found.status, away(found)) == (503, {"database"})
    assert found.json["dependencies"]["database"]["error"] == "ReadOnly"
    wait_for(lambda: api.get("/readyz").status == 200)


def _end_sessions_of(app: psycopg.Connection) -> None:
    """Have everybody else of this role connect anew."""
    app.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
    )


def test_many_probes_at_once_ask_the_dependencies_once(api: Platform):
    def calls() -> float:
        text = api.get("/metrics").body.decode()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line.startswith('dam_storage_calls_total{operation="probe"')
        )

    before, started = calls(), time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.get("/readyz").status, range(100)))
    seconds = time.monotonic() - started

    assert set(answers) == {200}
    assert calls() - before <= seconds + 2


def test_a_store_that_is_gone_is_told_without_hosts_or_names(api: Platform, stores: BackendHandle):
    [redis] = [process for service, process in stores.running if service.name == "redis"]
    redis.kill()
    redis.wait()

    wait_for(lambda: api.get("/readyz").status == 503)
    answer = api.get("/readyz")
    lines = [line for line in api.lines("api") if line["event"] == "readiness.changed"]

    assert away(answer) == {"redis"}
    assert answer.json["dependencies"]["redis"]["error"] == "ConnectionError"
    for detail in ("127.0.0.1", "dam_app", "redis://", str(stores.layout.ports.redis)):
        assert detail not in answer.body.decode()
    assert lines[-1]["away"] == {"redis": "ConnectionError"}
    assert not [line for line in lines if line.get("route")]
    assert Path(api.directory / "api.log").stat().st_size < 1_000_000


def asked_for_me(api: Platform, request_id: str) -> tuple[Answer, list[dict[str, Any]]]:
    """Ask with a token that must not be told of, and return the answer and the log lines of that request."""
    headers = {"Authorization": "Bearer dam_canarycanarycanarycanary", "X-Request-ID": request_id}
    answer = api.send("GET", "/api/me", headers=headers)
    ours = [line for line in api.lines("api") if line.get("request_id") == request_id]
    assert "canary" not in str(ours)
    return answer, ours


def test_an_unknown_error_is_one_line_with_its_exception_and_its_page(api: Platform, stores: BackendHandle):
    with psycopg.connect(stores.env["DATABASE_MIGRATOR_URL"], autocommit=True) as migrator:
        migrator.execute("ALTER TABLE orgs_apitoken RENAME TO orgs_gone")
        try:
            answer, ours = asked_for_me(api, "no-table")
        finally:
            migrator.execute("ALTER TABLE orgs_gone RENAME TO orgs_apitoken")

    assert answer.status == 500
    assert [line["event"] for line in ours if line["level"] == "error"] == ["request.failed"]
    [failed, served] = [line for line in ours if line["event"].startswith("request.")]
    assert "Traceback" in failed["exception"]
    assert failed["runbook"] == "runbooks/unexpected-error.md"
    assert (served["route"], served["status"]) == ("api/me", answer.status)


def test_a_database_that_is_away_is_told_in_one_line_that_names_no_secret(
    api: Platform, stores: BackendHandle
):
    [postgres] = [process for service, process in stores.running if service.name == "postgres"]
    postgres.kill()
    postgres.wait()
    wait_for(lambda: "database" in away(api.get("/readyz")))

    answer, ours = asked_for_me(api, "no-database")

    assert answer.status == 503
    told = [(line["event"], line["level"]) for line in ours]
    assert told == [("request.unavailable", "warning"), ("request.served", "info")]
    assert stores.env["DATABASE_URL"].partition("//")[2].partition("@")[0] not in str(ours)
