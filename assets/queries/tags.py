"""Tags in use: those of what an actor sees, each with how many assets carry it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from dam.core.access import Actor
from dam.core.tenancy import current_organization
from dam.core.web.pagination import (
    CAPPED_COUNT,
    MOST_PLACES,
    Page,
    PageRequest,
    capped,
    page_of,
    position_of,
)

#: A list of tags goes by their words; ids only end its cursors.
_NOBODY = UUID(int=0)
_OF_ALL = """
    SELECT tag, sum(number)::bigint AS total FROM assets_tagcount
    WHERE organization_id = %(organization)s {places} {narrower}
    GROUP BY folded, tag HAVING sum(number) > 0 ORDER BY folded {way}, tag {way} LIMIT %(most)s
"""
# Whatever is among the first tags of all is among the first of each project that has it: every sum is whole.
_OF_EACH = """
    SELECT tag, sum(total)::bigint AS total FROM unnest(%(places)s::uuid[]) AS place (id) CROSS JOIN LATERAL (
        SELECT folded, tag, sum(number) AS total FROM assets_tagcount
        WHERE organization_id = %(organization)s AND project_id = place.id {narrower}
        GROUP BY folded, tag HAVING sum(number) > 0 ORDER BY folded {way}, tag {way} LIMIT %(most)s
    ) held
    GROUP BY folded, tag ORDER BY folded {way}, tag {way} LIMIT %(most)s
"""
_BEGINS = "AND folded >= lower(%(prefix)s::text) AND folded < lower(%(prefix)s::text) || chr(1114111)"
_AFTER = "AND (folded, tag) {sign} (lower(%(after)s::text), %(after)s::text)"
_IS_SEEN = """
    SELECT coalesce(sum(number), 0) > 0 FROM assets_tagcount
    WHERE organization_id = %(organization)s AND folded = lower(%(tag)s::text) AND tag = %(tag)s
        AND (%(places)s::uuid[] IS NULL OR project_id = ANY (%(places)s))
"""


def tag_page(actor: Actor, request: PageRequest, *, prefix: str = "", project_id: UUID | None = None) -> Page:
    """Return a page of the tags that assets outside the trash carry, in alphabetical order.

    Shapes: rows are pairs of a tag and how many assets that the actor sees carry it; only tags that begin with
    `prefix`, whatever their case. The caller has judged the project. One statement, and one more for a count.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search.
    """
    position = position_of(request)
    falls = request.is_descending != (position is not None and position.is_backward)
    places = _places(actor, project_id)
    values = {
        "organization": current_organization(),
        "places": places,
        "prefix": prefix,
        "after": None if position is None else position.key,
        "most": request.limit + 1,
    }
    begins = _BEGINS if prefix else ""
    after = "" if position is None else _AFTER.format(sign="<" if falls else ">")
    with connection.cursor() as cursor:
        cursor.execute(_statement(places, begins + after, way="DESC" if falls else "ASC"), values)
        found: list[Any] = cursor.fetchall()
        count = None
        if request.count:
            most = CAPPED_COUNT + 1 if request.count == "capped" else 2**31 - 1
            counted = f"SELECT count(*) FROM ({_statement(places, begins, way='ASC')}) held"  # noqa: S608  one of two statements of ours; what was typed is bound
            cursor.execute(counted, values | {"most": most})
            (number,) = cursor.fetchone()
            count = capped(number) if request.count == "capped" else {"value": number, "exact": True}
    return page_of(found, request, position=position, end_of=lambda each: (each[0], _NOBODY), count=count)


def _statement(places: list[UUID] | None, narrower: str, *, way: str) -> str:
    if places is not None and len(places) <= MOST_PLACES:
        return _OF_EACH.format(narrower=narrower, way=way)
    within = "" if places is None else "AND project_id = ANY (%(places)s)"
    return _OF_ALL.format(places=within, narrower=narrower, way=way)


def tag_is_seen(actor: Actor, tag: str, *, project_id: UUID | None = None) -> bool:
    """Tell whether an asset outside the trash that the actor sees carries exactly this tag."""
    values: dict[str, Any] = {
        "organization": current_organization(),
        "tag": tag,
        "places": _places(actor, project_id),
    }
    with connection.cursor() as cursor:
        cursor.execute(_IS_SEEN, values)
        return bool(cursor.fetchone()[0])


def tag_is_carried(tag: str) -> bool:
    """Tell whether any asset of the organisation outside the trash carries exactly this tag."""
    values: dict[str, Any] = {"organization": current_organization(), "tag": tag, "places": None}
    with connection.cursor() as cursor:
        cursor.execute(_IS_SEEN, values)
        return bool(cursor.fetchone()[0])


def _places(actor: Actor, project_id: UUID | None) -> list[UUID] | None:
    """Return the projects to look into, None for all of the organisation."""
    if project_id is not None:
        return [project_id]
    seen = actor.visible_projects(current_organization())
    return None if seen is None else sorted(seen)
