"""The statements of asset lists; what decides their text is `assets.queries.shapes`.

Additions of upper rooms are written against the alias `asset`, a row of its table: what a list shows of the head and of
comments stands there (decision 0138).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.conf import settings

from assets.queries.compared import collected, compared
from assets.queries.orders import CREATED, Order
from assets.queries.shapes import Shape
from assets.queries.walking import BEHIND, valued_statement, walked_statement
from dam.core import reads

_HEAD = (
    reads.bare("id", "asset.current_version_id"),
    reads.number("number", "asset.head_number"),
    reads.bare("sha256", "asset.head_sha256"),
    reads.bare("preview_state", "asset.preview_state"),
)
_BEFORE = (
    reads.bare("id", "asset.id"),
    reads.bare("project", "asset.project_id"),
    reads.text("title", "asset.title"),
    reads.bare("kind", "asset.kind"),
    reads.Column("tags", "array_to_json(asset.tags)"),
    reads.number("fields", "asset.fields"),
    reads.number("size", "asset.size"),
    reads.optional("duration", "asset.duration"),
    reads.number("version_count", "asset.version_count"),
)
#: Mostly nothing is decided, and nothing is put together then.
_APPROVAL = (
    'CASE WHEN asset.approval = \'none\' THEN \'{"state":"none","approved":0,"changes_requested":0}\' '
    'ELSE concat(\'{"state":"\', asset.approval, \'","approved":\', asset.approved, '
    "',\"changes_requested\":', asset.changes_requested, '}') END"
)
_AFTER = (
    reads.Column("approval", _APPROVAL),
    reads.nested("current_version", _HEAD, unless="asset.head_number IS NULL"),
    reads.instant("created_at", "asset.created_at"),
    reads.instant("updated_at", "asset.updated_at"),
)
_HELD = (
    "EXISTS (SELECT 1 FROM assets_hold hold WHERE hold.organization_id = asset.organization_id AND ("
    "hold.asset_id = asset.id OR hold.project_id = asset.project_id OR hold.version_id IN ("
    "SELECT version.id FROM assets_version version "
    "WHERE version.organization_id = asset.organization_id AND version.asset_id = asset.id)))"
)
_PURGE_AT = (
    "asset.trashed_at + make_interval(days => (SELECT coalesce(org.trash_days, "  # noqa: S608  columns and keywords of ours; what was asked is bound
    f"{settings.TRASH_DAYS}) FROM orgs_organization org WHERE org.id = asset.organization_id))"
)
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
    "assets_found(%(words)s::text, %(sort)s::text, %(falls)s::boolean, {key}, {id}, {most}, {skip}, %(places)s::uuid[], "
    "%(kind)s::text, %(created_after)s::timestamptz, %(collection)s::uuid, %(trashed)s::boolean, %(conditions)s::jsonb)"
)
_AS_ASKED = {
    "key": "%(key)s::text",
    "id": "%(id)s::uuid",
    "most": "%(most)s::integer",
    "skip": "%(skip)s::integer",
}
#: How well an entry is found, by the labels of its words (see `assets.search.vectors`); the door says the same.
RANK = (
    "ts_rank('{0.05,0.2,0.5,1}', entry.words, %(ranked)s::tsquery) "
    "+ ts_rank('{0.05,0.2,0.5,1}', entry.words, %(exact)s::tsquery)"
)


@lru_cache(maxsize=512)
def page_statement(shape: Shape) -> str:
    """Return the statement of a page: a row's JSON, and beside it what additions of upper rooms finish.

    Where the row does not hold its sort key, that comes last, as JSON.
    """
    added = reads.additions("asset", shape.additions)
    columns = [each.column for each in added if each.column is not None] or [_NO_COMMENTS]
    beside = [each.expression for each in added if each.finish is not None]
    trashed = _TRASHED if shape.is_trashed else ()
    row = reads.document([*_BEFORE, *columns, *_AFTER, *trashed], is_open=bool(beside))
    if not shape.order.in_row:
        beside.append(f"to_json({shape.key})::text")
    source = f"({_page_rows(shape)}) asset ORDER BY {_page_order(shape)}"
    if shape.is_straight:
        source = _straight(shape)
    return reads.in_lines(row, beside, source)


@lru_cache(maxsize=512)
def count_statement(shape: Shape) -> str:
    """Return the statement that counts what the shape finds, at most its limit.

    What search finds is counted at its door, which narrows to the same organisation, projects and conditions: a number shows no row.
    """
    if shape.is_found:
        return f"SELECT count(*) FROM {_FOUND.format(**_AS_ASKED)} AS found(id)"  # noqa: S608  as below
    return f"SELECT count(*) FROM ({rows_statement(shape)}) asset"  # noqa: S608  columns and keywords of ours; what was asked is bound


def _page_rows(shape: Shape) -> str:
    """Return the statement of a page's assets; the newest finds are walked to."""
    beyond = _beyond(shape, "entry.created_at", "entry.asset_id")
    if shape.is_valued:
        return valued_statement(shape, beyond=beyond, narrowed=conditions(replace(shape, asked=())))
    if not shape.is_found or shape.order != CREATED or shape.skips or shape.is_trashed:
        return rows_statement(shape)
    return walked_statement(
        shape,
        beyond=beyond,
        narrowed=conditions(shape, is_of_one=True),
        found=_found_statement(shape, f"edge CROSS JOIN LATERAL {_FOUND.format(**BEHIND)}"),
    )


