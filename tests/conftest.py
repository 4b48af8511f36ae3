"""The suite's ground: real Postgres, Redis and S3 of its own, a database of its own, and a fixed cast.

The stores start once, in the process that the command line started; every worker copies the migrated database.
Django is set up here, after the environment is known.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.utils.module_loading import import_string
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from dam.stack.services import BackendHandle, find_free_base_port, start_backends
from tests.databases import beside, new_database

ROOT = Path(__file__).resolve().parent.parent
ROOM_BYTES = 4 * 1024**3
_started: list[tuple[BackendHandle, Path]] = []
#: Areas whose tests wait long, for browsers, builds and services: begun last, they would hold up the end.
BEGUN_FIRST = ("e2e", "stack", "faults", "observability", "previews_room", "previews", "jobs", "ingest")
#: Files that share a platform, by how their ids begin, and the group that they are run as.
SHARING = {
    "tests/e2e/": "tests/e2e",
    "tests/manners/test_canaries.py": "tests/manners",
    "tests/manners/test_front.py": "tests/manners",
}


class Together(LoadFileScheduling):
    """A file's tests stay together, and so do files that share a platform: each worker would start one of its own."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        # By the number of its tests, what takes longest would come last.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        groups = (group for begin, group in SHARING.items() if nodeid.startswith(begin))
        return next(groups, None) or super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.path.relative_to(ROOT / "tests").parts[0]))


def _turn(area: str) -> int:
    return BEGUN_FIRST.index(area) if area in BEGUN_FIRST else len(BEGUN_FIRST)


def pytest_configure(config: pytest.Config) -> None:
    if "DAM_TEST_STORES" not in os.environ:
        _start_stores()
    _copy_database(os.environ.get("PYTEST_XDIST_WORKER", "main"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "dam.settings"
    django.setup()
    # As in every process of ours; without it, work that some test left would be told to no broker of ours.
    import_string("dam.celery.app").set_default()
    settings.ALLOWED_HOSTS.append("testserver")


def pytest_unconfigure(config: pytest.Config) -> None:
    for handle, directory in _started:
        handle.stop()
        shutil.rmtree(directory, ignore_errors=True)


DAY_S = 86_400


def _start_stores() -> None:
    directory = Path(tempfile.mkdtemp(prefix="dam-test-", dir=_roomy_memory()))
    port = find_free_base_port()
    handle = start_backends(directory / "stores", port)
    _started.append((handle, directory))
    os.environ.update(handle.env)
    os.environ.update(
        DAM_TEST_STORES="1",
        DAM_DATA_DIR=str(directory / "data"),
        DAM_PORT=str(port),
        DAM_PORTAL_URL=f"http://127.0.0.1:{port}",
        EDGE_URL=f"http://127.0.0.1:{port + 1}",
        EDGE_SIGNING_KEY="test-edge-signing-key-of-32-characters",
        DAM_SECRET_KEY="a-key-for-tests-alone",
        DAM_JWT_PRIVATE_KEY=_private_key(),
        RATE_LIMIT_SCALE="0",
        # Jobs that a test leaves in the queue grow old beside those of others.
        PREVIEW_QUICK_AFTER=str(DAY_S),
        PREVIEW_WAIT_AFTER=str(DAY_S),
        PREVIEW_DROP_AFTER=str(DAY_S),
        # The browser's driver keeps an event loop in its worker's thread; the rows are still read one at a time.
        DJANGO_ALLOW_ASYNC_UNSAFE="1",
    )
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=os.environ | {"DAM_DATABASE_ROLE": "migrator"},
        check=True,
    )


def _roomy_memory() -> Path | None:
    """Return the memory file system where there is one with room: the stores sync every commit."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES else None


def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _copy_database(worker: str) -> None:
    """Give this worker a copy of the migrated database, owned by the migrator, used as the app role."""
    name = f"dam_test_{worker}"
    new_database(os.environ["DATABASE_MIGRATOR_URL"], name)
    for variable in ("DATABASE_URL", "DATABASE_MIGRATOR_URL"):
        os.environ[variable] = beside(os.environ[variable], name)


@pytest.fixture
def db() -> Iterator[None]:
    """Run the test inside a transaction that is rolled back."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def committed() -> Iterator[None]:
    """Let the test commit: for threads, workers and servers. Its organisations are its own, nothing is cleaned."""
    from django.db import connections

    yield
    connections.close_all()


@pytest.fixture
def cast(db: None):
    """Everybody, inside the rolled-back transaction."""
    from tests.cast import build_cast

    return build_cast()


@pytest.fixture
def committed_cast(committed: None):
    """Everybody, committed, for tests that other threads or processes must see."""
    from tests.cast import build_cast

    return build_cast()
