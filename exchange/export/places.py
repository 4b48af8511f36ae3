"""Where an asset lies in a mirror: a template over its fields, filled and made safe. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from exchange.export.names import safe_name, safe_parts, split_ending

MOST_TEMPLATE = 500
#: Stores take keys of 1 024 bytes; a prefix, a number and an ending need their room.
MOST_PATH_BYTES = 800
MOST_PARTS = 16
UNKNOWN = "unknown"
#: What a template may name beside custom fields.
WORDS = (
    "id",
    "title",
    "name",
    "stem",
    "kind",
    "project",
    "folder",
    "sha256",
    "version",
    "created_year",
    "created_month",
    "captured_year",
    "captured_month",
)
_TELLING = frozenset({"id", "title", "name", "stem", "sha256"})
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|([^{}|/]*))?\}")
_SHORT_BYTES = 48
ENDINGS = {"link": ".url", "json": ".json", "master": ""}


def check_template(template: str, *, keys: Collection[str]) -> str:
    """Return a template trimmed; `keys` are the organisation's custom fields.

    Raises:
        ValueError: it is empty or too long, leads outside, names what there is not, or tells no asset from another.
    """
    text = template.strip().strip("/")
    if not text or len(text) > MOST_TEMPLATE:
        raise ValueError(f"A template has 1 to {MOST_TEMPLATE} characters.")
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        raise ValueError("Write fields as {key} or {key|what stands for none}.")
    parts = text.split("/")
    if len(parts) > MOST_PARTS or "\\" in text or any(each.strip(" .") == "" for each in parts):
        raise ValueError(f"A template is 1 to {MOST_PARTS} names joined by slashes, without `.` or `..`.")
    named = [match[1] for match in _PLACE.finditer(text)]
    for each in named:
        if each not in WORDS and each not in keys:
            raise ValueError(f"There is no field {each}.")
    if not _TELLING & set(named):
        raise ValueError("Name what tells assets apart: {name}, {stem}, {title}, {id} or {sha256}.")
    return text


def place_of(template: str, record: Mapping[str, Any], *, content: str) -> str:
    """Return where a record lies: relative, its parts joined by slashes, each safe on every file system.

    `content` is what lies there: `link`, `json` or `master`; it decides the ending.
    """
    parts: list[str] = []
    for part in template.split("/"):
        if part == "{folder}":
            parts += safe_parts(record["folder"] or "")
        else:
            filled = _PLACE.sub(lambda match: _value(record, match[1], match[2]), part)
            parts.append(safe_name(filled, instead=UNKNOWN))
    parts = parts[-MOST_PARTS:] or [UNKNOWN]
    parts[-1] = _ended(parts[-1], record, content=content)
    if len("/".join(parts).encode()) > MOST_PATH_BYTES:
        parts = [safe_name(each, instead=UNKNOWN, most_bytes=_SHORT_BYTES) for each in parts]
    return "/".join(parts)


def _value(record: Mapping[str, Any], word: str, otherwise: str | None) -> str:
    fields = record["fields"]
    value = fields[word] if word in fields else _words(record).get(word)
    if isinstance(value, list):
        value = ", ".join(str(each) for each in value)
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = "" if value is None else str(value).strip()
    # A value is one name: what would lead into a folder stays a part of it.
    return (text or (UNKNOWN if otherwise is None else otherwise)).replace("/", "_").replace("\\", "_")


def _words(record: Mapping[str, Any]) -> Mapping[str, Any]:
    created, captured = str(record["created_at"]), str(record["captured_at"] or "")
    return {
        **{each: record[each] for each in ("id", "title", "kind", "sha256")},
        "name": record["name"] or record["title"],
        "stem": split_ending(record["name"] or record["title"])[0],
        "folder": record["folder"],
        "project": record["project_name"],
        "version": record["version_number"],
        "created_year": created[:4],
        "created_month": created[5:7],
        "captured_year": captured[:4],
        "captured_month": captured[5:7],
    }


def _ended(name: str, record: Mapping[str, Any], *, content: str) -> str:
    """Return the last part with the ending that what lies there needs."""
    ending = ENDINGS[content] or split_ending(record["name"] or "")[1]
    return name if name.casefold().endswith(ending.casefold()) else name + ending
