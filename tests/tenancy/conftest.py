"""One house for each module, inside one transaction that is rolled back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.tenancy.cells import Matrix


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    from django.db import transaction

    from tests.tenancy.cells import Matrix
    from tests.tenancy.house import build_house

    with transaction.atomic():
        yield Matrix(build_house())
        transaction.set_rollback(True)
