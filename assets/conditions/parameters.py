"""A list's parameters as conditions: `KEY`, `KEY__not`, `KEY__in`, `KEY__gte` and their like, by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from assets.conditions.readers import moment_span, typed
from assets.conditions.words import FIELD, KEYS, KINDS, WAYS, Asked, Condition

MAX_Q, MAX_MEANT, MAX_TAG = 300, 3000, 100
#: So many mistyped words of a search may mean something, each so many words.
MOST_MEANT, MOST_MEANINGS = 24, 5
UNKNOWN = "Unknown field."
_NOT_AN_ID = "Must be a valid UUID."

#: Parameters with a reading of their own; every other one is a key and how it is compared.
PLAIN = (
    "project",
    "client",
    "collection",
    "q",
    "meant",
    "kind",
    "tag",
    "tag__all",
    "trashed",
    "created_after",
    "created_before",
    "captured_after",
    "captured_before",
)
#: How a parameter's name ends, to the condition's way and whether it is negated.
ENDINGS: Mapping[str, tuple[str, bool]] = {
    "": ("eq", False),
    "in": ("eq", False),
    "not": ("eq", True),
    **{each: (each, False) for each in WAYS if each != "eq"},
}


def _names() -> tuple[str, ...]:
    found = list(PLAIN)
    for key in KEYS.values():
        ways = {"": "eq", "in": "eq", "not": "eq"} | {each: each for each in key.ways if each != "eq"}
        found += [f"{key.name}__{ending}" if ending else key.name for ending in ways]
    return tuple(dict.fromkeys(found))


#: Every filter of an asset list but those on custom fields.
PARAMETERS = _names()


@dataclass(frozen=True)
class Reading:
    """A list's filters as they were read; None and nothing leave one out.

    `fields` are conditions on custom fields, by the parameter that holds them, which only their definitions type.
    `kind`, `tag` and `created_after` stand apart because one index answers each of them. `meant` are what words of
    `q` mean besides themselves.
    """

    project: UUID | None = None
    client: UUID | None = None
    collection: UUID | None = None
    q: str | None = None
    meant: tuple[tuple[str, tuple[str, ...]], ...] = ()
    kind: str | None = None
    tag: str | None = None
    created_after: datetime | None = None
    trashed: bool = False
    asked: tuple[Asked, ...] = ()
    fields: tuple[tuple[str, Condition], ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


def read(given: Mapping[str, str]) -> Reading:
    """Return what filters ask; `faults` names each that is unknown or holds what is no value of it."""
    plain: dict[str, object] = {}
    asked: list[Asked] = []
    fields: list[tuple[str, Condition]] = []
    faults: dict[str, str] = {}
    for name, text in given.items():
        try:
            if name.startswith(FIELD):
                fields.append((name, _of_field(name, text)))
            elif name == "is" and text == "trashed":
                plain["trashed"] = True
            elif _stands_apart(name, text):
                plain[name] = _PLAIN[name](text)
            else:
                asked += _asked(name, text)
        except ValueError as error:
            faults[name] = str(error)
    return Reading(asked=tuple(asked), fields=tuple(fields), faults=faults, **plain)  # type: ignore[arg-type]  # each is of its reader's type, under its field's name


def _stands_apart(name: str, text: str) -> bool:
    return name in _PLAIN and not (name == "kind" and "," in text)


def _asked(name: str, text: str) -> list[Asked]:
    if name == "tag__all":
        return [typed(Condition("tag", "eq", (each,))) for each in text.split(",")]
    base, _, side = name.rpartition("_")
    if side in {"after", "before"} and name in PARAMETERS:
        moment = moment_of(text).isoformat()
        return [typed(Condition(base, "gt" if side == "after" else "lt", (moment,)))]
    key, _, ending = name.partition("__")
    if name not in PARAMETERS:
        raise ValueError(UNKNOWN)
    way, negated = ENDINGS[ending]
    # A folder's name may hold a comma.
    values = (text,) if key == "folder" and ending != "in" else tuple(text.split(","))
    return [typed(Condition(key, way, values, negated))]


def _of_field(name: str, text: str) -> Condition:
    key, _, ending = name.removeprefix(FIELD).partition("__")
    if ending not in ENDINGS:
        raise ValueError("There is no such field, or it is not compared like this.")
    way, negated = ENDINGS[ending]
    values = tuple(text.split(",")) if ending in {"in", "not"} else (text,)
    return Condition(f"{FIELD}{key}", way, values, negated)


def moment_of(text: str) -> datetime:
    """Return the moment that a text says; a day, month or year says its beginning, no zone UTC.

    Raises:
        ValueError: it says none.
    """
    bare = re.fullmatch(r"[0-9-]{10}[T ][0-9:.]+", text, re.ASCII)
    return moment_span(f"{text}Z" if bare else text)[0]


def _id(text: str) -> UUID:
    try:
        return UUID(text if len(text) == len(str(UUID(int=0))) else "")
    except ValueError:
        raise ValueError(_NOT_AN_ID) from None


def _words(text: str) -> str:
    if len(text) > MAX_Q:
        raise ValueError(f"Ensure this field has no more than {MAX_Q} characters.")
    if any(unicodedata.category(each) == "Cs" for each in text) or "\0" in text:
        raise ValueError("NUL characters and halves of surrogate pairs are not allowed.")
    return text.strip()


def _meant(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read `TYPED:WORD,WORD;…`, as an answer's `search.corrected` tells it."""
    found = {}
    for each in text.split(";"):
        typed_word, _, words = each.partition(":")
        found[typed_word] = tuple(words.split(","))
    is_bounded = len(text) <= MAX_MEANT and len(found) <= MOST_MEANT
    is_whole = all(
        typed_word and all(words) and len(words) <= MOST_MEANINGS for typed_word, words in found.items()
    )
    if not (is_bounded and is_whole and text.isprintable()):
        raise ValueError(
            f"Must be TYPED:WORD,WORD;… for up to {MOST_MEANT} words, with up to {MOST_MEANINGS} for each."
        )
    return tuple(found.items())


def _kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError(f"Must be one of {', '.join(KINDS)}.")
    return text


def _tag(text: str) -> str:
    tag = unicodedata.normalize("NFC", text).strip()
    if not tag or len(tag) > MAX_TAG or any(unicodedata.category(each) in {"Cc", "Cs"} for each in tag):
        raise ValueError(f"A tag has 1 to {MAX_TAG} characters and no control characters.")
    return tag


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("Must be true or false.")
    return text == "true"


_PLAIN = {
    "project": _id,
    "client": _id,
    "collection": _id,
    "q": _words,
    "meant": _meant,
    "kind": _kind,
    "tag": _tag,
    "trashed": _truth,
    "created_after": moment_of,
}
