"""The hot list of assets, for members: one statement a page, in which Postgres writes the rows as JSON.

`assets.queries.documents` says what a row is; a test holds both to the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from assets import search
from assets.queries.lists import AssetFilter, FieldCondition, projects_of_client
from dam.core import reads
from dam.core.access import Actor
from dam.core.tenancy import current_organization
from dam.core.web.pagination import CAPPED_COUNT, Page, PageRequest, Position, capped, page_of, position_of

#: Up to this many projects are asked one by one; more of them in one walk through the organisation.
MOST_PLACES = 32
#: Beyond it asking project by project would read the same rows again and again.
MOST_SKIPPED = 500
WAYS = {"eq": "=", "gte": ">=", "lte": "<="}
VALUED = {"as_text": "text", "as_number": "float8", "as_time": "timestamptz"}
KEYS = {"created_at": "timestamptz", "title": "text", "size": "bigint"}

# Additions of upper rooms are written against these aliases: `asset`, and `head`, its current version or nulls.
_HEAD = (
    reads.bare("id", "head.id"),
    reads.number("number", "head.number"),
    reads.bare("sha256", "head.sha256"),
    reads.bare("preview_state", "head.preview_state"),
)
_BEFORE = (
    reads.bare("id", "asset.id"),
    reads.bare("project", "asset.project_id"),
    reads.text("title", "asset.title"),
    reads.bare("kind", "asset.kind"),
    reads.Column("tags", "array_to_json(asset.tags)"),
    reads.number("fields", "asset.fields"),
    reads.number("size", "asset.size"),
    reads.optional("duration", "head.duration"),
    reads.number("version_count", "asset.version_count"),
)
_AFTER = (
    reads.nested("current_version", _HEAD, unless="head.id IS NULL"),
    reads.instant("created_at", "asset.created_at"),
    reads.instant("updated_at", "asset.updated_at"),
)
_HELD = (
    "EXISTS (SELECT 1 FROM assets_hold hold WHERE hold.organization_id = asset.organization_id AND ("
    "hold.asset_id = asset.id OR hold.project_id = asset.project_id OR hold.version_id IN ("
    "SELECT version.id FROM assets_version version "
    "WHERE version.organization_id = asset.organization_id AND version.asset_id = asset.id)))"
)
_PURGE_AT = f"asset.trashed_at + interval '{settings.TRASH_DAYS} days'"
#: What a row in the trash tells besides: when it is purged by itself, never while it is held.
_TRASHED = (
    reads.instant("trashed_at", "asset.trashed_at"),
    reads.optional(
        "purge_at",
        f"CASE WHEN NOT {_HELD} THEN concat('\"', replace((({_PURGE_AT}) AT TIME ZONE 'UTC')::text, ' ', 'T'), 'Z\"') END",
    ),
    reads.optional("held", _HELD),
)
_NO_COMMENTS = reads.number("comment_count", "0")
_FOUND = (
    "assets_found(%(words)s::text, %(sort)s::text, %(falls)s::boolean, %(key)s::text, %(id)s::uuid, %(most)s::integer, "
    "%(skip)s::integer, %(places)s::uuid[], %(kind)s::text, %(created_after)s::timestamptz, %(collection)s::uuid, "
    "%(trashed)s::boolean, %(conditions)s::jsonb)"
)


@dataclass(frozen=True)
class Shape:
    """What decides the text of a statement; everything else is a value.

    `organization` is written into it: planned once for whoever asks, a list would be planned for an organisation of
    average size, and where most are tiny that reads the whole of a large one (decision 0072).
    `places`: how the projects narrow it: not at all, `one` of them, `each` asked by itself, or `any` in one walk.
    """

    organization: UUID
    sort: str
    falls: bool
    limit: int
    skips: bool
    is_after: bool
    is_found: bool
    is_trashed: bool
    places: str
    filters: frozenset[str]
    additions: tuple[str, ...]
    #: Column and way of each condition on a custom field.
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def tenant(self) -> str:
        """The organisation as SQL."""
        return f"'{self.organization}'::uuid"

    @property
    def is_plain(self) -> bool:
        """Whether one index answers it in order, whatever the values; search plans behind its door."""
        return self.is_found or (
            self.places != "any" and "collection" not in self.filters and not self.fields
        )


@dataclass(frozen=True)
class Question:
    """A statement's shape and its values."""

    shape: Shape
    values: Mapping[str, Any]


