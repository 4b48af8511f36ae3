"""The fences as the database knows them, read from its catalogue: every table, key, policy and door."""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from psycopg import sql

from assets.models import Asset, Collection, CollectionItem, Version
from comments.models import Comment
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.db import TenantModel, new_id
from orgs.models import Grant, Project
from orgs.queries import actor_of_token, actor_of_user
from orgs.services import Reach, create_organization, issue_token
from orgs.tokens import token_hash
from shares.models import Share
from tests.assets.catalogue import deliver, new_digest
from tests.cast import Cast

TENANT_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE a.attname = 'organization_id' AND c.relkind IN ('r', 'p') AND NOT a.attisdropped ORDER BY 1"
)


def ask(statement: Any, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def tenant_tables() -> list[str]:
    return [name for (name,) in ask(TENANT_TABLES)]


def test_every_tenant_model_has_a_table_that_names_its_tenant(db: None):
    known = {each._meta.db_table for each in apps.get_models() if issubclass(each, TenantModel)}

    assert known <= set(tenant_tables())
    assert len(known) > 15


def test_every_tenant_table_forces_inline_row_level_security_for_reads_and_writes(db: None):
    for table in tenant_tables():
        [(enabled, forced, using, checked, command)] = ask(
            "SELECT c.relrowsecurity, c.relforcerowsecurity, pg_get_expr(p.polqual, p.polrelid), "
            "pg_get_expr(p.polwithcheck, p.polrelid), p.polcmd FROM pg_class c "
            "JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant' WHERE c.relname = %s",
            table,
        )
        assert (enabled, forced, command) == (True, True, "*"), table
        assert using == checked, table
        assert "SELECT" not in using, table
        assert "current_setting('app.organization_id'::text, true)" in using, table


def test_only_the_migrator_and_the_definer_have_policies_that_let_everything_pass(db: None):
    roles = {settings.DATABASE_ROLES["migrator"], settings.DATABASE_ROLES["definer"]}
    open_to = ask(
        "SELECT DISTINCT r.rolname FROM pg_policy p CROSS JOIN unnest(p.polroles) o JOIN pg_roles r ON r.oid = o "
        "WHERE pg_get_expr(p.polqual, p.polrelid) = 'true'"
    )
    everybody = ask(
        "SELECT count(*) FROM pg_policy p WHERE pg_get_expr(p.polqual, p.polrelid) = 'true' AND 0 = ANY (p.polroles)"
    )

    assert {name for (name,) in open_to} <= roles
    assert everybody == [(0,)]


def test_the_application_is_nobodys_heir_and_owns_nothing(db: None):
    for role in (settings.DATABASE_ROLES["migrator"], settings.DATABASE_ROLES["definer"]):
        assert ask("SELECT pg_has_role(current_user, %s, 'MEMBER')", role) == [(False,)], role
    assert ask("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == [(0,)]
    assert ask("SELECT count(*) FROM pg_proc WHERE proowner = current_user::regrole") == [(0,)]
    assert ask("SELECT rolbypassrls, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user") == [
        (False, False, False)
    ]


def test_every_door_has_a_fixed_path_and_opens_for_our_roles_alone(db: None):
    doors = ask(
        "SELECT p.proname, r.rolname, p.proconfig, has_function_privilege('public', p.oid, 'EXECUTE') "
        "FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner "
        "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname = 'public'"
    )

    assert len(doors) > 5
    for name, owner, configuration, is_public in doors:
        assert owner == settings.DATABASE_ROLES["definer"], name
        assert configuration == ["search_path=public, pg_temp"], name
        assert not is_public, name


def test_no_view_looks_past_the_fence(db: None):
    assert ask("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []
    assert ask("SELECT matviewname FROM pg_matviews") == []


def test_without_a_tenant_every_table_is_empty(cast: Cast):
    for table in [*tenant_tables(), "orgs_organization"]:
        [(count,)] = ask(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        assert count == 0, table


@pytest.mark.parametrize("value", ["", "00000000-0000-7000-8000-000000000000"])
def test_an_empty_or_unknown_tenant_sees_nothing_and_writes_nothing(cast: Cast, value: str):
    with transaction.atomic():
        ask("SELECT set_config('app.organization_id', %s, true)", value)
        assert ask("SELECT count(*) FROM orgs_project") == [(0,)]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orgs_project SET name = 'taken'")
            assert cursor.rowcount == 0
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO orgs_project (id, organization_id, name, slug, status, created_at, updated_at) "
                "VALUES (%s, %s, 'x', 'x', 'active', now(), now())",
                [new_id(), cast.org_id],
            )
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE assets_asset DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE assets_asset NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON assets_asset",
        "CREATE POLICY mine ON assets_asset USING (true)",
        "ALTER TABLE assets_asset OWNER TO CURRENT_USER",
        "TRUNCATE activity_event",
        "UPDATE activity_event SET verb = 'x'",
        "DELETE FROM activity_event",
        "SET ROLE dam_migrator",
        "SET ROLE dam_definer",
        "SET SESSION AUTHORIZATION dam_migrator",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "INSERT INTO core_kind VALUES ('x', 'orgs_user')",
    ],
)
def test_the_application_cannot_take_a_fence_down(db: None, statement: str):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_row_security_cannot_be_switched_off_by_a_session(cast: Cast):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off")
        with pytest.raises(DatabaseError):
            cursor.execute("SELECT count(*) FROM orgs_project")
        transaction.set_rollback(True)


# --- keys ---------------------------------------------------------------------------------------------


def tenant_keys() -> list[tuple[str, str]]:
    """Return (table, column) of every foreign key from one tenant model to another."""
    return sorted(
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, TenantModel)
    )


