"""Stores of their own for the tests of the stack."""

from collections.abc import Iterator

import pytest

from dam.stack.services import BackendHandle, find_free_base_port, start_backends


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackendHandle]:
    handle = start_backends(tmp_path_factory.mktemp("stores") / "data", find_free_base_port())
    yield handle
    handle.stop()
