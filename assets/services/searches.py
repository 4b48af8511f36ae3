"""Searches that people save, change and throw away; and what the queries that are kept may ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from assets.models import SavedSearch
from assets.queries import filter_of
from assets.queries.orders import order_of
from dam.core.access import Actor
from dam.core.errors import Forbidden, Invalid

MOST_PARAMETERS = 50


def checked_query(
    actor: Actor, query: Mapping[str, Any], *, project_id: UUID | None = None
) -> dict[str, Any]:
    """Return a query that is to be kept: an object of the asset list's parameters that can be asked as of now.

    Raises:
        Invalid: a parameter that the list does not take, or a value that it does not (`query.NAME`).
    """
    if len(query) > MOST_PARAMETERS:
        raise Invalid(fields={"query": [f"At most {MOST_PARAMETERS} parameters."]})
    try:
        # Fields that only assets of one project have are known there alone.
        there = {"project": str(project_id)} if project_id is not None else {}
        wanted = filter_of(actor, there | dict(query))
        if "sort" in query:
            sort = str(query["sort"]).removeprefix("-")
            order_of(actor, sort, project_id=wanted.project, collection_id=wanted.collection)
    except Invalid as error:
        faults = {f"query.{name}": each for name, each in error.fields.items()}
        raise Invalid(error.detail, fields=faults) from None
    return dict(query)


@transaction.atomic
def save_search(
    actor: Actor, *, user_id: UUID, name: str, query: Mapping[str, Any], shared: bool
) -> SavedSearch:
    """Keep a search under a name, for its maker alone or shared with everybody in the organisation in scope.

    Raises:
        Invalid: the query cannot be asked (`query.NAME`).
        Forbidden: the token reaches one project alone.
    """
    if actor.only_project:
        raise Forbidden
    asked = checked_query(actor, query)
    return SavedSearch.objects.create(name=name, query=asked, is_shared=shared, created_by=user_id)


@transaction.atomic
def edit_search(row: SavedSearch, *, actor: Actor, changes: Mapping[str, Any]) -> SavedSearch:
    """Change a search's `name`, `query`, or whether it is `shared`. The caller holds its lock.

    Raises:
        Invalid: the query cannot be asked (`query.NAME`).
    """
    if "query" in changes:
        row.query = checked_query(actor, changes["query"])
    row.name = changes.get("name", row.name)
    row.is_shared = changes.get("shared", row.is_shared)
    row.save(update_fields=["name", "query", "is_shared", "updated_at"])
    return row


def delete_search(row: SavedSearch) -> None:
    """Throw a saved search away. The caller holds its lock."""
    row.delete()