def test_every_key_between_tenant_tables_carries_the_tenant(db: None):
    composite = ask(
        "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c "
        "JOIN pg_attribute t ON t.attrelid = c.conrelid AND t.attnum = c.conkey[1] "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2] "
        "WHERE c.contype = 'f' AND t.attname = 'organization_id' AND array_length(c.conkey, 1) = 2"
    )

    missing = set(tenant_keys()) - set(composite)
    assert len(tenant_keys()) > 12
    assert missing == set()


def test_no_row_points_into_another_organisation(cast: Cast):
    theirs, their_version = deliver(cast.foreign)
    ours, our_version = deliver(cast.project)
    their_collection, our_collection = (collection_in(each) for each in (cast.foreign, cast.project))

    crossings: list[tuple[type[Any], dict[str, Any]]] = [
        (Asset, {"project_id": cast.foreign.id, "title": "x", "kind": "video"}),
        (Comment, {"version_id": their_version.id, "body": "x", "author_user_id": cast.owner.person.id}),
        (CollectionItem, {"collection_id": our_collection.id, "asset_id": theirs.id}),
        (CollectionItem, {"collection_id": their_collection.id, "asset_id": ours.id}),
        (Collection, {"project_id": cast.project.id, "name": "x", "parent_id": their_collection.id}),
        (Grant, {"user_id": cast.owner.person.id, "project_id": cast.foreign.id, "role": "admin"}),
        (
            Share,
            {
                "project_id": cast.project.id,
                "collection_id": their_collection.id,
                "name": "x",
                "token_hash": b"x" * 32,
            },
        ),
        (
            Version,
            {
                "asset_id": ours.id,
                "master_id": their_version.master_id,
                "number": 9,
                "sha256": new_digest(),
                "size": 1,
                "name": "x",
                "type": "x",
                "kind": "video",
            },
        ),
    ]
    for model, values in crossings:
        with tenancy.scope(cast.org_id), pytest.raises(IntegrityError), transaction.atomic():
            write_and_check(model, values)
    assert our_version.asset_id == ours.id


def collection_in(project: Project) -> Collection:
    with tenancy.scope(project.organization_id):
        return Collection.objects.create(project_id=project.id, name="Some")


def write_and_check(model: type[Any], values: dict[str, Any]) -> None:
    """Write a row and have its keys checked now, not at the end of the transaction."""
    model.objects.create(**values)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_row_cannot_be_moved_to_another_organisation(cast: Cast):
    with pytest.raises(DatabaseError), tenancy.scope(cast.org_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orgs_project SET organization_id = %s WHERE id = %s",
            [cast.foreign.organization_id, cast.project.id],
        )


def test_the_same_bytes_and_slugs_may_exist_in_two_organisations(cast: Cast):
    digest = new_digest()

    ours, theirs = deliver(cast.project, sha256=digest), deliver(cast.foreign, sha256=digest)
    slugs = [
        cast.owner.post("/api/projects", {"name": "Spot"}),
        cast.stranger.post("/api/projects", {"name": "Spot"}),
    ]

    assert ours[1].master_id != theirs[1].master_id
    assert [each["slug"] for each in slugs] == ["spot", "spot"]


# --- lazy reads and migrations ------------------------------------------------------------------------


def test_a_list_that_outlives_its_scope_shows_nothing(cast: Cast):
    with tenancy.scope(cast.org_id):
        lazy = Project.objects.all()
        at_once = list(lazy.all())

    assert len(at_once) == 1
    assert list(lazy) == []
    with tenancy.scope(cast.foreign.organization_id):
        assert list(lazy.all()) == []


def test_nothing_sets_a_tenant_outside_a_transaction(committed: None):
    ask("SELECT set_config('app.organization_id', %s, true)", str(new_id()))

    assert ask("SELECT coalesce(current_setting('app.organization_id', true), '')") == [("",)]


def test_the_migrator_changes_rows_of_every_organisation(committed_cast: Cast):
    places = [committed_cast.project.id, committed_cast.foreign.id]
    with psycopg.connect(os.environ["DATABASE_MIGRATOR_URL"]) as migrator:
        changed = migrator.execute(
            "UPDATE orgs_project SET name = name WHERE id = ANY (%s)", [places]
        ).rowcount
        migrator.rollback()

    assert changed == 2


def test_the_application_refuses_to_migrate():
    with pytest.raises(CommandError, match="must not migrate"):
        call_command("migrate", verbosity=0)


def test_only_who_asks_opens_an_organisation(cast: Cast):
    """Looking somebody else up in the middle of a request must not open that person's organisation."""
    create_organization(actor=SYSTEM, user=cast.owner.person, name="Second house")
    with tenancy.arrival([]):
        asking = actor_of_user(cast.owner.person.id)
        other = actor_of_user(cast.stranger.person.id)

        assert (len(asking.organizations), len(other.organizations)) == (2, 1)
        assert ask("SELECT coalesce(current_setting('app.organization_id', true), '')") == [("",)]
        assert ask("SELECT count(*) FROM orgs_project") == [(0,)]


def test_a_token_of_one_project_opens_no_other_organisation(cast: Cast):
    second = create_organization(actor=SYSTEM, user=cast.owner.person, name="Second house")
    token = issue_token(user=cast.owner.person, reach=Reach(project=cast.project))
    with tenancy.arrival([("org", second.id)]):
        asking = actor_of_token(token_hash(token))

        assert list(asking.organizations) == [cast.org_id]
        assert ask("SELECT coalesce(current_setting('app.organization_id', true), '')") == [("",)]
