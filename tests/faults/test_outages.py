"""Redis and Postgres go away, or forget everything, under load: nothing is lost, nothing happens twice."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dam.stack.services import find_free_base_port
from tests.faults import outages
from tests.faults.rig import Rig, manned
from tests.faults.stores import Stores, own_stores


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    with own_stores(tmp_path_factory.mktemp("stores") / "data", port=find_free_base_port()) as started:
        yield started


@pytest.fixture(scope="module")
def mortal(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with manned(dict(os.environ) | stores.env, directory=tmp_path_factory.mktemp("rig")) as rig:
        yield rig


def test_redis_forgets_everything_while_work_is_queued_and_running(mortal: Rig, stores: Stores) -> None:
    assert outages.redis_flushed(mortal, stores).notes == []


def test_redis_is_killed_under_load(mortal: Rig, stores: Stores) -> None:
    assert outages.redis_restarted(mortal, stores).notes == []


def test_redis_has_no_memory_left(mortal: Rig, stores: Stores) -> None:
    assert outages.redis_full(mortal, stores).notes == []


def test_postgres_crashes_under_load(mortal: Rig, stores: Stores) -> None:
    assert outages.postgres_restarted(mortal, stores).notes == []


def test_postgres_crashes_while_nobody_asks(mortal: Rig, stores: Stores) -> None:
    assert outages.postgres_restarted_unnoticed(mortal, stores).notes == []
