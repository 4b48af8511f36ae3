"""Reads of the room: who asks, as of now, and which assets are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from assets import queries as catalogue
from assets.models import Asset
from assets.queries import AssetFilter
from dam.core.access import Actor
from dam.core.errors import Invalid, invalid
from dam.core.tenancy import current_organization
from orgs.queries import actor_of_user

_PATH = "selection.query"
#: A window of a list, which a person who names one may take for what is chosen.
_WINDOW = ("limit", "offset", "cursor")


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
    for name in _WINDOW:
        if name in query:
            raise invalid(f"{_PATH}.{name}", "All that matches is chosen: name ids to choose some of it.")
    try:
        return catalogue.filter_of(actor, query)
    except Invalid as error:
        faults = {f"{_PATH}.{name}": messages for name, messages in error.fields.items()}
        raise Invalid(error.detail, fields=faults) from None


def matching(actor: Actor, query: Mapping[str, Any], *, after: str | None, most: int) -> list[UUID]:
    """Return the next of the assets that a query shows the actor, behind the last of the batch before."""
    wanted = filter_of(actor, query)
    return catalogue.matching_ids(actor, wanted, after=UUID(after) if after else None, most=most)
