"""Rigs on the suite's stores; a database of their own each."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dam.stack.services import find_free_base_port
from tests.faults.rig import BACKGROUND, ENCODE, SHORT, WEB, Rig, database_on


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with database_on(dict(os.environ)) as address:
        one = Rig(env=address, directory=tmp_path_factory.mktemp("rig"), port=find_free_base_port())
        one.begin()
        try:
            one.start("web", WEB)
            one.start("background", BACKGROUND)
            one.start("short", SHORT)
            one.start("encode", ENCODE)
            yield one
        finally:
            one.end()
