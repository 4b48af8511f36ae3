"""The scratch disk is full, or fills up under a build: the job says so in words, and nothing is stuck."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults import disks
from tests.faults.rig import Rig, database_on, manned


@pytest.fixture(scope="module")
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with (
        database_on(dict(os.environ)) as address,
        manned(address, directory=tmp_path_factory.mktemp("rig"), disk_mb=disks.ROOMY_MB) as rig,
    ):
        yield rig


def test_a_full_disk_is_told_in_words_and_the_build_waits_for_room(cramped: Rig) -> None:
    assert disks.disk_full(cramped, for_long=False).notes == []


def test_a_disk_that_fills_up_under_a_build_costs_one_try(cramped: Rig) -> None:
    assert disks.disk_fills_up(cramped).notes == []
