"""A rig on the suite's stores, with a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.disks import can_mount
from tests.faults.rig import Rig, database_on, manned

HAS_DISKS = can_mount()
collect_ignore_glob = [] if HAS_DISKS else ["test_full_disk.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_DISKS:
        terminalreporter.line("not run here: tests/faults/test_full_disk.py (no user namespaces)")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with (
        database_on(dict(os.environ)) as address,
        manned(address, directory=tmp_path_factory.mktemp("rig")) as one,
    ):
        yield one
