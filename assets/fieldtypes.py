"""Custom fields as pure rules: what a definition may say, what a value may be, and how one type becomes another."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from assets.metadata import has_controls
from dam.core.names import check_seen

TYPES = (
    "text",
    "long_text",
    "number",
    "date",
    "datetime",
    "boolean",
    "choice",
    "multi_choice",
    "url",
    "person",
)
CHOOSING = frozenset({"choice", "multi_choice"})
MAX_KEY, MAX_NAME, MAX_HELP, MAX_CHOICES, MAX_CHOICE = 64, 100, 1000, 500, 200
MAX_TEXT, MAX_LONG_TEXT, MAX_URL = 1000, 20_000, 2000
LARGEST_NUMBER = 1e15
"""Beyond it a double no longer tells neighbouring hundredths apart."""

LONGEST_COMPARED = 300
"""Longer texts are compared by their beginning: an entry of the database's index has 2 704 bytes."""

RESERVED = frozenset(
    [
        "is",
        "title",
        "name",
        "approval",
        "kind",
        "fps",
        "rate",
        "duration",
        "size",
        "codec",
        "resolution",
        "project",
        "client",
        "tag",
        "tags",
        "title",
        "name",
        "person",
        "by",
        "created",
        "updated",
        "captured",
        "position",
        "versions",
        "collection",
        "sort",
        "limit",
        "cursor",
        "count",
        "include",
        "field",
        "fields",
        "q",
        "id",
        "width",
        "height",
        "type",
        "version",
        "shoot",
        "folder",
    ]
)
"""Words that the query language and the lists keep for themselves."""

_KEY = re.compile(r"(?!.*__)[a-z][a-z0-9_]*\Z")
"""Two underscores stand between a key and how it is compared."""


@dataclass(frozen=True)
class Definition:
    """One custom field as its rules see it."""

    key: str
    type: str
    choices: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    projects: frozenset[UUID] | None = None

    def is_seen_in(self, project_id: UUID) -> bool:
        """Tell whether assets of this project have the field."""
        return self.projects is None or project_id in self.projects


def clean_key(key: str) -> str:
    """Return the key.

    Raises:
        ValueError: it has the wrong form, or is a word of the query language.
    """
    if len(key) > MAX_KEY or not _KEY.match(key):
        raise ValueError(
            f"A key has 1 to {MAX_KEY} lower-case letters, digits and single underscores, and begins with a letter."
        )
    if key in RESERVED:
        raise ValueError("This word belongs to the search language; choose another key.")
    return key


