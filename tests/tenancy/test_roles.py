"""Every door, asked by everybody: what the table says is what happens."""

import pytest

from tests.tenancy.cells import Matrix, check_roles
from tests.tenancy.doors import DOORS, Door


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_each_role_is_answered_as_the_table_says(matrix: Matrix, door: Door):
    check_roles(matrix, door)
