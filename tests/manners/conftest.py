"""The whole platform, once for the tests that need it."""

from collections.abc import Iterator

import pytest

from dam.stack.services import find_free_base_port
from tests.manners.platform import Platform
from tests.stack.running import Stack


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    stack = Stack(tmp_path_factory.mktemp("manners") / "data", find_free_base_port())
    started = stack.up()
    assert started.returncode == 0, started.stdout + started.stderr
    yield Platform(stack)
    stack.dam("down")
