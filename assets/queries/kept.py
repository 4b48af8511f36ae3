"""Queries that people keep: saved searches and smart collections, of whomever, a few hundred at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from assets.models import Collection, SavedSearch
from assets.search import MAY_NAME, placed
from dam.core.access import Actor, Permission, Target, may
from dam.core.tenancy import current_organization
from dam.core.web.parsing import as_uuid

Kind = Literal["collection", "search"]
KINDS: tuple[Kind, ...] = ("collection", "search")


@dataclass(frozen=True)
class Kept:
    """A query that is kept; `project_id` is the one project that it looks into, None where there may be several."""

    kind: Kind
    id: UUID
    name: str
    query: Mapping[str, Any]
    project_id: UUID | None
    created_by: UUID | None
    is_shared: bool

    @property
    def looks_into_trash(self) -> bool:
        """Whether it finds what lies in the trash."""
        is_marked = self.query.get("is") == "trashed" or any(
            each.condition.key == "is" and "trashed" in each.condition.values
            for each in placed(str(self.query.get("q", "")))
        )
        return is_marked or self.query.get("trashed") in (True, "true")

    def is_seen_by(self, actor: Actor) -> bool:
        """Tell whether the actor meets it in a list: a search of their own or a shared one, a project's collection."""
        if self.kind == "collection":
            return may(actor, Permission.VIEW, Target(current_organization(), self.project_id))
        return not actor.only_project and (self.is_shared or self.created_by == actor.id)


def kept_queries(kind: Kind, *, after: UUID | None = None, most: int) -> list[Kept]:
    """Return the next queries of a kind that may name anything, by id; smart collections, and searches of everybody."""
    if kind == "collection":
        smart = Collection.objects.filter(kind=Collection.CollectionKind.SMART)
        collections = smart.filter(query__has_any_keys=MAY_NAME).order_by("id")
        return [_of(each) for each in (collections.filter(id__gt=after) if after else collections)[:most]]
    searches = SavedSearch.objects.filter(query__has_any_keys=MAY_NAME).order_by("id")
    return [_of(each) for each in (searches.filter(id__gt=after) if after else searches)[:most]]


def kept_query(kind: str, identity: UUID) -> Kept | None:
    """Return one kept query as it is now, None where it is gone."""
    rows = (Collection if kind == "collection" else SavedSearch).objects.filter(id=identity)
    found = rows.first()
    return None if found is None else _of(found)


def _of(row: Collection | SavedSearch) -> Kept:
    if isinstance(row, Collection):
        return Kept(
            "collection", row.id, row.name, row.query or {}, row.project_id, row.created_by, is_shared=True
        )
    place = as_uuid(row.query.get("project"))
    return Kept("search", row.id, row.name, row.query, place, row.created_by, row.is_shared)
