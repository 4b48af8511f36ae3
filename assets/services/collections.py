"""Collections: made by people, or frozen for a share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError

from activity import services as activity
from assets.models import Asset, Collection, CollectionItem
from dam.core.access import SYSTEM, Actor
from dam.core.errors import InUse, invalid, unseen
from orgs.models import Project

MAX_DEPTH = 16
#: How many ids a line of the record names at most; the counts beside them tell of all.
MOST_NAMED = 100


@transaction.atomic
def create_collection(
    *, actor: Actor, project_id: UUID, name: str, parent: Collection | None = None
) -> Collection:
    """Make an empty collection by hand, at the top or below another of the same project.

    Raises:
        Invalid: the parent is of another project, or lies too deep.
    """
    if parent is not None:
        _check_parent(project_id, parent=parent)
    row = Collection.objects.create(project_id=project_id, name=name, parent=parent, created_by=actor.id)
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
) -> Collection:
    """Rename a collection, and with `moves` hang it below `parent` (or at the top); what stays is not recorded.

    Locks and transaction: the caller holds the collection's lock.

    Raises:
        Invalid: the parent is of another project, lies too deep, or below the collection itself.
    """
    before = _told(collection)
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


@transaction.atomic
def change_items(
    collection: Collection, *, actor: Actor, add: Sequence[UUID] = (), remove: Sequence[UUID] = ()
) -> None:
    """Put assets of the same project into a collection and take others out; repeating it changes nothing.

    What is named in both is in it afterwards.

    Locks and transaction: the caller holds the collection's lock.

    Raises:
        Invalid: one to add is of another project, in the trash, or does not exist.
    """
    wanted = set(add)
    found = set(
        Asset.objects.filter(id__in=wanted, project_id=collection.project_id, trashed_at=None).values_list(
            "id", flat=True
        )
    )
    for index, each in enumerate(add):
        if each not in found:
            raise unseen(f"add.{index}")
    held = set(collection.items.values_list("asset_id", flat=True))
    leaving = [each for each in dict.fromkeys(remove) if each in held and each not in wanted]
    coming = [each for each in dict.fromkeys(add) if each not in held]
    if not leaving and not coming:
        return
    collection.items.filter(asset_id__in=leaving).delete()
    _put_in(collection, coming)
    _record(
        actor,
        "items_changed",
        collection,
        before={"assets": len(held)},
        after={
            "assets": len(held) - len(leaving) + len(coming),
            **_named("added", coming),
            **_named("removed", leaving),
        },
    )


def _put_in(collection: Collection, asset_ids: Sequence[UUID]) -> None:
    CollectionItem.objects.bulk_create(
        [CollectionItem(collection=collection, asset_id=each) for each in asset_ids], ignore_conflicts=True
    )


def _told(collection: Collection) -> dict[str, Any]:
    """Return what the record tells of a collection."""
    return {"name": collection.name, "parent": str(collection.parent_id) if collection.parent_id else None}


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
    activity.record(
        actor,
        verb=f"collection.{verb}",
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
