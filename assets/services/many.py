"""What people do to many assets at once: for each table one statement, for each asset a line of the record.

Each function is one batch of a work over many assets: in scope, in a transaction that the caller keeps short, on
assets that `assets.queries.locked_assets` has locked. Lines share the work's `operation_id`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from activity.bus import ITEMS_CHANGED
from activity.services import Line, record, record_many
from assets.models import Asset, Collection, CollectionItem
from assets.services.collections import MOST_NAMED
from assets.services.editing import asset_news
from assets.services.holds import follow_moves
from assets.services.indexing import index_assets, index_fields
from assets.services.shoots import tell_shoots
from dam.core.access import Actor
from dam.core.tenancy import current_organization

#: What an edit may write, as the row has it.
COLUMNS = ("title", "tags", "fields", "project_id", "shoot_id")
_TOLD = ("title", "tags", "fields")
_WRITE = """
    UPDATE assets_asset asset
    SET title = wanted.title, tags = wanted.tags, fields = wanted.fields, project_id = wanted.project_id,
        shoot_id = wanted.shoot_id, updated_at = %(now)s
    FROM jsonb_to_recordset(%(rows)s::jsonb)
        AS wanted (id uuid, title text, tags text[], fields jsonb, project_id uuid, shoot_id uuid)
    WHERE asset.organization_id = %(organization)s AND asset.id = wanted.id
"""


@dataclass(frozen=True)
class Edit:
    """An asset and the values that some of `COLUMNS` are to have; what it has already is no change."""

    asset: Asset
    after: Mapping[str, Any]
    #: Collections that hold the asset again, of the project that it moves back to.
    rejoins: tuple[UUID, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether the asset has another value now."""
        return bool(_before(self))

    @property
    def wanted(self) -> Mapping[str, Any]:
        """What it is to have, and leave: who moves to another project leaves the shoot, unless one there takes it."""
        is_move = self.after.get("project_id", self.asset.project_id) != self.asset.project_id
        return {"shoot_id": None, **self.after} if is_move else self.after


@dataclass(frozen=True)
class Written:
    """What an edit changed: the columns' values before, and when the asset was last written before and is now.

    `left` names the collections that no longer hold an asset which moved away.
    """

    asset_id: UUID
    before: Mapping[str, Any]
    was: datetime
    stamp: datetime
    left: tuple[UUID, ...] = ()


def edit_many(
    actor: Actor, edits: Sequence[Edit], *, operation_id: UUID, untold: set[UUID] | None = None
) -> list[Written]:
    """Write new titles, tags, fields and projects; returns what changed, without the assets that did not.

    `untold` is that of `activity.services.record_many`, here and below.

    An asset that moves leaves its shoot, and the collections that people made in its project; what is frozen behind
    links, its versions and their comments stay with it.
    """
    changed = [(each, before) for each in edits if (before := _before(each))]
    if not changed:
        return []
    moved = {each.asset.id: each.asset.project_id for each, before in changed if "project_id" in before}
    left = _leave_collections(moved)
    _tell_collections(actor, left, word="removed", operation_id=operation_id)
    was = {each.asset.id: each.asset.updated_at for each, _ in changed}
    now = timezone.now()
    for each, before in changed:
        for name in before:
            setattr(each.asset, name, each.wanted[name])
        each.asset.updated_at = now
    _write([each.asset for each, _ in changed], now=now)
    if moved:
        follow_moves(moved.keys(), actor_id=actor.id)
    _index(changed)
    back = _rejoin_collections([each for each, _ in changed])
    _tell_collections(actor, back, word="added", operation_id=operation_id)
    _tell_edits(actor, changed, operation_id=operation_id, untold=untold)
    return [
        Written(each.asset.id, before, was[each.asset.id], now, tuple(left.get(each.asset.id, ())))
        for each, before in changed
    ]


def _tell_edits(
    actor: Actor,
    changed: Sequence[tuple[Edit, Mapping[str, Any]]],
    *,
    operation_id: UUID,
    untold: set[UUID] | None,
) -> None:
    """Record a line or more for each asset, and one for each shoot that some came into or left."""
    shot = [(each.asset, before["shoot_id"]) for each, before in changed if "shoot_id" in before]
    tell_shoots(actor, shot, operation_id=operation_id)
    lines = [line for each, before in changed for line in _lines(each.asset, before)]
    record_many(actor, lines, operation_id=operation_id, untold=untold)


def _before(edit: Edit) -> dict[str, Any]:
    wanted = edit.wanted
    held = {name: getattr(edit.asset, name) for name in wanted}
    return {name: value for name, value in held.items() if value != wanted[name]}


def _write(assets: Sequence[Asset], *, now: datetime) -> None:
    rows = [{"id": each.id, **{name: getattr(each, name) for name in COLUMNS}} for each in assets]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE, {"rows": orjson.dumps(rows).decode(), "now": now, "organization": current_organization()}
        )


def _index(changed: Sequence[tuple[Edit, Mapping[str, Any]]]) -> None:
    """Let search and filters follow; a project decides which fields an asset has, not what it holds."""
    worded = [each.asset.id for each, before in changed if set(_TOLD) & set(before)]
    if worded:
        index_assets(worded)
    valued = {
        each.asset.id: (each.asset.fields, before["fields"]) for each, before in changed if "fields" in before
    }
    if valued:
        keys = {
            key
            for now, former in valued.values()
            for key in {*now, *former}
            if now.get(key) != former.get(key)
        }
        index_fields(list(valued), keys=keys)