def rows_statement(shape: Shape) -> str:
    """Return the statement of the page's assets themselves, without what other rooms add."""
    skip = " OFFSET %(skip)s" if shape.skips else ""
    if shape.is_found:
        return _found_statement(shape, _FOUND.format(**_AS_ASKED))
    if shape.order.is_hollow:
        return _hollow_statement(shape, skip)
    if shape.order.is_placed:
        return (
            "SELECT asset.*, item.position AS sort_key FROM assets_collectionitem item "  # noqa: S608  columns and keywords of ours; what was asked is bound
            f"JOIN assets_asset asset ON asset.id = item.asset_id WHERE {conditions(shape)} "
            f"AND item.organization_id = {shape.tenant} AND item.collection_id = %(collection)s"
            f"{_beyond(shape, 'item.position', 'item.asset_id')} "
            f"ORDER BY item.position {shape.way}, item.asset_id {shape.way} LIMIT {shape.limit}{skip}"
        )
    if shape.places == "each":
        return _each_statement(shape, skip)
    return f"SELECT asset.* FROM {_straight(shape)}{skip}"  # noqa: S608  columns and keywords of ours; what was asked is bound


def _straight(shape: Shape) -> str:
    """Return what follows FROM where one walk through the table finds the page; a row costs less without a query around it."""
    return (
        f"assets_asset asset WHERE {conditions(shape)}{_beyond(shape, shape.key, 'asset.id')} "
        f"ORDER BY {_order(shape, 'asset')} LIMIT {shape.limit}"
    )


def _found_statement(shape: Shape, found: str) -> str:
    """The door answers ids; the rows are read behind the caller's own fence again, one by one.

    Nobody knows beforehand how few they are, and a join would read every asset of the organisation.
    """
    inner = conditions(replace(shape, filters=frozenset(), asked=()))
    return (
        f"SELECT asset.* FROM {found} AS found(id) CROSS JOIN LATERAL ("  # noqa: S608  columns and keywords of ours; what was asked is bound
        f"SELECT asset.*{_key_beside(shape)} FROM assets_asset asset "
        f"WHERE asset.id = found.id AND {inner} LIMIT 1) asset"
    )


def _key_beside(shape: Shape) -> str:
    if not shape.is_ranked:
        return ""
    if shape.order.is_relevance:
        return (
            f", (SELECT {RANK} FROM assets_search entry "  # noqa: S608  columns and keywords of ours; what was asked is bound
            f"WHERE entry.organization_id = {shape.tenant} AND entry.asset_id = asset.id) AS sort_key"
        )
    if shape.order.is_placed:
        return (
            ", (SELECT item.position FROM assets_collectionitem item "  # noqa: S608  columns and keywords of ours; what was asked is bound
            f"WHERE item.organization_id = {shape.tenant} AND item.collection_id = %(collection)s "
            "AND item.asset_id = asset.id) AS sort_key"
        )
    if shape.order.field is None:
        return f", asset.{shape.order.column} AS sort_key"
    return (
        f", (SELECT value.{shape.order.column} FROM assets_fieldvalue value "  # noqa: S608  columns and keywords of ours; what was asked is bound
        f"WHERE {_of_field(shape)} AND value.asset_id = asset.id AND value.place = 0) AS sort_key"
    )


def _each_statement(shape: Shape, skip: str) -> str:
    reach = "%(reach)s" if shape.skips else str(shape.limit)
    return (
        "SELECT asset.* FROM ("  # noqa: S608  columns and keywords of ours; what was asked is bound
        "SELECT near.id FROM unnest(%(places)s::uuid[]) AS place(id) CROSS JOIN LATERAL ("
        f"SELECT asset.id, asset.{shape.order.column} FROM assets_asset asset "
        f"WHERE {conditions(shape)} AND asset.project_id = place.id{_beyond(shape, shape.key, 'asset.id')} "
        f"ORDER BY {_order(shape, 'asset')} LIMIT {reach}) near "
        f"ORDER BY {_order(shape, 'near')} LIMIT {shape.limit}{skip}) near "
        f"JOIN assets_asset asset ON asset.id = near.id AND asset.organization_id = {shape.tenant}"
    )


