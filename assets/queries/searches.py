"""Saved searches: whose they are, and whether they can still be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from assets import conditions
from assets.models import SavedSearch
from assets.queries.fields import asked_of_fields
from assets.queries.filters import SHOWN, texts_of
from dam.core.access import Actor, Permission, Target, may
from dam.core.errors import Forbidden, Invalid, NotFound
from dam.core.tenancy import current_organization


def visible_searches(actor: Actor) -> QuerySet[SavedSearch]:
    """Return the searches that the actor saved and those that are shared with everybody here, without an order.

    A token of one project reaches none of them: they belong to people and the organisation.
    """
    if actor.only_project or actor.share is not None:
        return SavedSearch.objects.none()
    return SavedSearch.objects.filter(Q(is_shared=True) | Q(created_by=actor.id))


def search_for(actor: Actor, search_id: UUID, *, lock: bool = False, edits: bool = False) -> SavedSearch:
    """Load a saved search; with `edits` one that the actor may change: their own, or as an admin a shared one.

    Raises:
        NotFound: there is none, or it is somebody else's own.
        Forbidden: it is shared, but not the actor's to change.
    """
    rows = visible_searches(actor)
    row = (rows.select_for_update() if lock else rows).filter(id=search_id).first()
    if row is None:
        raise NotFound
    is_own = row.created_by == actor.id
    if edits and not is_own and not may(actor, Permission.MANAGE_FIELDS, Target(current_organization())):
        raise Forbidden("Only whoever saved this search, or an admin, may change it.")
    return row


def search_documents(actor: Actor, rows: Sequence[SavedSearch]) -> list[dict[str, Any]]:
    """Return saved searches; `faults` tells by parameter what of a query can no longer be asked. One query for all."""
    faults = _faults(actor, [each.query for each in rows])
    return [
        {
            "id": each.id,
            "name": each.name,
            "query": each.query,
            "shared": each.is_shared,
            "owner": each.created_by,
            "faults": found,
            "created_at": each.created_at,
            "updated_at": each.updated_at,
        }
        for each, found in zip(rows, faults, strict=True)
    ]


def _faults(actor: Actor, queries: Sequence[dict[str, Any]]) -> list[dict[str, list[str]]]:
    readings = [
        conditions.read(texts_of({name: value for name, value in each.items() if name not in SHOWN}))
        for each in queries
    ]
    faults = [{name: [fault] for name, fault in each.faults.items()} for each in readings]
    asked = {
        f"{number}:{name}": condition
        for number, each in enumerate(readings)
        for name, condition in each.fields
    }
    try:
        asked_of_fields(actor, asked)
    except Invalid as error:
        for place, messages in error.fields.items():
            number, _, name = place.partition(":")
            faults[int(number)][name] = list(messages)
    return faults
