"""Row-level security alone: with the manager answering everything, nothing leaks and every refusal stays the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from dam.core import tenancy
from orgs.models import Project
from tests.tenancy.cells import Matrix, check_bodies, check_paths, check_queries, check_roles
from tests.tenancy.doors import DOORS, Door
from tests.tenancy.fences import without_manager
from tests.tenancy.house import build_house


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with without_manager(), transaction.atomic():
        yield Matrix(build_house(), is_brief=True)
        transaction.set_rollback(True)


def test_the_manager_is_off(matrix: Matrix):
    with tenancy.scope(matrix.house.own.organization.id):
        assert "WHERE" not in str(Project.objects.all().query)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_every_door_holds(matrix: Matrix, door: Door):
    if door.method == "GET":
        check_roles(matrix, door)
    check_paths(matrix, door)
    check_bodies(matrix, door)
    check_queries(matrix, door)
