"""Folders by original path: where files lay when they were sent, as a tree with counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from dam.core.tenancy import current_organization
from dam.core.web.pagination import Page, PageRequest, page_of, position_of

_NOBODY = UUID(int=0)
_INSIDE = """
    FROM assets_asset WHERE organization_id = %(organization)s AND project_id = %(project)s AND trashed_at IS NULL
"""
_NAMES = """
    SELECT count(DISTINCT split_part(substr(folder, length(%(inside)s) + 1), '/', 1))
    {inside} AND folder <> '' AND starts_with(folder, %(inside)s)
"""
_CHILDREN = """
    SELECT name, sum(assets)::bigint, coalesce(sum(assets) FILTER (WHERE folder = %(inside)s || name), 0)::bigint,
        bool_or(folder <> %(inside)s || name)
    FROM (
        SELECT folder, split_part(substr(folder, length(%(inside)s) + 1), '/', 1) COLLATE "C" AS name, count(*) AS assets
        {inside} AND folder <> '' AND starts_with(folder, %(inside)s) GROUP BY folder
    ) held
    WHERE %(after)s::text IS NULL OR name {way} %(after)s COLLATE "C"
    GROUP BY name ORDER BY name {order} LIMIT %(most)s
"""


@dataclass(frozen=True)
class Folder:
    """One folder. `asset_count` counts everything below it too, `direct_count` what lies in itself."""

    path: str
    name: str
    asset_count: int
    direct_count: int
    has_folders: bool

    def document(self) -> dict[str, Any]:
        """Return the folder as the API tells it."""
        return {
            "path": self.path,
            "name": self.name,
            "asset_count": self.asset_count,
            "direct_count": self.direct_count,
            "has_folders": self.has_folders,
        }


def folder_page(project_id: UUID, *, path: str, request: PageRequest) -> Page:
    """Return a page of the folders one level below `path`, by name; nothing of the trash counts.

    The caller has judged the project. One walk along the index of what lies below.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search.
    """
    position = position_of(request)
    is_backward = position is not None and position.is_backward
    falls = request.is_descending != is_backward
    inside = f"{path}/" if path else ""
    statement = _CHILDREN.format(inside=_INSIDE, way="<" if falls else ">", order="DESC" if falls else "ASC")
    values = _values(project_id) | {
        "inside": inside,
        "after": None if position is None else position.key,
        "most": request.limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = [Folder(inside + name, name, total, direct, more) for name, total, direct, more in cursor]
        count = None
        if request.count:
            cursor.execute(_NAMES.format(inside=_INSIDE), values)
            count = {"value": int(cursor.fetchone()[0]), "exact": True}
    return page_of(found, request, position=position, end_of=lambda each: (each.name, _NOBODY), count=count)


def assets_in_folder(project_id: UUID, path: str) -> int:
    """Return how many assets lie in the folder itself, at the top where the path is empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) {_INSIDE} AND folder = %(path)s",
            _values(project_id) | {"path": path},
        )
        return int(cursor.fetchone()[0])


def _values(project_id: UUID) -> dict[str, Any]:
    return {"organization": current_organization(), "project": project_id}
