"""What a row says of an asset, as values that the catalogue keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assets.fieldtypes import Definition, clean_value, converted
from assets.metadata import clean_tags, clean_title
from dam.core.cells import unguarded
from exchange.export.tables import split
from exchange.metadata.columns import FIELD

_ZERO = "\0"


@dataclass
class Said:
    """What a row wants an asset to be: `title`, `tags`, and custom fields by key, null where one is cleared.

    `faults` are messages by column.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def key_text(value: Any) -> str:
    """Return a value that an asset is known by as text, empty where it says nothing that any asset could have."""
    text = unguarded(value).strip() if isinstance(value, str) else ""
    is_text = _ZERO not in text and not any("\ud800" <= each <= "\udfff" for each in text)
    return text if is_text else ""


def said(
    values: Mapping[str, tuple[str, Any]],
    defined: Mapping[str, Definition],
    *,
    is_table: bool,
    clears: bool = False,
) -> Said:
    """Return what a row says: `values` by meaning, each its column and the value.

    In a table values are texts, and an empty cell says nothing, or with `clears` that the field is cleared.
    """
    found = Said()
    for meaning, (column, value) in values.items():
        try:
            _note(found, meaning, value, defined, is_table=is_table, clears=clears)
        except ValueError as error:
            found.faults[column] = str(error)
    return found


def _note(
    found: Said,
    meaning: str,
    value: Any,
    defined: Mapping[str, Definition],
    *,
    is_table: bool,
    clears: bool,
) -> None:
    if is_table:
        value = unguarded(str(value)).strip()
        if not value and not clears:
            return
        value = value or None
    if meaning == "title":
        found.changes["title"] = clean_title(_text(value))
    elif meaning == "tags":
        found.changes["tags"] = clean_tags(_tags(value))
    elif meaning.startswith(FIELD):
        key = meaning.removeprefix(FIELD)
        if key not in defined:
            raise ValueError("There is no such field.")
        found.fields[key] = _field(defined[key], value, is_table=is_table)


def _field(definition: Definition, value: Any, *, is_table: bool) -> Any:
    if not is_table or value is None:
        return clean_value(definition, value)
    if definition.type == "multi_choice":
        return clean_value(definition, split(value))
    return converted(definition, value)


def _tags(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return split(value)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("Must be a list of texts.")
    return value


def _text(value: Any) -> str:
    if value is None:
        raise ValueError("Give a title.")
    if not isinstance(value, str):
        raise ValueError("Must be text.")
    return value
