"""The API behind networks that confirm everything and answer nothing, or stop in the middle of an answer, or cut."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from dam.stack.services import BackendHandle, find_free_base_port, start_backends
from tests.faults.tcp_proxy import Mood, TcpProxy
from tests.observability.platform_processes import ROOT, Answer, Platform, platform, wait_for

SILENT_AFTER_S = 3
#: The wait for a byte, for a new connection, and what a busy machine adds.
AT_MOST_S = SILENT_AFTER_S + 10 + 5
ASKING = 4


@dataclass(frozen=True)
class Networks:
    database: TcpProxy
    redis: TcpProxy


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackendHandle]:
    handle = start_backends(tmp_path_factory.mktemp("networks") / "data", find_free_base_port())
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=os.environ | handle.env | {"DAM_DATABASE_ROLE": "migrator"},
        check=True,
    )
    yield handle
    handle.stop()


@pytest.fixture(scope="module")
def networks(stores: BackendHandle) -> Iterator[Networks]:
    made = Networks(
        *(TcpProxy(urlsplit(stores.env[each]).port or 0) for each in ("DATABASE_URL", "REDIS_URL"))
    )
    yield made
    made.database.close()
    made.redis.close()


@pytest.fixture(scope="module")
def api(
    stores: BackendHandle, networks: Networks, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    through = {
        "DATABASE_URL": _through(networks.database, stores.env["DATABASE_URL"]),
        "REDIS_URL": _through(networks.redis, stores.env["REDIS_URL"]),
        "DAM_DATABASE_SILENT_AFTER": str(SILENT_AFTER_S),
        "EDGE_CONTROL_URL": "http://127.0.0.1:1",
    }
    with platform(tmp_path_factory.mktemp("api"), "api", **stores.env | through) as made:
        wait_for(lambda: _is_ready(made))
        yield made


def _through(proxy: TcpProxy, address: str) -> str:
    return address.replace(f":{urlsplit(address).port}", f":{proxy.port}")


def _is_ready(api: Platform) -> bool:
    try:
        return api.get("/readyz").status == 200
    except OSError:
        return False


def _asked(api: Platform) -> tuple[Answer, float]:
    """Ask what needs the database; the API answers 401 where it has asked it."""
    started = time.monotonic()
    answer = api.send("GET", "/api/me", headers={"Authorization": "Bearer dam_nobodysnobodysnobodysnobodys"})
    return answer, time.monotonic() - started


@pytest.mark.parametrize(
    ("mood", "after_bytes"), [("silent", None), ("silent", 20), ("reset", None), ("reset", 20)]
)
def test_requests_are_told_to_come_back_while_the_network_to_the_database_is_bad(
    api: Platform, networks: Networks, mood: Mood, after_bytes: int | None
):
    assert _asked(api)[0].status == 401
    with networks.database.in_mood(mood, after_bytes=after_bytes), ThreadPoolExecutor(ASKING) as pool:
        answers = [future.result() for future in [pool.submit(_asked, api) for _ in range(ASKING)]]

    for answer, seconds in answers:
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert seconds < AT_MOST_S
    wait_for(lambda: _asked(api)[0].status == 401, timeout_s=10)


def test_an_answer_that_trickles_is_waited_for(api: Platform, networks: Networks):
    with networks.database.in_mood("slow"):
        answer, _ = _asked(api)

    assert answer.status == 401


@pytest.mark.parametrize("mood", ["silent", "slow", "reset"])
def test_requests_go_on_while_the_network_to_redis_is_bad(api: Platform, networks: Networks, mood: Mood):
    with networks.redis.in_mood(mood):
        answers = [_asked(api) for _ in range(3)]

    for answer, seconds in answers:
        assert answer.status in {401, 503}
        assert seconds < 8
    wait_for(lambda: _is_ready(api), timeout_s=10)
