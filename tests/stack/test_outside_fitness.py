"""A database or Redis that the platform cannot work with is refused at the start, with its remedy."""

from __future__ import annotations

import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from dam.stack.keys import load_or_make
from dam.stack.servers.outside import DatabaseFacts, database_faults, redis_faults, redis_warnings
from dam.stack.servers.service import LOOPBACK
from dam.stack.services import BackendHandle, find_free_base_port
from tests.stack.running import TIMEOUT_S, Stack, clean_environment, processes_of

FIT = DatabaseFacts(
    role="dam_app",
    version=160004,
    shown_version="16.4",
    bypasses=False,
    encoding="UTF8",
    database="dam",
    has_definer=True,
    may_create=False,
    may_act_as_definer=False,
)
MIGRATOR = replace(FIT, role="dam_migrator", may_create=True, may_act_as_definer=True)


@pytest.mark.parametrize(
    ("app", "migrator", "said"),
    [
        (replace(FIT, version=150008, shown_version="15.8"), MIGRATOR, "15.8 is too old: use 16"),
        (replace(FIT, bypasses=True), MIGRATOR, "ALTER ROLE dam_app NOSUPERUSER NOBYPASSRLS"),
        (replace(FIT, encoding="SQL_ASCII"), MIGRATOR, "ENCODING 'UTF8'"),
        (FIT, replace(MIGRATOR, role="dam_app"), "must own nothing"),
        (FIT, replace(MIGRATOR, has_definer=False), "CREATE ROLE dam_definer NOLOGIN"),
        (FIT, replace(MIGRATOR, may_act_as_definer=False), "GRANT dam_definer TO dam_migrator"),
        (FIT, replace(MIGRATOR, may_create=False), "ALTER DATABASE dam OWNER TO dam_migrator"),
    ],
)
def test_each_fault_of_a_database_has_its_remedy(
    app: DatabaseFacts, migrator: DatabaseFacts, said: str
) -> None:
    [fault] = database_faults(app, migrator=migrator)
    assert said in fault


def test_a_database_that_is_fit_has_no_faults() -> None:
    assert list(database_faults(FIT, migrator=MIGRATOR)) == []


def test_an_old_or_clustered_redis_is_refused_and_an_evicting_one_is_told() -> None:
    assert "6.0.16 is too old: use 6.2" in next(redis_faults({"redis_version": "6.0.16"}))
    assert "Redis Cluster" in next(redis_faults({"redis_version": "7.2.4", "redis_mode": "cluster"}))
    assert (
        list(redis_faults({"redis_version": "6.2.0"})) == list(redis_faults({"redis_version": "8.0.1"})) == []
    )
    assert "noeviction" in next(redis_warnings({"maxmemory_policy": "allkeys-lru"}))
    assert list(redis_warnings({"maxmemory_policy": "noeviction"})) == []


class _OldRedis(socketserver.StreamRequestHandler):
    """Answers INFO as Redis 6.0 would, and everything else with OK."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = [self.rfile.readline() and self.rfile.readline().strip() for _ in range(int(line[1:]))]
            text = b"redis_version:6.0.16\r\nredis_mode:standalone\r\n"
            answer = b"$%d\r\n%s\r\n" % (len(text), text) if words[0].upper() == b"INFO" else b"+OK\r\n"
            self.wfile.write(answer)


@contextmanager
def old_redis() -> Iterator[str]:
    with socketserver.ThreadingTCPServer((LOOPBACK, 0), _OldRedis) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"redis://{LOOPBACK}:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def start(stack: Stack, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        stack.command("up", "--detach", "--port", str(stack.port)),
        env=clean_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )


def test_a_start_with_an_old_redis_ends_before_anything_begins(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", find_free_base_port())

    with old_redis() as url:
        done = start(stack, {"REDIS_URL": url})

    assert done.returncode == 1
    assert done.stderr.strip() == "REDIS_URL: Redis 6.0.16 is too old: use 6.2 or newer."
    assert processes_of(stack.data_dir) == []


def test_a_start_with_roles_that_lack_rights_says_which(stores: BackendHandle, tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", find_free_base_port())
    keys = load_or_make(stores.layout.secrets_file)
    app, migrator = (urlsplit(stores.env[name]) for name in ("DATABASE_URL", "DATABASE_MIGRATOR_URL"))
    superuser = app._replace(netloc=f"postgres:{keys.postgres_superuser}@{LOOPBACK}:{app.port}")
    with psycopg.connect(urlunsplit(superuser), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bare_{os.getpid()}")

    bare = f"/bare_{os.getpid()}"
    done = start(
        stack,
        {
            "DATABASE_URL": urlunsplit(superuser._replace(path=bare)),
            "DATABASE_MIGRATOR_URL": urlunsplit(migrator._replace(path=bare)),
        },
    )

    assert done.returncode == 1
    assert "ALTER ROLE postgres NOSUPERUSER NOBYPASSRLS" in done.stderr
    assert f"ALTER DATABASE bare_{os.getpid()} OWNER TO dam_migrator" in done.stderr
    assert keys.postgres_superuser not in done.stdout + done.stderr
    assert processes_of(stack.data_dir) == []


def test_a_database_that_nobody_answers_for_is_named_without_its_password(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", find_free_base_port())
    nobody = f"{LOOPBACK}:9/dam"

    done = start(
        stack,
        {
            "DATABASE_URL": f"postgresql://dam_app:canary-word@{nobody}",
            "DATABASE_MIGRATOR_URL": f"postgresql://dam_migrator:canary-word@{nobody}",
        },
    )

    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL: ")
    assert "canary-word" not in done.stdout + done.stderr
