"""Reads of the room: who asks, as of now, and which assets are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from assets import queries as catalogue
from assets.models import Asset
from assets.queries import AssetFilter
from assets.queries.pages import question
from assets.queries.statements import rows_statement
from dam.core.access import Actor
from dam.core.errors import Invalid
from dam.core.tenancy import current_organization
from dam.core.web.pagination import PageRequest, Position
from orgs.queries import actor_of_user

_PATH = "selection.query"


def actor_now(by: Mapping[str, Any]) -> Actor:
    """Return whoever asked for an operation with the rights of this moment, as narrow as the token was."""
    only = by.get("only_project")
    return replace(
        actor_of_user(UUID(by["user"])),
        only_project=UUID(only) if only else None,
        ip=by.get("ip", ""),
        user_agent=by.get("user_agent", ""),
    )


def places_of(actor: Actor, ids: Sequence[UUID], *, trashed: bool) -> dict[UUID, UUID]:
    """Return the projects of those of the assets that the actor sees; with `trashed` those in the trash count too."""
    rows = Asset.objects.filter(id__in=ids)
    if not trashed:
        rows = rows.filter(trashed_at=None)
    found = dict(rows.values_list("id", "project_id"))
    seen = actor.visible_projects(current_organization())
    return {key: place for key, place in found.items() if seen is None or place in seen}


def filter_of(actor: Actor, query: Mapping[str, Any]) -> AssetFilter:
    """Return what a list with these parameters would show the actor.

    Raises:
        Invalid: a parameter that the list does not take, or a place that the actor does not see
            (`selection.query.NAME`).
    """
    try:
        return catalogue.filter_of(actor, query)
    except Invalid as error:
        raise _within(error.fields) from None


def _within(faults: Mapping[str, Sequence[str]]) -> Invalid:
    return Invalid(
        next(iter(faults.values()))[0], fields={f"{_PATH}.{name}": each for name, each in faults.items()}
    )


def matching(actor: Actor, query: Mapping[str, Any], *, after: Any, most: int) -> tuple[list[UUID], Any]:
    """Return at most so many of the assets that a query shows the actor, newest first, and the place after them.

    The place is None at the end.
    """
    request = PageRequest(url="", params={}, sort="-created_at", limit=most)
    place = Position(datetime.fromisoformat(after[0]), UUID(after[1]), is_backward=False) if after else None
    asked = question(actor, filter_of(actor, query), request, position=place)
    if asked is None:
        return [], None
    statement = f"SELECT asset.id, asset.created_at FROM ({rows_statement(asked.shape)}) asset"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, asked.values)
        rows = cursor.fetchall()
    rows.sort(key=lambda each: (each[1], each[0]), reverse=True)
    found = rows[:most]
    return [each[0] for each in found], [found[-1][1].isoformat(), str(found[-1][0])] if len(
        rows
    ) > most else None
