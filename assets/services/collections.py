"""Collections: made by people, or frozen for a share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import connection, transaction
from django.db.models import ProtectedError

from activity import services as activity
from activity.bus import ITEMS_CHANGED
from assets.models import Asset, Collection, CollectionItem
from assets.queries.filters import MOST_NESTED
from assets.services.searches import checked_query
from dam.core.access import SYSTEM, Actor
from dam.core.errors import InUse, invalid, unseen
from dam.core.tenancy import current_organization, take_turn
from dam.core.web.parsing import as_uuid
from orgs.models import Project

MAX_DEPTH = 16
#: How many ids a line of the record names at most; the counts beside them tell of all.
MOST_NAMED = 100


def keep_nesting_still() -> None:
    """Wait until nobody else hangs collections of the organisation in scope elsewhere, or deletes some.

    Two that moved at once, each below the other, would lock what the other one waits for; two smart ones would come to
    ask for each other.

    Locks and transaction: before any collection is locked; held until the transaction ends.
    """
    take_turn(f"collections:{current_organization()}")


@transaction.atomic
def create_collection(
    *,
    actor: Actor,
    project_id: UUID,
    name: str,
    parent: Collection | None = None,
    query: Mapping[str, Any] | None = None,
) -> Collection:
    """Make an empty collection, at the top or below another of the same project; with a query, a smart one.

    Locks and transaction: below a parent after `keep_nesting_still`.

    Raises:
        Invalid: the parent is of another project, or lies too deep; the query cannot be asked (`query.NAME`).
    """
    if parent is not None:
        _check_parent(project_id, parent=parent)
    kinds = Collection.CollectionKind
    row = Collection.objects.create(
        project_id=project_id,
        name=name,
        parent=parent,
        created_by=actor.id,
        kind=kinds.MANUAL if query is None else kinds.SMART,
        query=None if query is None else _smart_query(actor, query, project_id=project_id),
    )
    _record(actor, "created", row, after=_told(row))
    return row


@transaction.atomic
def edit_collection(
    collection: Collection,
    *,
    actor: Actor,
    name: str | None = None,
    parent: Collection | None = None,
    moves: bool = False,
    query: Mapping[str, Any] | None = None,
) -> Collection:
    """Rename a collection, give a smart one another query, and with `moves` hang it below `parent` (or at the top).

    What stays is not recorded.

    Locks and transaction: the caller holds the collection's lock, after `keep_nesting_still`.

    Raises:
        Invalid: the parent is of another project, lies too deep, or below the collection itself; a query for a
            collection that was filled by hand, or one that cannot be asked or leads back to the collection.
    """
    before = _told(collection)
    if query is not None:
        _ask_anew(actor, collection, query)
    if name is not None:
        collection.name = name
    if moves:
        if parent is not None:
            _check_parent(collection.project_id, parent=parent, below=collection.id)
        collection.parent = parent
    after = _told(collection)
    changed = [each for each in after if before[each] != after[each]]
    if changed:
        collection.save(update_fields=[*changed, "updated_at"])
        _record(
            actor,
            "changed",
            collection,
            before={each: before[each] for each in changed},
            after={each: after[each] for each in changed},
        )
    return collection


def _ask_anew(actor: Actor, collection: Collection, query: Mapping[str, Any]) -> None:
    if collection.kind != Collection.CollectionKind.SMART:
        raise invalid("query", "This collection was filled by hand; make a smart one instead.")
    collection.query = _smart_query(actor, query, project_id=collection.project_id, of=collection.id)


def _smart_query(
    actor: Actor, query: Mapping[str, Any], *, project_id: UUID, of: UUID | None = None
) -> dict[str, Any]:
    """Return what a smart collection asks of its project.

    Raises:
        Invalid: it cannot be asked, asks for the trash or another project, or leads back to the collection.
    """
    asked = checked_query(actor, query, project_id=project_id)
    if str(asked.get("project", project_id)) != str(project_id):
        raise invalid("query.project", "A smart collection shows assets of its own project.")
    if asked.get("trashed") in (True, "true"):
        raise invalid("query.trashed", "A collection shows nothing of the trash.")
    _check_circle(asked, of=of)
    return asked


def _check_circle(query: Mapping[str, Any], *, of: UUID | None) -> None:
    """Follow the smart collections that a query names, one after another."""
    for _ in range(MOST_NESTED):
        named = as_uuid(query.get("collection"))
        row = Collection.objects.filter(id=named).first() if named else None
        if row is None or row.kind != Collection.CollectionKind.SMART:
            return
        if row.id == of:
            raise invalid("query.collection", "A smart collection cannot ask for itself.")
        query = row.query or {}
    raise invalid("query.collection", f"Smart collections name one another at most {MOST_NESTED} deep.")


def _check_parent(project_id: UUID, *, parent: Collection, below: UUID | None = None) -> None:
    if parent.project_id != project_id:
        raise unseen("parent")
    above: Collection | None = parent
    for _ in range(MAX_DEPTH):
        if above is None:
            return
        if above.id == below:
            raise invalid("parent", "A collection cannot lie below itself.")
        above = above.parent
    raise invalid("parent", f"Collections nest at most {MAX_DEPTH} deep.")


@transaction.atomic
def delete_collection(collection: Collection, *, actor: Actor) -> None:
    """Remove a collection, never its assets.

    Locks and transaction: the caller holds the collection's lock, after `keep_nesting_still`.

    Raises:
        InUse: other collections lie below it, or a link opens it.
    """
    if Collection.objects.filter(parent=collection).exists():
        raise InUse("Other collections lie below this one; move or delete them first.")
    identity, before = collection.id, _told(collection) | {"assets": collection.items.count()}
    try:
        collection.delete()
    except ProtectedError:
        raise InUse("A link opens this collection.") from None
    collection.id = identity
    _record(actor, "deleted", collection, before=before)


@dataclass(frozen=True)
class Order:
    """Where assets of a collection go: in this sequence before the asset `before`, at the end, or at the beginning."""

    assets: Sequence[UUID]
    before: UUID | None = None
    at_end: bool = False


@transaction.atomic
def change_items(
    collection: Collection,
    *,
    actor: Actor,
    add: Sequence[UUID] = (),
    remove: Sequence[UUID] = (),
    order: Order | None = None,
) -> None:
    """Put assets of the same project into a collection, take others out, order them; repeating it changes nothing.

    What is named in both is in it afterwards, at the end until it is ordered.

    Locks and transaction: the caller holds the collection's lock; what is to come in is locked by the order of ids.

    Raises:
        Invalid: one to add is of another project, in the trash, or does not exist; one to order is not in it; or the
            collection is a smart one.
    """
    if collection.kind == Collection.CollectionKind.SMART:
        raise invalid("add", "A smart collection is filled by its query.")
    wanted = set(add)
    _check_there(collection, add)
    held = set(collection.items.values_list("asset_id", flat=True))
    leaving = [each for each in dict.fromkeys(remove) if each in held and each not in wanted]
    coming = [each for each in dict.fromkeys(add) if each not in held]
    collection.items.filter(asset_id__in=leaving).delete()
    _put_in(collection, coming)
    moved = 0 if order is None else _put_in_order(collection, order)
    if not (leaving or coming or moved):
        return
    collection.save(update_fields=["updated_at"])
    left = {"assets": len(held) - len(leaving) + len(coming)}
    after = left | _named("added", coming) | _named("removed", leaving)
    _record(
        actor,
        "items_changed",
        collection,
        before={"assets": len(held)},
        after=after | ({"moved": moved} if moved else {}),
    )


def _check_there(collection: Collection, add: Sequence[UUID]) -> None:
    """Lock what is to come in, or it might move to another project meanwhile.

    Raises:
        Invalid: one is of another project, in the trash, or does not exist.
    """
    rows = Asset.objects.filter(id__in=set(add), project_id=collection.project_id, trashed_at=None)
    locked = rows.select_for_update(no_key=True).order_by("id")
    found = set(locked.values_list("id", flat=True))
    for index, each in enumerate(add):
        if each not in found:
            raise unseen(f"add.{index}")


def _put_in_order(collection: Collection, order: Order) -> int:
    """Let the collection's positions change hands; returns how many assets stand elsewhere afterwards."""
    rows = collection.items.order_by("position", "asset_id").values_list("asset_id", "position")
    places = dict(rows)
    for index, each in enumerate(order.assets):
        if each not in places:
            raise unseen(f"order.{index}")
    if order.before is not None and (order.before not in places or order.before in set(order.assets)):
        raise unseen("before")
    run = list(dict.fromkeys(order.assets))
    rest = [each for each in places if each not in set(run)]
    start = len(rest) if order.at_end else rest.index(order.before) if order.before else 0
    sequence = [*rest[:start], *run, *rest[start:]]
    changed = [
        (each, place)
        for each, place in zip(sequence, sorted(places.values()), strict=True)
        if places[each] != place
    ]
    if changed:
        _place(collection, changed)
    return len(changed)


