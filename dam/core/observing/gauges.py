"""Numbers that lie in the database, over all tenants and without ids: rooms register them, `/metrics` asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """One value of a gauge; every reading of a name SHALL have the same label names."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


Source = Callable[[], Iterable[Reading]]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Let `source` be asked, outside any scope, when metrics are read; it SHALL make one cheap query."""
    _sources[name] = source


def sources() -> list[Source]:
    """Return every registered source."""
    return list(_sources.values())