def _lines(asset: Asset, before: Mapping[str, Any]) -> list[Line]:
    """Return the lines about an asset: of an edit one; of a move one in each project, for the watchers of both."""
    told: dict[str, Any] = {"asset_id": asset.id, "data": asset_news(asset)}
    content = {name: before[name] for name in _TOLD if name in before}
    after = {name: getattr(asset, name) for name in content}
    if "shoot_id" in before:
        content, after = content | {"shoot": before["shoot_id"]}, after | {"shoot": asset.shoot_id}
    lines = []
    if content:
        lines.append(
            Line(
                "asset.updated",
                "asset.updated",
                project_id=asset.project_id,
                before=content,
                after=after,
                **told,
            )
        )
    if "project_id" in before:
        lines += [
            Line(
                "asset.moved",
                "asset.updated",
                project_id=place,
                before={"project": before["project_id"]},
                after={"project": asset.project_id},
                moves_rights=True,
                **told,
            )
            for place in (before["project_id"], asset.project_id)
        ]
    return lines


# --- collections -------------------------------------------------------------------------------------


def _leave_collections(moved: Mapping[UUID, UUID]) -> dict[UUID, list[UUID]]:
    """Take assets out of the collections that people made; asset id to the collections that it left."""
    if not moved:
        return {}
    rows = CollectionItem.objects.filter(asset_id__in=list(moved)).exclude(
        collection__kind=Collection.CollectionKind.FROZEN
    )
    left = defaultdict(list)
    for asset_id, collection_id in rows.values_list("asset_id", "collection_id"):
        left[asset_id].append(collection_id)
    CollectionItem.objects.filter(
        id__in=list(rows.filter(asset_id__in=list(left)).values_list("id", flat=True))
    ).delete()
    return left


def _rejoin_collections(edits: Sequence[Edit]) -> dict[UUID, list[UUID]]:
    """Put assets back into the collections that they had left; asset id to those that hold it again."""
    wanted = {collection for each in edits for collection in each.rejoins}
    if not wanted:
        return {}
    places = dict(Collection.objects.filter(id__in=wanted).values_list("id", "project_id"))
    back = {
        each.asset.id: [place for place in each.rejoins if places.get(place) == each.asset.project_id]
        for each in edits
    }
    CollectionItem.objects.bulk_create(
        [
            CollectionItem(collection_id=collection, asset_id=asset_id)
            for asset_id, collections in back.items()
            for collection in collections
        ],
        ignore_conflicts=True,
    )
    return back


def _tell_collections(
    actor: Actor, changed: Mapping[UUID, Sequence[UUID]], *, word: str, operation_id: UUID
) -> None:
    """Record for each collection which assets have come back or left, by asset id to its collections."""
    named = defaultdict(list)
    for asset_id, collections in changed.items():
        for collection_id in collections:
            named[collection_id].append(str(asset_id))
    if not named:
        return
    for collection_id, project_id in Collection.objects.filter(id__in=list(named)).values_list(
        "id", "project_id"
    ):
        ids = named[collection_id]
        record(
            actor,
            verb="collection.items_changed",
            event=ITEMS_CHANGED,
            project_id=project_id,
            target_kind="collection",
            target_id=collection_id,
            after={f"{word}_count": len(ids), word: ids[:MOST_NAMED]},
            operation_id=operation_id,
        )


def collect_many(
    actor: Actor, collection: Collection, assets: Sequence[Asset], *, operation_id: UUID
) -> None:
    """Put assets of the collection's project into it; those that it holds stay where they are.

    Locks and transaction: the caller holds the collection's lock too.
    """
    wanted = [each.id for each in assets]
    held = set(collection.items.filter(asset_id__in=wanted).values_list("asset_id", flat=True))
    coming = [each for each in wanted if each not in held]
    if coming:
        before = collection.items.count()
        CollectionItem.objects.bulk_create(
            [CollectionItem(collection=collection, asset_id=each) for each in coming], ignore_conflicts=True
        )
        collection.save(update_fields=["updated_at"])
        record(
            actor,
            verb="collection.items_changed",
            event=ITEMS_CHANGED,
            project_id=collection.project_id,
            target_kind="collection",
            target_id=collection.id,
            before={"assets": before},
            after={
                "assets": before + len(coming),
                "added_count": len(coming),
                "added": [str(each) for each in coming[:MOST_NAMED]],
            },
            operation_id=operation_id,
        )


# --- the trash ---------------------------------------------------------------------------------------


def trash_many(
    actor: Actor, assets: Sequence[Asset], *, operation_id: UUID, untold: set[UUID] | None = None
) -> None:
    """Move assets to the trash; their masters stay where they are."""
    now = timezone.now()
    _mark(assets, trashed_at=now, trashed_by=actor.id)
    told = _trash_lines(assets, "asset.deleted", verb="asset.deleted", trashed_at=now)
    record_many(actor, told, operation_id=operation_id, untold=untold)


def restore_many(
    actor: Actor, assets: Sequence[Asset], *, operation_id: UUID, untold: set[UUID] | None = None
) -> None:
    """Take assets out of the trash."""
    _mark(assets, trashed_at=None, trashed_by=None)
    told = _trash_lines(assets, "asset.updated", verb="asset.restored", trashed_at=None)
    record_many(actor, told, operation_id=operation_id, untold=untold)


def _mark(assets: Sequence[Asset], **values: Any) -> None:
    Asset.objects.filter(id__in=[each.id for each in assets]).update(**values, updated_at=timezone.now())


def _trash_lines(
    assets: Iterable[Asset], event: str, *, verb: str, trashed_at: datetime | None
) -> list[Line]:
    return [
        Line(
            verb,
            event,
            project_id=each.project_id,
            asset_id=each.id,
            data=asset_news(each),
            before={"trashed_at": each.trashed_at},
            after={"trashed_at": trashed_at},
            moves_rights=True,
        )
        for each in assets
    ]
