"""Collections: made by people, or frozen for a share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError

from assets.models import Asset, Collection, CollectionItem
from dam.core.access import SYSTEM, Actor
from dam.core.errors import InUse, invalid, unseen
from orgs.models import Project

MAX_DEPTH = 16


def create_collection(
    *, actor: Actor, project_id: UUID, name: str, parent: Collection | None = None
) -> Collection:
    """Make an empty collection by hand, at the top or below another of the same project.

    Raises:
        Invalid: the parent is of another project, or lies too deep.
    """
    if parent is not None:
        _check_parent(project_id, parent=parent)
    return Collection.objects.create(project_id=project_id, name=name, parent=parent, created_by=actor.id)


@transaction.atomic
def edit_collection(
    collection: Collection, *, name: str | None = None, parent: Collection | None = None, moves: bool = False
) -> Collection:
    """Rename a collection, and with `moves` hang it below `parent` (or at the top).

    Locks and transaction: the caller holds the collection's lock.

    Raises:
        Invalid: the parent is of another project, lies too deep, or below the collection itself.
    """
    if name is not None:
        collection.name = name
    if moves:
        if parent is not None:
            _check_parent(collection.project_id, parent=parent, below=collection.id)
        collection.parent = parent
    collection.save(update_fields=["name", "parent", "updated_at"])
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
def delete_collection(collection: Collection) -> None:
    """Remove a collection, never its assets.

    Raises:
        InUse: other collections lie below it, or a link opens it.
    """
    if Collection.objects.filter(parent=collection).exists():
        raise InUse("Other collections lie below this one; move or delete them first.")
    try:
        collection.delete()
    except ProtectedError:
        raise InUse("A link opens this collection.") from None


@transaction.atomic
def change_items(collection: Collection, *, add: Sequence[UUID] = (), remove: Sequence[UUID] = ()) -> None:
    """Put assets of the same project into a collection and take others out; repeating it changes nothing.

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
    CollectionItem.objects.filter(collection=collection, asset_id__in=remove).delete()
    add_assets(collection, asset_ids=add)


def add_assets(collection: Collection, *, asset_ids: Sequence[UUID]) -> None:
    """Put assets into a collection; those that are in it stay."""
    CollectionItem.objects.bulk_create(
        [CollectionItem(collection=collection, asset_id=each) for each in dict.fromkeys(asset_ids)],
        ignore_conflicts=True,
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
