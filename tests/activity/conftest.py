from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.activity.sockets import LiveProcess


@pytest.fixture(scope="module")
def live() -> Iterator[LiveProcess]:
    from tests.activity.sockets import LiveProcess  # models: only once Django is set up

    process = LiveProcess()
    yield process
    process.stop()
