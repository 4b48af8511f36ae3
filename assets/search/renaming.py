"""Queries that people keep, after what they ask for has got another name: the same question, in the new words.

A query is an object of the asset list's parameters; its `q` is text of the query language. Whatever does not name
the old word as a whole value of the key stays as it was typed, to the letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assets.conditions import MAX_Q
from assets.search.language import Placed, placed, printed_value, typed_values

#: Parameters that name tags: those whose text is one tag, and those that hold several between commas.
_ONE, _MANY = ("tag",), ("tag__in", "tag__all", "tag__not")
#: What a query must have one of to ask for anything by name.
MAY_NAME = ("q", *_ONE, *_MANY)


class Unsayable(ValueError):
    """The new name cannot be said where the old one stands; the text is a sentence for a person."""


@dataclass(frozen=True)
class Renaming:
    """Values of `key` called `old` are called any of `new` from now on; `folds` where case makes no difference."""

    key: str
    old: str
    new: tuple[str, ...] = ()
    folds: bool = False

    def means(self, value: str) -> bool:
        """Tell whether a value is the old name."""
        found, old = (unicodedata.normalize("NFC", each).strip() for each in (value, self.old))
        return found.casefold() == old.casefold() if self.folds else found == old

    def told(self, values: Sequence[str]) -> tuple[str, ...]:
        """Return values with the new names in the place of the old one, each once."""
        return tuple(
            dict.fromkeys(new for each in values for new in (self.new if self.means(each) else (each,)))
        )


def asks_for(query: Mapping[str, Any], named: Renaming) -> bool:
    """Tell whether a query asks for the old name, or for what has it not."""
    parameters = _parameters(query, named) if named.key == "tag" else {}
    return bool(parameters) or bool(_places(_text(query), named))


def renamed(query: Mapping[str, Any], named: Renaming) -> dict[str, Any]:
    """Return a query that asks for the new name wherever it asked for the old one.

    Raises:
        Unsayable: the new name holds what its place cannot, or the text becomes too long.
    """
    changed = dict(query)
    if named.key == "tag":
        changed |= {name: _anew(name, value, named) for name, value in _parameters(query, named).items()}
    text = _text(query)
    if _places(text, named):
        changed["q"] = _retyped(text, named)
    return changed


# --- parameters ----------------------------------------------------------------------------------------


def _parameters(query: Mapping[str, Any], named: Renaming) -> dict[str, str | list[Any]]:
    """Return the parameters that name the old tag, as they are."""
    found = {name: query[name] for name in (*_ONE, *_MANY) if isinstance(query.get(name), str | list)}
    return {
        name: value
        for name, value in found.items()
        if any(named.means(each) for each in ([value] if _is_one(name, value) else _parts(value)))
    }


def _is_one(name: str, value: str | list[Any]) -> bool:
    return name in _ONE and isinstance(value, str)


def _anew(name: str, value: str | list[Any], named: Renaming) -> str | list[str]:
    """Return what a parameter holds, with the new tag in the place of the old one."""
    if _is_one(name, value):
        return named.new[0]
    tags = list(named.told(_parts(value)))
    if any("," in each for each in tags):
        raise Unsayable("A name with a comma cannot stand in a list of tags.")
    return tags if isinstance(value, list) else ",".join(tags)


def _parts(value: str | list[Any]) -> list[str]:
    """Return the tags of a parameter; a list is read as its parts with commas between them."""
    return ",".join(map(str, value if isinstance(value, list) else [value])).split(",")


# --- the query language --------------------------------------------------------------------------------


def _text(query: Mapping[str, Any]) -> str:
    text = query.get("q")
    return text if isinstance(text, str) else ""


def _places(text: str, named: Renaming) -> list[Placed]:
    return [
        each
        for each in (placed(text) if ":" in text else ())
        if each.condition.key == named.key and any(named.means(value) for value in each.condition.values)
    ]


def _retyped(text: str, named: Renaming) -> str:
    """Return the text with the new name, the last place first, so that those before it stay where they are."""
    wanted = [
        replace(each.condition, values=named.told(each.condition.values))
        if each in _places(text, named)
        else each.condition
        for each in placed(text)
    ]
    for plainly in (True, False):
        fresh = text
        for each in reversed(_places(text, named)):
            said = _retold(text[each.start : each.end], named, plainly=plainly)
            fresh = fresh[: each.start] + said + fresh[each.end :]
        if len(fresh) > MAX_Q:
            raise Unsayable(f"The search would be longer than {MAX_Q} characters.")
        if [each.condition for each in placed(fresh)] == wanted:
            return fresh
    raise Unsayable("The new name cannot be typed into a search.")


def _retold(asked: str, named: Renaming, *, plainly: bool) -> str:
    """Return values as they were typed, but for the old name; each once."""
    said: dict[str, str] = {}
    for typed, value in typed_values(asked):
        if named.means(value):
            for new in named.new:
                said.setdefault(new, printed_value(new, plainly=plainly and '"' not in typed))
        else:
            said.setdefault(value, typed if plainly else printed_value(value, plainly=False))
    return ",".join(said.values())
