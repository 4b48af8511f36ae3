"""One pooled connection for many tenants: whatever one leaves behind, the next finds no tenant and sees its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from dam.core import tenancy
from orgs.models import Project
from tests.cast import Cast

TURNS = 1000


class Broken(Exception):
    pass


@pytest.fixture
def one_connection(committed: None) -> Iterator[None]:
    """Work through a pool of exactly one connection, reset as the settings say."""
    before = connections["default"]
    configured = deepcopy(before.settings_dict)
    configured["OPTIONS"] = settings.DATABASES["default"]["OPTIONS"] | {}
    configured["OPTIONS"]["pool"] = configured["OPTIONS"]["pool"] | {"min_size": 1, "max_size": 1}
    small = before.__class__(configured, "small")
    connections["default"] = small
    yield
    small.close()
    small.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
    connections["default"] = before


def tenant() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.organization_id', true), ''), "
            "coalesce(current_setting('app.member_of', true), '')"
        )
        found: tuple[str, str] = cursor.fetchone()
    return found


def seen() -> list[UUID]:
    """Return the projects that row-level security alone lets through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orgs_project")
        return [each for (each,) in cursor.fetchall()]


def read(organization_id: UUID) -> None:
    with tenancy.scope(organization_id):
        list(Project.objects.all())


def break_off(organization_id: UUID) -> None:
    with suppress(Broken), tenancy.scope(organization_id):
        raise Broken


def fail_in_the_database(organization_id: UUID) -> None:
    with suppress(DatabaseError), tenancy.scope(organization_id), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def roll_a_savepoint_back(organization_id: UUID) -> None:
    with tenancy.scope(organization_id):
        with suppress(Broken), transaction.atomic():
            raise Broken
        assert len(seen()) == 1


def be_cancelled(organization_id: UUID) -> None:
    with suppress(DatabaseError), tenancy.scope(organization_id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(1)")


def nest(organization_id: UUID) -> None:
    with tenancy.membership([organization_id]), tenancy.scope(organization_id):
        assert len(seen()) == 1


def set_for_the_session(organization_id: UUID) -> None:
    """What no code of ours does, and a library might: the setting would outlive the borrower."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organization_id', %s, false)", [str(organization_id)])
        cursor.execute("SELECT set_config('app.member_of', %s, false)", [str(organization_id)])


def walk_away(organization_id: UUID) -> None:
    """Leave a transaction open, as a thread does that dies."""
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])


WAYS = [
    read,
    break_off,
    fail_in_the_database,
    roll_a_savepoint_back,
    be_cancelled,
    nest,
    set_for_the_session,
    walk_away,
]


def test_a_thousand_alternating_tenants_leave_nothing_behind(one_connection: None, committed_cast: Cast):
    places = [committed_cast.project, committed_cast.foreign]
    for turn in range(TURNS):
        place, way = places[turn % 2], WAYS[(turn // 2) % len(WAYS)]
        assert tenant() == ("", ""), (turn, way)
        assert seen() == [], (turn, way)
        way(place.organization_id)
        connection.close()
        if turn % 10 == 0:
            with tenancy.scope(place.organization_id):
                assert seen() == [place.id], (turn, way)
            connection.close()


def test_requests_of_two_tenants_in_turn_see_their_own(one_connection: None, committed_cast: Cast):
    cast = committed_cast
    for _ in range(20):
        assert [each["id"] for each in cast.owner.get("/api/projects")["results"]] == [str(cast.project.id)]
        assert cast.owner.post("/api/projects", raw=b"\xff").status == 400
        assert cast.owner.get(f"/api/projects/{cast.foreign.id}").status == 404
        assert [each["id"] for each in cast.stranger.get("/api/projects")["results"]] == [
            str(cast.foreign.id)
        ]
        assert tenant() == ("", "")
