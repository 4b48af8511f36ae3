"""Every door once outside a test's transaction, as in service: what needs one must open it itself."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connections

from assets.services.shoots import NOTHING_LEFT
from dam.core.errors import CANNOT_BE_SEEN
from orgs.models import ApiToken
from tests.tenancy.cells import Question
from tests.tenancy.doors import DOORS, Door
from tests.tenancy.house import House, build_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    yield build_house()
    connections.close_all()


def spare_token(house: House) -> UUID:
    """Return a token of the owner that nobody asks with."""
    return (
        ApiToken.objects.exclude(id=house.own.ids["token of owner"])
        .filter(user=house.cast.owner.person)[0]
        .id
    )


# The doors that read come first, those that take away last.
ORDER = sorted(DOORS, key=lambda each: ["GET", "POST", "PUT", "PATCH", "DELETE"].index(each.method))


@pytest.mark.parametrize("door", ORDER, ids=lambda door: door.name)
def test_a_door_opens_outside_a_tests_own_transaction(house: House, door: Door):
    own = house.own.ids | {"token": str(spare_token(house))}
    api = house.caller("guest" if door.least == "link" else "owner", by_session=door.by_session)

    answer = api.send(door.method, Question(door, own).address, Question(door, own).body)

    # What went before may be in the way (409) or gone (404, or not to be named any more); nothing may fail.
    is_gone = answer.status == 400 and all(
        each in ([CANNOT_BE_SEEN], [NOTHING_LEFT]) for each in answer.errors.values()
    )
    assert is_gone or answer.status in {*door.passes, 404, 409}, answer