def asset_page(
    actor: Actor,
    wanted: AssetFilter,
    request: PageRequest,
    *,
    include: Sequence[str] = (),
) -> Page:
    """Return a page of the assets that a member sees and that match, as JSON in bytes; a constant number of reads.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search.
    """
    position = position_of(request)
    asked = question(actor, wanted, request, position=position, include=include)
    if asked is None:
        none = {"value": 0, "exact": True} if request.count else None
        return Page([], next=None, previous=None, count=none)
    rows = reads.lines(page_statement(asked.shape), asked.values, is_plain=asked.shape.is_plain)
    finish = [
        each.finish(actor)
        for each in reads.additions("asset", asked.shape.additions)
        if each.finish is not None
    ]
    return page_of(
        [_finished(each, finish) for each in rows] if finish else rows,
        request,
        position=position,
        end_of=lambda each: _end(each, request.key),
        count=_count(asked, request.count),
    )


def question(
    actor: Actor,
    wanted: AssetFilter,
    request: PageRequest,
    *,
    position: Position | None = None,
    include: Sequence[str] = (),
) -> Question | None:
    """Return what to ask the database, None where nothing can match."""
    found = search.match(search.parse(wanted.q or "").terms, tags=[] if wanted.tag is None else [wanted.tag])
    if found is None:
        return None
    words = found.wanted
    seen = _places(actor, wanted)
    falls = request.is_descending != (position is not None and position.is_backward)
    skip = request.offset or 0
    shape = Shape(
        organization=current_organization(),
        sort=request.key,
        falls=falls,
        limit=request.limit + 1,
        skips=bool(skip),
        is_after=position is not None,
        is_found=bool(words),
        is_trashed=wanted.trashed,
        places=_manner(seen, skip=skip, is_trashed=wanted.trashed),
        filters=frozenset(
            name for name in ("kind", "created_after", "collection") if getattr(wanted, name) is not None
        ),
        additions=("comment_count", *include),
        fields=tuple((each.column, each.way) for each in wanted.fields),
    )
    return Question(
        shape,
        _values(wanted, shape, position, seen=seen, words=words)
        | {"skip": skip, "reach": skip + shape.limit},
    )


def _values(
    wanted: AssetFilter,
    shape: Shape,
    position: Position | None,
    *,
    seen: list[UUID] | None,
    words: str,
) -> dict[str, Any]:
    key = position.key if position is not None else None
    return {
        "places": seen,
        "place": seen[0] if seen and len(seen) == 1 else None,
        "kind": wanted.kind,
        "created_after": wanted.created_after,
        "collection": wanted.collection,
        "trashed": wanted.trashed,
        "key": key if not shape.is_found or not isinstance(key, datetime) else key.isoformat(),
        "id": position.id if position is not None else None,
        "words": words,
        "sort": shape.sort,
        "falls": shape.falls,
        "most": shape.limit,
        **_asked_of_fields(wanted.fields),
    }


def _asked_of_fields(conditions: Sequence[FieldCondition]) -> dict[str, Any]:
    values: dict[str, Any] = {"conditions": orjson.dumps(conditions).decode()}
    for number, each in enumerate(conditions):
        values |= {f"field{number}": each.field, f"value{number}": list(each.values)}
    return values


def _places(actor: Actor, wanted: AssetFilter) -> list[UUID] | None:
    """Return the projects to look into, None for all of the organisation.

    Only projects of this organisation: a list that names foreign ones makes the planner walk every asset.
    """
    seen = actor.visible_projects(current_organization())
    narrower = [] if wanted.project is None else [frozenset({wanted.project})]
    if wanted.client is not None:
        narrower.append(frozenset(projects_of_client(wanted.client)))
    for each in narrower:
        seen = each if seen is None else seen & each
    return None if seen is None else sorted(seen)


def _manner(seen: list[UUID] | None, *, skip: int, is_trashed: bool) -> str:
    if seen is None:
        return "all"
    if len(seen) == 1:
        return "one"
    return "each" if len(seen) <= MOST_PLACES and skip <= MOST_SKIPPED and not is_trashed else "any"


# --- the statement ----------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def page_statement(shape: Shape) -> str:
    """Return the statement of a page: a row's JSON, and beside it what additions of upper rooms finish."""
    added = reads.additions("asset", shape.additions)
    columns = [each.column for each in added if each.column is not None] or [_NO_COMMENTS]
    finished = [each.expression for each in added if each.finish is not None]
    trashed = _TRASHED if shape.is_trashed else ()
    row = reads.document([*_BEFORE, *columns, *_AFTER, *trashed], is_open=bool(finished))
    return reads.in_lines(
        row,
        finished,
        f"({rows_statement(shape)}) asset LEFT JOIN assets_version head ON head.id = asset.current_version_id "
        f"AND head.organization_id = {shape.tenant} ORDER BY {_order(shape, 'asset')}",
    )


@lru_cache(maxsize=512)
def count_statement(shape: Shape) -> str:
    """Return the statement that counts what the shape finds, at most its limit."""
    return f"SELECT count(*) FROM ({rows_statement(shape)}) asset"  # noqa: S608  our own words


