"""Conditions as SQL: the text that their shape decides, and the values beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assets.conditions import Asked, Comparison

#: Column of the asset, or of a custom field's value, to its SQL type.
TYPES = {
    "kind": "text",
    "codec": "text",
    "preview_state": "text",
    "approval": "text",
    "tags": "text[]",
    "fps": "float8",
    "duration": "float8",
    "width": "integer",
    "height": "integer",
    "lines": "integer",
    "version_count": "integer",
    "size": "bigint",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "captured_at": "timestamptz",
    "trashed_at": "timestamptz",
    "created_by": "uuid",
    "project_id": "uuid",
    "collection": "uuid",
    "shoot_id": "uuid",
    "folder": "text",
    "as_text": "text",
    "as_folded": "text",
    "as_number": "float8",
    "as_time": "timestamptz",
}
_SIGNS = {"gte": ">=", "lte": "<=", "gt": ">", "lt": "<"}


@dataclass(frozen=True)
class AskedShape:
    """What of a condition decides the text: columns and ways of its alternatives, not its values.

    One of one value is that value (`is`): only such a comparison walks an index in the order of what stands behind.
    """

    alternatives: tuple[tuple[tuple[str, str], ...], ...]
    negated: bool
    of_field: bool

    @classmethod
    def of(cls, asked: Asked) -> AskedShape:
        """Return the shape of a condition."""
        alternatives = tuple(tuple((each.column, _way(each)) for each in some) for some in asked.alternatives)
        return cls(alternatives, asked.negated, asked.field is not None)

    @property
    def equal(self) -> str | None:
        """The column of a custom field's value that is just one; None for any other condition."""
        match self.alternatives:
            case (((column, "is"),),) if self.of_field and not self.negated:
                return column
        return None


def _way(compared: Comparison) -> str:
    is_one = compared.way == "in" and len(compared.value) == 1
    return "is" if is_one else compared.way


def values_of(asked: Sequence[Asked]) -> dict[str, Any]:
    """Return the values of conditions by the names that statements have for them."""
    values: dict[str, Any] = {}
    for number, each in enumerate(asked):
        if each.field is not None:
            values[f"field{number}"] = each.field
        for place, compared in enumerate(one for some in each.alternatives for one in some):
            value = compared.value[0] if _way(compared) == "is" else compared.value
            values[f"value{number}_{place}"] = list(value) if isinstance(value, tuple) else value
    return values


def collected(tenant: str, is_which: str) -> str:
    """Return what narrows to the assets of a collection."""
    return (
        "asset.id IN (SELECT item.asset_id FROM assets_collectionitem item "  # noqa: S608  columns and keywords of ours; what was asked is bound
        f"WHERE item.organization_id = {tenant} AND item.collection_id {is_which})"
    )


def compared(asked: AskedShape, number: int, tenant: str, *, is_of_one: bool = False) -> str:
    """Return a condition as SQL on the alias `asset`; its values are those that `values_of` names.

    With `is_of_one` it is asked of one asset at a time: its own values are looked up, and not all that compare so.
    """
    alias = "value" if asked.of_field else "asset"
    place, alternatives = 0, []
    for some in asked.alternatives:
        parts = []
        for column, way in some:
            parts.append(_compared(alias, column, way, f"value{number}_{place}", tenant))
            place += 1
        alternatives.append(" AND ".join(parts))
    said = alternatives[0] if len(alternatives) == 1 else " OR ".join(f"({each})" for each in alternatives)
    if not asked.of_field:
        return f"({said}) IS NOT TRUE" if asked.negated else f"({said})"
    held = (
        f"FROM assets_fieldvalue value WHERE value.organization_id = {tenant} "
        f"AND value.field_id = %(field{number})s"
    )
    if is_of_one:
        own = f"SELECT value.* {held} AND value.asset_id = asset.id OFFSET 0"
        return f"{'NOT ' * asked.negated}EXISTS (SELECT 1 FROM ({own}) value WHERE {said})"  # noqa: S608  names of our columns and of what is bound
    source = f"{held} AND ({said})"
    if asked.negated:
        return f"NOT EXISTS (SELECT 1 {source} AND value.asset_id = asset.id)"
    return f"asset.id IN (SELECT value.asset_id {source})"


def _compared(alias: str, column: str, way: str, name: str, tenant: str) -> str:
    type_, value = TYPES[column], f"%({name})s"
    if column == "collection":
        return collected(tenant, f"= {value}::uuid" if way == "is" else f"= ANY ({value}::uuid[])")
    match way:
        case "is":
            return f"{alias}.{column} = {value}::{type_}"
        case "in":
            return f"{alias}.{column} = ANY ({value}::{type_}[])"
        case "has":
            return f"{alias}.{column} && {value}::{type_}"
        case "filled":
            return f"{alias}.{column} " + ("<> '{}'" if type_.endswith("[]") else "IS NOT NULL")
        case "prefix":
            return f"starts_with({alias}.{column}, {value}::text)"
    return f"{alias}.{column} {_SIGNS[way]} {value}::{type_}"
