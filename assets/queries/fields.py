"""Custom fields: which an actor sees, and which an asset of a project has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from assets.fieldtypes import LONGEST_COMPARED, Definition, asked_value, column_of
from assets.models import FieldDefinition
from assets.queries.lists import FieldCondition
from dam.core.access import Actor, Permission
from dam.core.errors import Invalid, NotFound
from dam.core.tenancy import current_organization
from orgs.queries import require_in_organization

MOST_VALUES = 100
_WAYS = ("__gte", "__lte", "__in")


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


def conditions_of(
    actor: Actor, asked: Mapping[str, str], *, project_id: UUID | None = None
) -> tuple[FieldCondition, ...]:
    """Return what a list's parameters ask of custom fields: `KEY`, `KEY__gte`, `KEY__lte`, `KEY__in` to a text.

    Raises:
        Invalid: a field that the actor does not meet there, a way in which its type is not compared, or a text
            that is no value of it (`field.KEY…`).
    """
    if not asked:
        return ()
    wanted = {name: name.rsplit("__", 1)[0] if name.endswith(_WAYS) else name for name in asked}
    rows = visible_fields(actor, project_id=project_id).filter(key__in=set(wanted.values()))
    known = {each.key: each for each in rows}
    found, faults = [], {}
    for name, text in asked.items():
        try:
            found.append(_condition(known.get(wanted[name]), name, text))
        except ValueError as error:
            faults[f"field.{name}"] = [str(error)]
    if faults:
        raise Invalid(next(iter(faults.values()))[0], fields=faults)
    return tuple(found)


def _condition(row: FieldDefinition | None, name: str, text: str) -> FieldCondition:
    if row is None:
        raise ValueError("There is no such field.")
    definition, column = definition_of(row), column_of(row.type)
    way = name.removeprefix(row.key).removeprefix("__") or "eq"
    if way in {"gte", "lte"} and column == "as_text":
        raise ValueError("Only numbers and dates have an order to compare by.")
    given = text.split(",") if way == "in" else [text]
    values = [asked_value(definition, each) for each in given[:MOST_VALUES]]
    if column == "as_text":
        values = [each[:LONGEST_COMPARED] for each in values]
    return FieldCondition(row.id, column, "eq" if way == "in" else way, tuple(values))


def field_document(row: FieldDefinition) -> dict[str, Any]:
    """Return one field."""
    names = ("id", "key", "name", "type", "choices", "required", "default", "help", "order", "projects")
    return {each: getattr(row, each) for each in names}


def _seen_in(projects: frozenset[UUID] | list[UUID]) -> Q:
    return Q(projects=None) | Q(projects__overlap=list(projects))
