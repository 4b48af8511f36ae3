"""What an export tells of assets: flat records, read a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from assets.models import Asset
from assets.queries import AssetFilter, asset_page, visible_fields
from dam.core import tenancy
from dam.core.access import SYSTEM, Actor
from dam.core.registry import extensions
from dam.core.web.pagination import PageRequest
from orgs.queries import actor_of_user

BATCH = 500
_HEAD = "current_version__"
#: What a record tells beside the list's row, and where it is read.
_FACTS = {
    "project_name": "project__name",
    "folder": "folder",
    "name": f"{_HEAD}name",
    "type": f"{_HEAD}type",
    "sha256": f"{_HEAD}sha256",
    "width": f"{_HEAD}width",
    "height": f"{_HEAD}height",
    "frame_rate": f"{_HEAD}frame_rate",
    "frame_count": f"{_HEAD}frame_count",
    "start_timecode": f"{_HEAD}start_timecode",
    "codec": f"{_HEAD}codec",
    "captured_at": f"{_HEAD}captured_at",
    "version": f"{_HEAD}id",
    "version_number": f"{_HEAD}number",
}

Record = dict[str, Any]


def records(actor: Actor, *, organization_id: UUID, wanted: AssetFilter, sort: str) -> Iterator[list[Record]]:
    """Yield the records of all assets that the actor sees and that match, in the list's order, batch by batch.

    Each batch is read in a transaction of its own, by the rights that the actor has by then; nothing is held
    between batches, neither a transaction nor a connection.

    Shapes: at most 500 records a batch, see `tables.COLUMNS`, with custom fields by key under `fields`.
    """
    cursor: str | None = ""
    is_first = True
    while cursor is not None:
        with tenancy.scope(organization_id):
            seer = actor if is_first else _as_of_now(actor)
            page = asset_page(seer, wanted, PageRequest("", {}, sort, limit=BATCH, cursor=cursor or None))
            batch = _records(page.rows)
        if not connection.in_atomic_block:
            connection.close()
        yield batch
        is_first, cursor = False, page.next.rpartition("cursor=")[2] if page.next else None


def records_of(asset_ids: Sequence[UUID], *, actor: Actor = SYSTEM) -> dict[UUID, Record]:
    """Return the records of these assets, in the order of their ids; a constant number of queries. In scope."""
    plain = (
        "title",
        "kind",
        "tags",
        "project_id",
        "fields",
        "size",
        "version_count",
        "created_at",
        "updated_at",
    )
    told = Asset.objects.filter(id__in=asset_ids).order_by("id")
    rows = list(told.values_list("id", *plain, *_FACTS.values(), f"{_HEAD}duration"))
    names = ("id", *(each.removesuffix("_id") for each in plain), *_FACTS)
    added = extensions("asset", actor, [row[0] for row in rows], names=["comment_count"])
    return {
        row[0]: dict(zip(names, map(_plain, row[:-1]), strict=True))
        | {"comment_count": added[row[0]].get("comment_count") or 0, "duration": row[-1]}
        for row in rows
    }


def field_keys(actor: Actor, *, project_id: UUID | None = None) -> list[str]:
    """Return the keys of the custom fields that the actor meets, in their order. In scope."""
    return list(
        visible_fields(actor, project_id=project_id).order_by("order", "id").values_list("key", flat=True)
    )


def _as_of_now(actor: Actor) -> Actor:
    """Return the actor with the rights of this moment: an export may run longer than somebody's membership."""
    if actor.kind != "user":
        return actor
    now = actor_of_user(actor.user_id)
    return replace(actor, organizations=now.organizations, projects=now.projects)


def _records(rows: Sequence[bytes]) -> list[Record]:
    found: list[Record] = [orjson.loads(each) for each in rows]
    facts = _facts([UUID(each["id"]) for each in found])
    for each in found:
        del each["current_version"]
        each.update(facts[UUID(each["id"])])
    return found


def _facts(asset_ids: Sequence[UUID]) -> Mapping[UUID, Record]:
    none: Record = dict.fromkeys(_FACTS)
    told = Asset.objects.filter(id__in=asset_ids).values_list("id", *_FACTS.values())
    known = {row[0]: {name: _plain(each) for name, each in zip(_FACTS, row[1:], strict=True)} for row in told}
    return {each: known.get(each, none) for each in asset_ids}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, UUID) else value
