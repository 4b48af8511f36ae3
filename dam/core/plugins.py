"""Plug-ins: packages that an operator installs beside the platform, found by their entry points.

Three groups: `dam.exporters` are objects that this process calls; `dam.metadata_extractors` and `dam.preview_recipes` are
scripts that run alone in the sandbox, and whose modules are never imported here. The contract is in docs/plugins.md.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from dam.core.guard import guard

logger = logging.getLogger(__name__)
EXPORTERS, EXTRACTORS, RECIPES = "dam.exporters", "dam.metadata_extractors", "dam.preview_recipes"
GROUPS = (EXPORTERS, EXTRACTORS, RECIPES)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")


@dataclass(frozen=True)
class Plugin:
    """One plug-in that can be used: an object for exporters, the path of a script otherwise."""

    group: str
    name: str
    package: str
    thing: Any


@dataclass(frozen=True)
class Fault:
    """Why a plug-in that is installed is not used."""

    group: str
    name: str
    package: str
    reason: str


def plugins(group: str) -> list[Plugin]:
    """Return the plug-ins of a group that can be used, by name; what cannot be is logged once, see `faults`."""
    return [each for each in _found(group) if isinstance(each, Plugin)]


def faults() -> list[Fault]:
    """Return the plug-ins of all groups that are installed and cannot be used."""
    return [each for group in GROUPS for each in _found(group) if isinstance(each, Fault)]


def forget() -> None:
    """Look for plug-ins anew: after a package was installed into a running process."""
    _found.cache_clear()


@cache
def _found(group: str) -> tuple[Plugin | Fault, ...]:
    taken: set[str] = set()
    found: list[Plugin | Fault] = []
    for entry in sorted(entry_points(group=group), key=lambda each: (each.name, each.value)):
        package = entry.dist.name if entry.dist else "?"
        reason, thing = _judged(entry, group, taken)
        if reason:
            found.append(Fault(group, entry.name, package, reason))
            logger.warning("plugin.refused", extra={"group": group, "plugin": entry.name, "reason": reason})
        else:
            taken.add(entry.name)
            found.append(Plugin(group, entry.name, package, thing))
    return tuple(found)


def _judged(entry: EntryPoint, group: str, taken: set[str]) -> tuple[str, Any]:
    """Return what stands against an entry point, empty for nothing, and what it names."""
    if not _NAME.match(entry.name):
        return "A name has 1 to 32 lower-case letters, digits, - or _.", None
    if entry.name in taken:
        return "Another package has this name.", None
    if group == EXPORTERS:
        return _loaded(entry)
    script = _script(entry.module)
    return ("", script) if script is not None else (f"There is no module {entry.module}.", None)


def _loaded(entry: EntryPoint) -> tuple[str, Any]:
    thing = None
    with guard("plugin.load_failed", plugin=entry.name) as outcome:
        thing = entry.load()
    if outcome.error is not None:
        return f"It cannot be loaded: {type(outcome.error).__name__}.", None
    lacking = [each for each in ("media_type", "ending", "write") if not hasattr(thing, each)]
    return (f"It lacks {', '.join(lacking)}." if lacking else "", thing)


def _script(module: str) -> Path | None:
    """Return the file of a module without running a line of it."""
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    for part in _prefixes(module):
        spec = PathFinder.find_spec(part, path)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or [])
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def _prefixes(module: str) -> Iterator[str]:
    parts = module.split(".")
    yield from (".".join(parts[: count + 1]) for count in range(len(parts)))
