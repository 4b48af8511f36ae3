"""A rig on the suite's stores, with a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.rig import Rig, database_on, manned


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with (
        database_on(dict(os.environ)) as address,
        manned(address, directory=tmp_path_factory.mktemp("rig")) as one,
    ):
        yield one
