"""Values of custom fields as people set them on assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assets.fieldtypes import Definition, clean_value
from assets.queries.fields import definitions_in
from dam.core.errors import CANNOT_BE_SEEN, Invalid
from orgs.queries import members_among

Faults = dict[str, list[str]]


@dataclass(frozen=True)
class FieldChange:
    """A change of custom fields in one project, judged once, for any number of its assets."""

    defined: Mapping[str, Definition]
    values: Mapping[str, Any]
    faults: Faults
    path: str

    def merged(self, held: Mapping[str, Any], *, is_new: bool = False) -> dict[str, Any]:
        """Return an asset's fields after the change, see `merged_fields`.

        Raises:
            Invalid: as `merged_fields`.
        """
        faults = dict(self.faults)
        defaults = {key: each.default for key, each in self.defined.items()} if is_new else {}
        merged = defaults | dict(held) | dict(self.values)
        fields = {key: value for key, value in merged.items() if value is not None}
        if self.values or faults:
            _note_missing(self.defined, fields, path=self.path, faults=faults)
        if faults:
            raise Invalid(next(iter(faults.values()))[0], fields=faults)
        return fields


def judged_fields(project_id: UUID, changes: Mapping[str, Any], *, path: str = "fields") -> FieldChange:
    """Judge what is to be set on the fields of a project's assets: a fixed number of queries."""
    return judged_by(definitions_in(project_id), changes, path=path)


def judged_by(
    definitions: Iterable[Definition], changes: Mapping[str, Any], *, path: str = "fields"
) -> FieldChange:
    """Judge what is to be set against these definitions."""
    defined = {each.key: each for each in definitions}
    faults: Faults = {}
    values = _cleaned(defined, changes, path=path, faults=faults)
    _note_strangers(defined, values, path=path, faults=faults)
    return FieldChange(defined, values, faults, path)


def merged_fields(
    project_id: UUID,
    held: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    path: str = "fields",
    is_new: bool = False,
) -> dict[str, Any]:
    """Return an asset's fields after a change: what is named is set, null clears, what is not named stays.

    With `is_new` defaults fill what nobody has said; a field that is required must have a value wherever fields
    are given at all.

    Raises:
        Invalid: a key without a definition in this project (`{path}.KEY`), a value that is none of its type, a
            person who is no member, or a required field left without a value.
    """
    if not changes and not is_new:
        return dict(held)
    return judged_fields(project_id, changes, path=path).merged(held, is_new=is_new)


def _cleaned(
    defined: Mapping[str, Definition], changes: Mapping[str, Any], *, path: str, faults: Faults
) -> dict[str, Any]:
    cleaned = {}
    for key, value in changes.items():
        if key not in defined:
            faults[f"{path}.{key}"] = ["There is no such field."]
            continue
        try:
            cleaned[key] = clean_value(defined[key], value)
        except ValueError as error:
            faults[f"{path}.{key}"] = [str(error)]
    return cleaned


def _note_missing(
    defined: Mapping[str, Definition], fields: Mapping[str, Any], *, path: str, faults: Faults
) -> None:
    for each in defined.values():
        if each.required and each.key not in fields:
            faults.setdefault(f"{path}.{each.key}", ["This field is required."])


def _note_strangers(
    defined: Mapping[str, Definition], values: Mapping[str, Any], *, path: str, faults: Faults
) -> None:
    named = {
        key: UUID(value)
        for key, value in values.items()
        if value is not None and defined[key].type == "person"
    }
    members = members_among(named.values()) if named else set()
    for key, user_id in named.items():
        if user_id not in members:
            faults[f"{path}.{key}"] = [CANNOT_BE_SEEN]
