"""The base of every tenant table, and the migration operations that put the fences around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import migrations, models
from psycopg.conninfo import make_conninfo
from uuid_utils.compat import uuid7

from dam.core.tenancy import current_organization

_Row = TypeVar("_Row", bound=models.Model)

# Inline on purpose: a sub-select hides the tenant from the planner, which then assumes an average one.
TENANT_POLICY = "organization_id = nullif(current_setting('app.organization_id', true), '')::uuid"


def new_id() -> UUID:
    """Return a fresh UUIDv7: keys made by the application, in time order."""
    return uuid7()


class TenantManager(models.Manager[_Row]):
    """Rows of the organisation in scope; raises `OutsideScope` without one."""

    def get_queryset(self) -> models.QuerySet[_Row]:
        """Return the tenant's rows, with the tenant as a literal that the planner can see."""
        return super().get_queryset().filter(organization_id=current_organization())


if TYPE_CHECKING:
    _ForeignKey = models.ForeignKey[Any, Any]
else:
    _ForeignKey = models.ForeignKey  # only the stubs are generic


class TenantKey(_ForeignKey):
    """The foreign key to the organisation, filled from the scope when the row is first saved."""

    def pre_save(self, model_instance: models.Model, add: Any) -> Any:
        """Return the organisation, taking it from the scope where the caller named none."""
        if add and getattr(model_instance, self.attname) is None:
            setattr(model_instance, self.attname, current_organization())
        return super().pre_save(model_instance, add)

    def deconstruct(self) -> Any:
        """Look to migrations like a plain foreign key with the scope as its default."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs | {"default": current_organization}


class TenantModel(models.Model):
    """A row that belongs to one organisation; `organization` is filled from the scope."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        """Has no table of its own."""

        abstract = True


def fence(
    table: str,
    *,
    parents: Mapping[str, str] | None = None,
    definer: bool = False,
    append_only: bool = False,
    keyed: bool = True,
) -> list[migrations.RunSQL]:
    """Return the operations that fence a tenant table.

    Row-level security forced on, the tenant policy inline, a policy for the migrator, a unique
    `(organization_id, id)`, and a composite foreign key for each of `parents` (column → parent table), so that
    a row can never point into another organisation. `definer` also lets the definer role read it;
    `append_only` takes UPDATE and DELETE from the application; `keyed` is False for a log without an `id`.
    """
    roles = settings.DATABASE_ROLES
    steps = [
        (f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
        (f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY", f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
        _policy(table, "tenant", "PUBLIC", TENANT_POLICY),
        _policy(table, "migrator", roles["migrator"], "true"),
    ]
    if keyed:
        steps.append(_constraint(table, "tenant_id", "UNIQUE (organization_id, id)"))
    steps += [_composite_key(table, column, parent) for column, parent in (parents or {}).items()]
    if definer:
        steps += [_policy(table, "definer", roles["definer"], "true"), let_definer_read(table)]
    if append_only:
        rights = f"UPDATE, DELETE ON {table}"
        steps.append((f"REVOKE {rights} FROM {roles['app']}", f"GRANT {rights} TO {roles['app']}"))
    return [migrations.RunSQL(forward, backward) for forward, backward in steps]


def kind(name: str, table: str) -> migrations.RunSQL:
    """Return the operation that lets `organization_of(name, id)` find the owner of a row of `table`."""
    return migrations.RunSQL(
        [("INSERT INTO core_kind (kind, table_name) VALUES (%s, %s)", [name, table])],
        [("DELETE FROM core_kind WHERE kind = %s", [name])],
    )


def let_definer_read(table: str, rights: str = "SELECT") -> tuple[str, str]:
    """Return forward and backward SQL that gives the definer role `rights` on a table."""
    definer = settings.DATABASE_ROLES["definer"]
    return f"GRANT {rights} ON {table} TO {definer}", f"REVOKE {rights} ON {table} FROM {definer}"


def door(
    signature: str, returns: str, body: str, *, language: str = "sql", volatile: bool = False
) -> migrations.RunSQL:
    """Return the operation that makes a SECURITY DEFINER function, one of the few doors through the fence.

    Shapes: `signature` like `organization_of(kind text, key uuid)`, `body` without dollar quotes.
    """
    roles = settings.DATABASE_ROLES
    name = signature.split("(", 1)[0]
    kind = "VOLATILE" if volatile else "STABLE"
    sql = (
        f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE {language} {kind} SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $door$ {body} $door$;"
        f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC;"
        f"GRANT EXECUTE ON FUNCTION {name} TO {roles['app']}, {roles['migrator']};"
        f"ALTER FUNCTION {name} OWNER TO {roles['definer']};"
    )
    return migrations.RunSQL(sql, f"DROP FUNCTION {name}")


def _policy(table: str, name: str, role: str, rule: str) -> tuple[str, str]:
    forward = f"CREATE POLICY {name} ON {table} TO {role} USING ({rule}) WITH CHECK ({rule})"
    return forward, f"DROP POLICY {name} ON {table}"


def _composite_key(table: str, column: str, parent: str) -> tuple[str, str]:
    target = f"REFERENCES {parent} (organization_id, id) DEFERRABLE INITIALLY DEFERRED"
    return _constraint(table, f"{column}_tenant", f"FOREIGN KEY (organization_id, {column}) {target}")


def _constraint(table: str, name: str, definition: str) -> tuple[str, str]:
    full = f"{table}_{name}"[:63]
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {full} {definition}",
        f"ALTER TABLE {table} DROP CONSTRAINT {full}",
    )


def line_of_its_own(name: str) -> str:
    """Return the address for a connection beside Django's, which listens; the database shows it under `name`."""
    address = settings.DATABASES["default"]
    options = {name: value for name, value in address["OPTIONS"].items() if name != "pool"}
    return make_conninfo(
        **options | {"application_name": name},
        host=address["HOST"],
        port=address["PORT"],
        dbname=address["NAME"],
        user=address["USER"],
        password=address["PASSWORD"],
    )