def _place(collection: Collection, places: Sequence[tuple[UUID, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assets_collectionitem item SET position = wanted.position "
            "FROM unnest(%(assets)s::uuid[], %(positions)s::bigint[]) AS wanted(asset, position) "
            "WHERE item.organization_id = %(organization)s AND item.collection_id = %(collection)s "
            "AND item.asset_id = wanted.asset",
            {
                "assets": [each for each, _ in places],
                "positions": [place for _, place in places],
                "organization": collection.organization_id,
                "collection": collection.id,
            },
        )


def _put_in(collection: Collection, asset_ids: Sequence[UUID]) -> None:
    CollectionItem.objects.bulk_create(
        [CollectionItem(collection=collection, asset_id=each) for each in asset_ids], ignore_conflicts=True
    )


def _told(collection: Collection) -> dict[str, Any]:
    """Return what the record tells of a collection."""
    told = {"name": collection.name, "parent": str(collection.parent_id) if collection.parent_id else None}
    return told | ({"query": collection.query} if collection.query is not None else {})


def _named(word: str, asset_ids: Sequence[UUID]) -> dict[str, Any]:
    return {f"{word}_count": len(asset_ids), word: [str(each) for each in asset_ids[:MOST_NAMED]]}


def _record(
    actor: Actor,
    verb: str,
    collection: Collection,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    changes = after is not None and (after.get("added") or after.get("removed"))
    activity.record(
        actor,
        verb=f"collection.{verb}",
        event=ITEMS_CHANGED if changes else None,
        project_id=collection.project_id,
        target_kind="collection",
        target_id=collection.id,
        before=before,
        after=after,
    )


@transaction.atomic
def freeze_collection(
    *,
    actor: Actor = SYSTEM,
    project: Project,
    asset_ids: Sequence[UUID],
    versions: Literal["current", "frozen"] = "current",
) -> Collection:
    """Make the hidden collection behind a share: these assets, with their heads as they are now if `frozen`.

    Raises:
        Invalid: an asset is of another project, in the trash, or does not exist (`assets.N`).
    """
    rows = Asset.objects.filter(id__in=set(asset_ids), project_id=project.id, trashed_at=None)
    found = {each.id: each.current_version_id for each in rows}
    for index, each in enumerate(asset_ids):
        if each not in found:
            raise unseen(f"assets.{index}")
    collection = Collection.objects.create(
        project_id=project.id, name="", kind=Collection.CollectionKind.FROZEN, created_by=actor.id
    )
    CollectionItem.objects.bulk_create(
        [
            CollectionItem(
                collection=collection,
                asset_id=each,
                version_id=found[each] if versions == "frozen" else None,
            )
            for each in dict.fromkeys(asset_ids)
        ]
    )
    return collection