def _hollow_statement(shape: Shape, skip: str) -> str:
    """Read those with a value and then those without, or backwards; the second only where the first are too few."""
    valued = _valued(shape, is_behind=shape.after == "key")
    empty = _empty(shape, is_behind=shape.after == "null")
    if shape.is_backward:
        branches = [empty, _valued(shape, is_behind=False)] if shape.after == "null" else [valued]
    else:
        branches = [empty] if shape.after == "null" else [valued, empty]
    union = " UNION ALL ".join(f"({each})" for each in branches)
    return f"SELECT asset.* FROM ({union}) asset LIMIT {shape.limit}{skip}"  # noqa: S608  columns and keywords of ours; what was asked is bound


def _valued(shape: Shape, *, is_behind: bool) -> str:
    source, key, identity = "assets_asset asset", f"asset.{shape.order.column}", "asset.id"
    narrowed = ""
    if shape.order.field is not None:
        source = "assets_fieldvalue value JOIN assets_asset asset ON asset.id = value.asset_id"
        key, identity = f"value.{shape.order.column}", "value.asset_id"
        narrowed = f" AND {_of_field(shape)} AND value.place = 0"
    return (
        f"SELECT asset.*, {key} AS sort_key FROM {source} WHERE {conditions(shape)}{narrowed} "  # noqa: S608  columns and keywords of ours; what was asked is bound
        f"AND {key} IS NOT NULL{_beyond(shape, key, identity) if is_behind else ''} "
        f"ORDER BY {key} {shape.way}, {identity} {shape.way} LIMIT {_reach(shape)}"
    )


def _empty(shape: Shape, *, is_behind: bool) -> str:
    lacking = f"asset.{shape.order.column} IS NULL"
    if shape.order.field is not None:
        lacking = (
            "NOT EXISTS (SELECT 1 FROM assets_fieldvalue value "  # noqa: S608  columns and keywords of ours; what was asked is bound
            f"WHERE {_of_field(shape)} AND value.asset_id = asset.id)"
        )
    behind = f" AND asset.id {shape.sign} %(id)s" if is_behind else ""
    return (
        f"SELECT asset.*, NULL::{shape.order.type} AS sort_key FROM assets_asset asset "  # noqa: S608  columns and keywords of ours; what was asked is bound
        f"WHERE {conditions(shape)} AND {lacking}{behind} ORDER BY asset.id {shape.way} LIMIT {_reach(shape)}"
    )


def _of_field(shape: Shape) -> str:
    return f"value.organization_id = {shape.tenant} AND value.field_id = '{shape.order.field}'::uuid"


def _reach(shape: Shape) -> str:
    return "%(reach)s" if shape.skips else str(shape.limit)


def _beyond(shape: Shape, key: str, identity: str) -> str:
    """Return what lets a page begin behind its position."""
    if shape.after != "key":
        return ""
    if shape.order.column == "id":
        return f" AND {identity} {shape.sign} %(id)s"
    return f" AND ({key}, {identity}) {shape.sign} (%(key)s::{shape.order.type}, %(id)s)"


def conditions(shape: Shape, *, is_of_one: bool = False) -> str:
    """Return everything that narrows a list, as SQL on the alias `asset`; with `is_of_one` for one asset at a time."""
    said = [
        f"asset.organization_id = {shape.tenant}",
        f"asset.trashed_at IS {'NOT ' if shape.is_trashed else ''}NULL",
    ]
    if shape.places == "one":
        said.append("asset.project_id = %(place)s")
    elif shape.places == "any" or (shape.places == "each" and (shape.is_found or shape.is_ranked)):
        said.append("asset.project_id = ANY (%(places)s::uuid[])")
    if "kind" in shape.filters:
        said.append("asset.kind = %(kind)s")
    if "created_after" in shape.filters:
        said.append("asset.created_at > %(created_after)s")
    if "collection" in shape.filters and not shape.order.is_placed:
        said.append(collected(shape.tenant, "= %(collection)s"))
    said += [
        compared(each, number, shape.tenant, is_of_one=is_of_one) for number, each in enumerate(shape.asked)
    ]
    return " AND ".join(said)


def _order(shape: Shape, alias: str) -> str:
    return f"{alias}.{shape.order.column} {shape.way}, {alias}.id {shape.way}"


def _page_order(shape: Shape) -> str:
    if not shape.is_ranked:
        return _order(shape, "asset")
    last = f"(asset.sort_key IS NULL) {'DESC' if shape.is_backward else 'ASC'}"
    return f"{last}, asset.sort_key {shape.way}, asset.id {shape.way}"


def exactly(ranked: str) -> str:
    """Return the words without what begins with them: who typed a word means it before a longer one."""
    return ranked.replace(":*", "")


def sorted_by(order: Order, *, is_backward: bool, ranked: str) -> str | Mapping[str, Any]:
    """Return how the door of search is told of an order: the column, or what it is besides."""
    if order.is_relevance:
        return {"column": order.column, "ranked": ranked, "exact": exactly(ranked)}
    if not order.is_hollow and not order.is_placed:
        return order.column
    return {"column": order.column, "field": order.field, "first": is_backward}
