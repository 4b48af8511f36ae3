"""What a door of the API is, and short ways to write one down; the table itself is in `doors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Ids = Mapping[str, str]
NO_BODY: Callable[[Ids], dict[str, Any] | None] = lambda ids: None  # noqa: E731 - a default in a table of builders


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    method: str
    route: str
    least: str
    passes: tuple[int, ...] = (200,)
    path: Ids = field(default_factory=dict)
    body: Callable[[Ids], dict[str, Any] | None] = NO_BODY
    ids: Ids = field(default_factory=dict)
    query: Ids = field(default_factory=dict)
    #: The least role for a list that names its place; a bare list shows everybody what they may see of it.
    narrowed: str = ""
    #: Spots and parameters where what cannot be seen is left out of the answer instead of refused.
    silent: frozenset[str] = frozenset()
    by_session: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"


def get(route: str, least: str = "viewer", **more: Any) -> Door:
    return Door("GET", f"api/{route}", least, **more)


def post(
    route: str, least: str, passes: int, body: Callable[[Ids], dict[str, Any] | None], **more: Any
) -> Door:
    return Door("POST", f"api/{route}", least, (passes,), body=body, **more)


def patch(route: str, least: str, body: Callable[[Ids], dict[str, Any] | None], **more: Any) -> Door:
    return Door("PATCH", f"api/{route}", least, body=body, **more)


def put(
    route: str, least: str, passes: int, body: Callable[[Ids], dict[str, Any] | None], **more: Any
) -> Door:
    return Door("PUT", f"api/{route}", least, (passes,), body=body, **more)


def delete(route: str, least: str, passes: int = 204, **more: Any) -> Door:
    return Door("DELETE", f"api/{route}", least, (passes,), **more)
