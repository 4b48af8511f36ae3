"""A database that is away: who asks is told to come back, and no work is blamed for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DataError, connection, transaction

from dam.core.db import line_of_its_own
from dam.core.outages import is_database_away
from tests.cast import Cast


@contextmanager
def read_only() -> Iterator[None]:
    """Be served by a database that has to give way to another."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        yield
        cursor.execute("RESET default_transaction_read_only")


def test_a_write_during_a_failover_may_come_again(committed_cast: Cast, caplog: pytest.LogCaptureFixture):
    project = f"/api/projects/{committed_cast.project.id}"
    with read_only():
        assert committed_cast.owner.get(project).status == 200
        refused = committed_cast.owner.patch(project, {"name": "Other"})

    assert (refused.status, refused.problem) == (503, "unavailable")
    assert refused.headers["Retry-After"] == "5"
    assert [each for each in caplog.records if each.message == "request.failed"] == []
    assert committed_cast.owner.patch(project, {"name": "Other"}).status == 200


def test_a_request_whose_connection_is_cut_may_come_again(committed_cast: Cast):
    project = f"/api/projects/{committed_cast.project.id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(line_of_its_own("test"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    refused = committed_cast.owner.patch(project, {"name": "Other"})

    assert (refused.status, refused.problem) == (503, "unavailable")
    assert committed_cast.owner.patch(project, {"name": "Other"}).status == 200


@pytest.mark.parametrize(
    ("code", "is_away"),
    [
        ("08006", True),
        ("53100", True),
        ("53300", True),
        ("57P01", True),
        ("57P03", True),
        ("25006", True),
        ("57014", False),
        ("40P01", False),
        ("23505", False),
    ],
)
def test_codes_of_outages(code: str, is_away: bool):
    assert is_database_away(psycopg.errors.lookup(code)()) is is_away


def test_what_the_database_refuses_is_no_outage(db: None):
    with pytest.raises(DataError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    assert not is_database_away(caught.value)
    assert not is_database_away(ValueError())