def rows_statement(shape: Shape) -> str:
    """Return the statement of the page's assets themselves, without their heads and what other rooms add."""
    skip = " OFFSET %(skip)s" if shape.skips else ""
    if shape.is_found:
        # The door answers ids; the rows are read behind the caller's own fence again, one by one: nobody knows
        # beforehand how few they are, and a join would read every asset of the organisation.
        inner = _conditions(replace(shape, is_after=False, filters=frozenset(), fields=()))
        return (
            f"SELECT asset.* FROM {_FOUND} AS found(id) CROSS JOIN LATERAL ("  # noqa: S608
            f"SELECT asset.* FROM assets_asset asset WHERE asset.id = found.id AND {inner} LIMIT 1) asset"
        )
    if shape.places == "each":
        return (
            "SELECT asset.* FROM ("  # noqa: S608  our own words
            "SELECT near.id FROM unnest(%(places)s::uuid[]) AS place(id) CROSS JOIN LATERAL ("
            f"SELECT asset.id, asset.{shape.sort} FROM assets_asset asset "
            f"WHERE {_conditions(shape)} AND asset.project_id = place.id "
            f"ORDER BY {_order(shape, 'asset')} LIMIT {'%(reach)s' if shape.skips else shape.limit}) near "
            f"ORDER BY {_order(shape, 'near')} LIMIT {shape.limit}{skip}) near "
            f"JOIN assets_asset asset ON asset.id = near.id AND asset.organization_id = {shape.tenant}"
        )
    return (
        f"SELECT asset.* FROM assets_asset asset WHERE {_conditions(shape)} "  # noqa: S608  our own words
        f"ORDER BY {_order(shape, 'asset')} LIMIT {shape.limit}{skip}"
    )


def _conditions(shape: Shape) -> str:
    said = [
        f"asset.organization_id = {shape.tenant}",
        f"asset.trashed_at IS {'NOT ' if shape.is_trashed else ''}NULL",
    ]
    if shape.places == "one":
        said.append("asset.project_id = %(place)s")
    elif shape.places == "any" or (shape.places == "each" and shape.is_found):
        said.append("asset.project_id = ANY (%(places)s::uuid[])")
    if "kind" in shape.filters:
        said.append("asset.kind = %(kind)s")
    if "created_after" in shape.filters:
        said.append("asset.created_at > %(created_after)s")
    if "collection" in shape.filters:
        said.append(
            "asset.id IN (SELECT item.asset_id FROM assets_collectionitem item "  # noqa: S608  our own words
            f"WHERE item.organization_id = {shape.tenant} AND item.collection_id = %(collection)s)"
        )
    said += [
        "asset.id IN (SELECT value.asset_id FROM assets_fieldvalue value "  # noqa: S608  our own words
        f"WHERE value.organization_id = {shape.tenant} AND value.field_id = %(field{number})s "
        f"AND value.{column} {WAYS[way]} ANY (%(value{number})s::{VALUED[column]}[]))"
        for number, (column, way) in enumerate(shape.fields)
    ]
    if shape.is_after:
        way = "<" if shape.falls else ">"
        said.append(f"(asset.{shape.sort}, asset.id) {way} (%(key)s::{KEYS[shape.sort]}, %(id)s)")
    return " AND ".join(said)


def _order(shape: Shape, alias: str) -> str:
    way = "DESC" if shape.falls else "ASC"
    return f"{alias}.{shape.sort} {way}, {alias}.id {way}"


# --- what comes back --------------------------------------------------------------------------------


def _finished(line: bytes, finish: Sequence[Callable[[bytes], bytes]]) -> bytes:
    body, *beside = line.split(b"\t")
    members = [each(text) for each, text in zip(finish, beside, strict=True)]
    return b"%b,%b}" % (body, b",".join(members))


def _end(document: bytes, key: str) -> tuple[Any, UUID]:
    row = orjson.loads(document)
    value = datetime.fromisoformat(row[key]) if key == "created_at" else row[key]
    return value, UUID(row["id"])


def _count(asked: Question, mode: str | None) -> dict[str, Any] | None:
    if mode is None:
        return None
    most = CAPPED_COUNT + 1 if mode == "capped" else 2**31 - 1
    # A count needs no order among projects: every one of them is walked.
    places = "any" if asked.shape.places == "each" else asked.shape.places
    shape = replace(asked.shape, is_after=False, skips=False, limit=most, places=places, additions=())
    values = {**asked.values, "key": None, "id": None, "skip": 0, "most": most}
    (value,) = reads.row(count_statement(shape), values, is_plain=False)
    return capped(value) if mode == "capped" else {"value": value, "exact": True}
