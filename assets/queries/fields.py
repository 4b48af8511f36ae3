"""Custom fields: which an actor sees, and which an asset of a project has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from assets.conditions import FIELD, Asked, Comparison, Condition, moments
from assets.fieldtypes import CHOOSING, LONGEST_COMPARED, Definition, asked_value, column_of
from assets.models import FieldDefinition
from dam.core import reads
from dam.core.access import Actor, Permission
from dam.core.errors import Invalid, NotFound
from dam.core.tenancy import current_organization
from orgs.queries import require_in_organization

MOST_VALUES = 100
_ORDERED = frozenset({"gte", "lte", "gt", "lt"})


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
    # Not against values: whoever writes one looks at its field only as it commits, holding the asset that we want next.
    row = (rows.select_for_update(no_key=True) if lock else rows).filter(id=field_id).first()
    if row is None:
        raise NotFound
    if permission is not Permission.VIEW:
        require_in_organization(actor, row.organization_id, permission)
    return row


def asked_of_fields(
    actor: Actor,
    asked: Mapping[str, Condition],
    *,
    project_id: UUID | None = None,
    known: Mapping[str, FieldDefinition] | None = None,
    is_folded: bool = False,
) -> tuple[Asked, ...]:
    """Return what conditions ask of custom fields, typed by their definitions; each under the name to tell faults by.

    `known` spares the question for the definitions: all that the actor meets, by key. With `is_folded` texts are equal
    whatever the case of their letters.

    Raises:
        Invalid: a field that the actor does not meet there, a way in which its type is not compared, or a text
            that is no value of it.
    """
    if not asked:
        return ()
    keys = {name: each.key.removeprefix(FIELD) for name, each in asked.items()}
    if known is None:
        known = _known(actor, sorted(set(keys.values())), project_id=project_id)
    else:
        known = {key: each for key, each in known.items() if _is_in(each, project_id)}
    found, faults = [], {}
    for name, condition in asked.items():
        try:
            one = _asked(known.get(keys[name]), condition)
            found.append(_folded(one) if is_folded else one)
        except ValueError as error:
            faults[name] = [str(error)]
    if faults:
        raise Invalid(next(iter(faults.values()))[0], fields=faults)
    return tuple(found)


_KNOWN = """
    SELECT coalesce(json_agg(json_build_object('id', id, 'key', key, 'type', type, 'choices', choices,
        'required', required, 'default', "default", 'projects', projects)), '[]')
    FROM assets_field
    WHERE organization_id = %(organization)s::uuid AND key = ANY (%(keys)s::text[])
        AND (projects IS NULL OR %(everywhere)s::boolean OR projects && %(seen)s::uuid[])
"""


def _known(actor: Actor, keys: Sequence[str], *, project_id: UUID | None) -> Mapping[str, FieldDefinition]:
    """Return the fields of these keys that the actor meets, by key; a hot read, which a page may ask ahead."""
    here = current_organization()
    seen = actor.visible_projects(here) if project_id is None else [project_id]
    (found,) = reads.row(
        _KNOWN,
        {"organization": here, "keys": list(keys), "everywhere": seen is None, "seen": sorted(seen or ())},
    )
    return {each["key"]: _row_of(each) for each in found}


def _row_of(told: Mapping[str, Any]) -> FieldDefinition:
    projects = told["projects"]
    ids = {
        "id": UUID(told["id"]),
        "organization_id": current_organization(),
        "projects": None if projects is None else [UUID(each) for each in projects],
    }
    return FieldDefinition(**{**told, **ids})


def _is_in(row: FieldDefinition, project_id: UUID | None) -> bool:
    return project_id is None or row.projects is None or project_id in row.projects


def _asked(row: FieldDefinition | None, condition: Condition) -> Asked:
    if row is None:
        raise ValueError("There is no such field.")
    definition, column = definition_of(row), column_of(row.type)
    if condition.way in _ORDERED and column == "as_text":
        raise ValueError("Only numbers and dates have an order to compare by.")
    if condition.way == "prefix":
        return Asked(_beginnings(column, condition.values), condition.negated, row.id)
    given = condition.values[:MOST_VALUES]
    if column == "as_time":
        return Asked(moments(column, condition.way, given), condition.negated, row.id)
    values = [asked_value(definition, _spelt(row, each)) for each in given]
    if column == "as_text":
        values = [each[:LONGEST_COMPARED] for each in values]
    if column == "as_number":  # one list of them has one type
        values = [float(each) for each in values]
    if condition.way == "eq":
        return Asked(((Comparison(column, "in", tuple(values)),),), condition.negated, row.id)
    return Asked(
        tuple((Comparison(column, condition.way, each),) for each in values), condition.negated, row.id
    )


def _folded(asked: Asked) -> Asked:
    """Return the same asked of texts without case: compared is the column that the database keeps beside them."""
    alternatives = tuple(
        tuple(
            replace(each, column="as_folded", value=_in_lower(each.value))
            if each.column == "as_text"
            else each
            for each in some
        )
        for some in asked.alternatives
    )
    return replace(asked, alternatives=alternatives)


def _in_lower(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return _lowered(value) if isinstance(value, str) else tuple(_lowered(each) for each in value)


def _lowered(text: str) -> str:
    """Return a text in small letters as the database writes it: letter by letter, each as one."""
    return "".join("i" if each == "\u0130" else each.lower() for each in text)


def _spelt(row: FieldDefinition, text: str) -> str:
    """Return a choice as its definition spells it, however it was typed."""
    if row.type not in CHOOSING:
        return text
    return next((each for each in row.choices if each.casefold() == text.strip().casefold()), text)


def _beginnings(column: str, values: Sequence[str]) -> tuple[tuple[Comparison, ...], ...]:
    if column != "as_text":
        raise ValueError("Only texts have a beginning to compare by.")
    return tuple((Comparison(column, "prefix", each[:LONGEST_COMPARED]),) for each in values)


def field_document(row: FieldDefinition) -> dict[str, Any]:
    """Return one field."""
    names = ("id", "key", "name", "type", "choices", "required", "default", "help", "order", "projects")
    return {each: getattr(row, each) for each in names}


def _seen_in(projects: frozenset[UUID] | list[UUID]) -> Q:
    return Q(projects=None) | Q(projects__overlap=list(projects))
