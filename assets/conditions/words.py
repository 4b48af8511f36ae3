"""The words of conditions: what they are made of, and the built-in keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

WAYS = ("eq", "gte", "lte", "gt", "lt", "prefix")
FIELD = "field."
MOST_VALUES = 100
LONGEST_VALUE = 300

KINDS = ("video", "audio", "image", "document", "other")
STATES = ("none", "building", "partial", "ready", "failed")
#: What reviewers decided of the head.
APPROVALS = ("none", "approved", "changes_requested")
#: What `is` takes beside the states of previews.
MARKS = ("approved", "changes", "trashed", "stacked", "tagged", "captured")


@dataclass(frozen=True)
class Condition:
    """One thing asked, as it was typed: any of `values` is enough, none of them may hold where it is `negated`."""

    key: str
    way: str = "eq"
    values: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Comparison:
    """A column of the asset compared with a value; `way` one of `WAYS`, or `in`, `has` (of a list) and `filled`.

    `says` asks for words, and `begins` for words the last of which goes on: those of the title, or the names of files.
    """

    column: str
    way: str
    value: Any = None


@dataclass(frozen=True)
class Asked:
    """A typed condition: one of `alternatives` holds, each of comparisons that all do; `field` is a custom field's."""

    alternatives: tuple[tuple[Comparison, ...], ...]
    negated: bool = False
    field: UUID | None = None


@dataclass(frozen=True)
class Key:
    """A built-in key: the type of its values, and the ways in which they are compared."""

    name: str
    type: str
    ways: tuple[str, ...]
    column: str = ""


_EQUAL = ("eq",)
_ORDERED = ("eq", "gte", "lte", "gt", "lt")

KEYS: Mapping[str, Key] = {
    each.name: each
    for each in (
        Key("kind", "kind", _EQUAL, "kind"),
        Key("title", "words", ("eq", "prefix"), "title"),
        Key("name", "words", ("eq", "prefix"), "name"),
        Key("tag", "tag", _EQUAL, "tags"),
        Key("codec", "token", ("eq", "prefix"), "codec"),
        Key("fps", "rate", _ORDERED, "fps"),
        Key("resolution", "resolution", _EQUAL, "lines"),
        Key("width", "whole", _ORDERED, "width"),
        Key("height", "whole", _ORDERED, "height"),
        Key("duration", "seconds", _ORDERED, "duration"),
        Key("size", "bytes", _ORDERED, "size"),
        Key("versions", "whole", _ORDERED, "version_count"),
        Key("created", "moment", _ORDERED, "created_at"),
        Key("updated", "moment", _ORDERED, "updated_at"),
        Key("captured", "moment", _ORDERED, "captured_at"),
        Key("person", "id", _EQUAL, "created_by"),
        Key("project", "id", _EQUAL, "project_id"),
        Key("collection", "id", _EQUAL, "collection"),
        Key("folder", "path", ("eq", "prefix"), "folder"),
        Key("shoot", "id", _EQUAL, "shoot_id"),
        Key("approval", "approval", _EQUAL, "approval"),
        Key("is", "mark", _EQUAL),
    )
}
#: Keys of the query language alone; lists have a parameter of their own for it.
SEARCHED: Mapping[str, Key] = {"client": Key("client", "id", _EQUAL, "project_id")}
#: Other words for the same keys, as the query language and older lists have them.
ALIASES: Mapping[str, str] = {"by": "person", "tags": "tag", "rate": "fps", "version_count": "versions"}

#: Classes of resolution by the shorter side in pixels: from, to (exclusive). Broadcast and vendors draw the lines
#: between formats, so that cropped and scoped pictures stay with their own.
CLASSES: Mapping[str, tuple[int | None, int | None]] = {
    "sd": (None, 700),
    "hd": (700, 1440),
    "720p": (700, 800),
    "1080p": (1000, 1100),
    "1440p": (1440, 1600),
    "uhd": (1600, 4000),
    "4k": (1600, 4000),
    "2160p": (2100, 2200),
    "8k": (4000, None),
}


def key_named(name: str) -> Key | None:
    """Return the built-in key of a name or one of its other words, None where there is none."""
    known = ALIASES.get(name, name)
    return KEYS.get(known) or SEARCHED.get(known)
