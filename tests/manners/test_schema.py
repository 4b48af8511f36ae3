"""The API answers as its document says, whatever is sent to it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings

from dam.wsgi import application
from tests.cast import Cast, build_cast
from tests.manners.world import World, make_world

EXAMPLES = int(os.environ.get("DAM_SCHEMA_EXAMPLES", "2"))


def kept(environ: Any, start_response: Any) -> Any:
    """Serve without closing the connection whose transaction the test rolls back."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    return application(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", kept)


@pytest.fixture(autouse=True)
def _close_connections_again() -> Iterator[None]:
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture(scope="module")
def whole_world() -> Iterator[World]:
    """One of everything for all operations, taken back with everything in it at the end."""
    with transaction.atomic():
        yield make_world(build_cast())
        transaction.set_rollback(True)


@pytest.fixture
def world(whole_world: World) -> Iterator[World]:
    """The world as it was made, whatever the operation before this one did to it."""
    with transaction.atomic():
        yield whole_world
        transaction.set_rollback(True)


def test_the_document_comes_as_json_where_the_address_asks_for_it(cast: Cast) -> None:
    answer = cast.nobody.get("/api/schema/?format=json")

    assert (answer.status, answer["openapi"][:3]) == (200, "3.1")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_api(case: Any, world: World) -> None:
    world.place(case)

    # An id may have the right form and name nothing: the document cannot say so.
    case.call_and_validate(
        headers=world.headers_for(case), excluded_checks=[schemathesis.checks.positive_data_acceptance]
    )