def key_of(name: str) -> str:
    """Return the key that a field gets from its name; empty where the name has no Latin letter."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")[:MAX_KEY].strip("_")
    return f"{key}_field"[:MAX_KEY] if key in RESERVED else key


def clean_choices(choices: Sequence[str]) -> list[str]:
    """Return the choices trimmed, in composed form and order.

    Raises:
        ValueError: there are too many, one is empty, too long or given twice.
    """
    found = [unicodedata.normalize("NFC", each).strip() for each in choices]
    if len(found) > MAX_CHOICES:
        raise ValueError(f"A field has at most {MAX_CHOICES} choices.")
    for each in found:
        if not each or len(each) > MAX_CHOICE or has_controls(each):
            raise ValueError(f"A choice has 1 to {MAX_CHOICE} characters and no control characters.")
        check_seen(each)
    if len(set(found)) != len(found):
        raise ValueError("A choice is given twice.")
    return found


def clean_value(definition: Definition, value: Any) -> Any:
    """Return the value as it is kept; None clears a field.

    Units: a date is `YYYY-MM-DD`, a date with time RFC 3339 in UTC, a person a user's id, a choice its own words.

    Raises:
        ValueError: the value is not one of the definition's type, in words for a person.
    """
    return None if value is None else _CLEANERS[definition.type](definition, value)


def converted(definition: Definition, value: Any) -> Any:
    """Return a value of another type as one of this definition.

    Raises:
        ValueError: it does not say the same in this type.
    """
    if isinstance(value, list) and definition.type != "multi_choice":
        value = ", ".join(str(each) for each in value)
    bridge = _BRIDGES.get(definition.type)
    return clean_value(definition, bridge(value) if bridge is not None else value)


def column_of(type_: str) -> str:
    """Return the typed column that filters and sorting compare."""
    return {"number": "as_number", "date": "as_time", "datetime": "as_time"}.get(type_, "as_text")


def asked_value(definition: Definition, text: str) -> Any:
    """Return a value as a query string gives it.

    Raises:
        ValueError: the text says no value of the type, or values of the type are not compared.
    """
    if definition.type == "long_text":
        raise ValueError("Long texts are searched with q, not filtered.")
    if definition.type == "boolean":
        if text not in {"true", "false"}:
            raise ValueError("Must be true or false.")
        return text
    if definition.type in {"number", "datetime"}:
        return converted(definition, text)
    is_one_of_many = definition.type == "multi_choice"
    return clean_value(replace(definition, type="choice") if is_one_of_many else definition, text)


_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _as_number(value: Any) -> Any:
    try:
        number = float(_plain_number(value)) if isinstance(value, str) else value
    except ValueError:
        return value
    is_whole = isinstance(number, float) and number.is_integer() and abs(number) < LARGEST_NUMBER
    return int(number) if is_whole else number


def _plain_number(text: str) -> str:
    """Return a number as people write it: the language would also take `1_0`, `nan` and the digits of any script."""
    number = text.strip().replace(" ", "")
    if not set(number) <= set("0123456789.+-eE"):
        raise ValueError("no number")
    return number


def _as_choices(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [_as_text(value)]


def _as_boolean(value: Any) -> Any:
    return _TRUTHS.get(value.strip().casefold(), value) if isinstance(value, str) else value


def _as_date(value: Any) -> Any:
    return value[: len("2026-01-31")] if isinstance(value, str) else value


def _as_moment(value: Any) -> Any:
    is_day = isinstance(value, str) and len(value) == len("2026-01-31")
    return f"{value}T00:00:00Z" if is_day else value


_BRIDGES: Mapping[str, Callable[[Any], Any]] = {
    "text": _as_text,
    "long_text": _as_text,
    "url": _as_text,
    "choice": _as_text,
    "multi_choice": _as_choices,
    "number": _as_number,
    "boolean": _as_boolean,
    "date": _as_date,
    "datetime": _as_moment,
}


def _text(definition: Definition, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Must be text.")
    text = unicodedata.normalize("NFC", value).strip()
    if has_controls(text):
        raise ValueError("Must have no line breaks and no control characters.")
    return _bounded(text, MAX_TEXT)


def _long_text(definition: Definition, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Must be text.")
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    if has_controls(text.replace("\n", "").replace("\t", "")):
        raise ValueError("Must have no control characters.")
    return _bounded(text, MAX_LONG_TEXT)


def _bounded(text: str, most: int) -> str:
    if not text:
        raise ValueError("Must not be empty; send null to clear it.")
    if len(text) > most:
        raise ValueError(f"Must have at most {most} characters.")
    return text


def _number(definition: Definition, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("Must be a number.")
    if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
        raise ValueError("Must be a number between -10^15 and 10^15.")
    return value + 0  # There is one zero: -0.0 becomes 0.0.


#: The language would also take the weeks of ISO 8601: `2026-W01-1`.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _date(definition: Definition, value: Any) -> str:
    try:
        return date.fromisoformat(value if _DAY.fullmatch(value) else "").isoformat()
    except (TypeError, ValueError):
        raise ValueError("Must be a date such as 2026-01-31.") from None


def _datetime(definition: Definition, value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        moment = moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("Must be a date with time and zone such as 2026-01-31T18:30:00Z.") from None
    return moment.isoformat().replace("+00:00", "Z")


def _boolean(definition: Definition, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Must be true or false.")
    return value


def _choice(definition: Definition, value: Any) -> str:
    if not isinstance(value, str) or (chosen := unicodedata.normalize("NFC", value).strip()) not in (
        definition.choices
    ):
        raise ValueError("Must be one of the field's choices.")
    return chosen


def _multi_choice(definition: Definition, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("Must be a list of choices.")
    chosen = {_choice(definition, each) for each in value}
    if not chosen:
        raise ValueError("Must not be empty; send null to clear it.")
    return [each for each in definition.choices if each in chosen]


def _url(definition: Definition, value: Any) -> str:
    text = _text(definition, value)
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("Must be an address that begins with http:// or https://.")
    return _bounded(text, MAX_URL)


def _person(definition: Definition, value: Any) -> str:
    try:
        return str(UUID(value if isinstance(value, str) and len(value) == len(str(UUID(int=0))) else ""))
    except ValueError:
        raise ValueError("Must be the id of a person.") from None


_CLEANERS: Mapping[str, Callable[[Definition, Any], Any]] = {
    "text": _text,
    "long_text": _long_text,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "choice": _choice,
    "multi_choice": _multi_choice,
    "url": _url,
    "person": _person,
}
