"""Every id that a door takes, in its path, its body or its query: what cannot be seen reads like what is not there."""

import pytest

from tests.tenancy.cells import Matrix, check_bodies, check_paths, check_queries
from tests.tenancy.doors import DOORS, Door


@pytest.mark.parametrize("door", [each for each in DOORS if each.path], ids=lambda door: door.name)
def test_what_cannot_be_seen_is_not_found_by_its_path(matrix: Matrix, door: Door):
    check_paths(matrix, door)


@pytest.mark.parametrize("door", [each for each in DOORS if each.ids], ids=lambda door: door.name)
def test_what_cannot_be_seen_is_an_error_of_its_field(matrix: Matrix, door: Door):
    check_bodies(matrix, door)


@pytest.mark.parametrize("door", [each for each in DOORS if each.query], ids=lambda door: door.name)
def test_what_cannot_be_seen_narrows_no_list(matrix: Matrix, door: Door):
    check_queries(matrix, door)
