"""Custom fields: which an actor sees, and which an asset of a project has."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from assets.fieldtypes import Definition
from assets.models import FieldDefinition
from dam.core.access import Actor, Permission
from dam.core.errors import NotFound
from dam.core.tenancy import current_organization
from orgs.queries import require_in_organization


def definition_of(row: FieldDefinition) -> Definition:
    """Return a row as its rules see it."""
    projects = None if row.projects is None else frozenset(row.projects)
    return Definition(row.key, row.type, tuple(row.choices), row.required, row.default, projects)


def definitions_in(project_id: UUID) -> list[Definition]:
    """Return the fields that assets of a project have, in their order."""
    rows = FieldDefinition.objects.filter(_seen_in([project_id])).order_by("order", "id")
    return [definition_of(each) for each in rows]


def visible_fields(actor: Actor, *, project_id: UUID | None = None) -> QuerySet[FieldDefinition]:
    """Return the fields of the organisation that the actor meets somewhere, or in one project."""
    rows = FieldDefinition.objects.all()
    if project_id is not None:
        return rows.filter(_seen_in([project_id]))
    seen = actor.visible_projects(current_organization())
    return rows if seen is None else rows.filter(_seen_in(seen))


def field_for(actor: Actor, field_id: UUID, permission: Permission, *, lock: bool = False) -> FieldDefinition:
    """Load a field of the organisation in scope.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor's role in the organisation does not allow `permission`.
    """
    rows = visible_fields(actor)
    row = (rows.select_for_update() if lock else rows).filter(id=field_id).first()
    if row is None:
        raise NotFound
    if permission is not Permission.VIEW:
        require_in_organization(actor, row.organization_id, permission)
    return row


def field_document(row: FieldDefinition) -> dict[str, Any]:
    """Return one field."""
    names = ("id", "key", "name", "type", "choices", "required", "default", "help", "order", "projects")
    return {each: getattr(row, each) for each in names}


def _seen_in(projects: frozenset[UUID] | list[UUID]) -> Q:
    return Q(projects=None) | Q(projects__overlap=list(projects))
