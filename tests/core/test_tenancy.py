"""The fences: the manager that raises, row-level security behind it, composite keys, clean pool connections."""

import os

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from dam.core import tenancy
from dam.core.db import new_id
from orgs.models import Client, Project
from orgs.queries import actor_of_user
from tests.cast import Cast


def tenant_tables() -> list[str]:
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if any(field.attname == "organization_id" for field in model._meta.concrete_fields)
    )


def test_a_query_outside_a_scope_raises(db: None):
    with pytest.raises(tenancy.OutsideScope):
        list(Project.objects.all())


def test_without_the_manager_row_level_security_alone_hides_other_tenants(cast: Cast):
    with tenancy.scope(cast.foreign.organization_id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orgs_project")

        assert [row[0] for row in cursor.fetchall()] == [cast.foreign.id]


def test_without_a_tenant_every_tenant_table_is_empty(cast: Cast):
    with connection.cursor() as cursor:
        for table in tenant_tables():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            assert cursor.fetchone()[0] == 0, table


def test_every_tenant_table_forces_row_level_security_with_an_inline_policy(db: None):
    with connection.cursor() as cursor:
        for table in [*tenant_tables(), "orgs_organization"]:
            cursor.execute(
                "SELECT c.relrowsecurity, c.relforcerowsecurity, pg_get_expr(p.polqual, p.polrelid) "
                "FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant' WHERE c.relname = %s",
                [table],
            )
            row = cursor.fetchone()
            assert row, table
            assert row[:2] == (True, True), table
            assert "select" not in row[2].lower(), table


def test_the_application_owns_nothing_and_bypasses_nothing(db: None):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        owned = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolbypassrls AND rolname LIKE 'dam%%'")

        assert (owned, cursor.fetchone()[0]) == (0, 0)


@pytest.mark.parametrize(
    "statement", ["ALTER TABLE orgs_project DISABLE ROW LEVEL SECURITY", "DELETE FROM core_kind"]
)
def test_the_application_cannot_take_the_fence_down(db: None, statement: str):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_row_cannot_point_into_another_organisation(cast: Cast):
    with tenancy.scope(cast.foreign.organization_id):
        foreign_client = Client.objects.create(name="Theirs", slug="theirs")

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError), tenancy.scope(cast.org_id):
        Project.objects.create(name="Mine", slug="mine", client_id=foreign_client.id)


def test_a_row_cannot_be_written_into_another_organisation(cast: Cast):
    with pytest.raises(DatabaseError), tenancy.scope(cast.org_id):
        Project.objects.create(name="Mine", slug="mine", organization_id=cast.foreign.organization_id)


def test_scopes_nest_and_give_the_outer_one_back(cast: Cast):
    with tenancy.scope(cast.org_id):
        with tenancy.scope(cast.foreign.organization_id):
            assert Project.objects.get().id == cast.foreign.id
        assert Project.objects.get().id == cast.project.id


def test_a_failed_inner_scope_gives_the_outer_one_back(cast: Cast):
    with tenancy.scope(cast.org_id):
        with pytest.raises(KeyError), tenancy.scope(cast.foreign.organization_id):
            raise KeyError
        assert Project.objects.get().id == cast.project.id


def test_no_borrower_of_a_pooled_connection_inherits_a_tenant(committed_cast: Cast):
    cast = committed_cast
    for turn in range(50):
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('app.organization_id', true), '')")
            assert cursor.fetchone()[0] == "", turn
            if turn % 2:
                cursor.execute("SELECT set_config('app.organization_id', %s, false)", [str(cast.org_id)])
        connection.close()


def test_organization_of_answers_the_owner_and_nothing_else(cast: Cast):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organization_of('project', %s), organization_of('project', %s)",
            [cast.project.id, new_id()],
        )

        assert cursor.fetchone() == (cast.org_id, None)


def test_a_connection_that_the_server_has_left_is_not_lent(committed: None):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (dead,) = cursor.fetchone()
    connection.close()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as beside:
        beside.execute("SELECT pg_terminate_backend(%s, 5000)", [dead])

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != dead


def test_one_call_opens_the_scope_and_tells_the_owners(committed_cast: Cast):
    cast = committed_cast
    named = [("project", cast.project.id), ("project", cast.foreign.id), ("asset", new_id())]

    with CaptureQueriesContext(connection) as asked, tenancy.arrival(named):
        actor_of_user(cast.viewer.person.id)
        owners = [tenancy.organization_of(*each) for each in named]
        with tenancy.scope(cast.org_id):
            assert Project.objects.get().id == cast.project.id

    assert owners == [cast.org_id, cast.foreign.organization_id, None]
    assert len([each for each in asked if each["sql"] not in ("BEGIN", "COMMIT")]) == 2


def test_a_call_for_foreign_things_opens_nothing(committed_cast: Cast):
    cast = committed_cast
    with tenancy.arrival([("project", cast.foreign.id)]):
        actor_of_user(cast.viewer.person.id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('app.organization_id', true), '')")
            assert cursor.fetchone()[0] == ""
