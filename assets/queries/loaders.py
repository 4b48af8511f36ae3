"""Loaders: one object by id, judged by the one access function, or nothing."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from assets.models import Asset, Collection, CollectionItem, Master, Version
from dam.core import tenancy
from dam.core.access import Actor, Permission, SharePass, Target, require
from dam.core.errors import DomainError, NotFound, unseen
from dam.core.registry import Topic
from dam.core.web.api import organization_of
from dam.core.web.parsing import as_uuid


def asset_for(
    actor: Actor, asset_id: UUID, permission: Permission, *, lock: bool = False, trashed: bool = False
) -> Asset:
    """Load an asset of the organisation in scope; with `trashed`, one that lies in the trash counts too.

    Raises:
        NotFound: there is none, it is in the trash, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Asset.objects.select_for_update(of=("self",)) if lock else Asset.objects.all()
    found = rows.filter(id=asset_id).first()
    if found is None or (found.trashed_at is not None and not trashed):
        raise NotFound
    in_share = actor.share is not None and asset_is_shared(actor.share, found.id)
    require(actor, permission, _target(actor, found, in_share=in_share))
    return found


def check_project(actor: Actor, project_id: UUID, permission: Permission) -> None:
    """Judge a project of the organisation in scope by its id alone.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    owner = tenancy.organization_of("project", project_id)
    if owner != tenancy.current_organization():
        raise NotFound
    require(actor, permission, Target(tenancy.current_organization(), project_id))


def lock_assets(*asset_ids: UUID) -> None:
    """Lock assets in the order of their ids, so that two who name the same ones never wait for each other."""
    list(Asset.objects.select_for_update().filter(id__in=asset_ids).order_by("id").values_list("id"))


def asset_in_body(
    actor: Actor, asset_id: UUID, permission: Permission, *, field: str = "asset", lock: bool = False
) -> Asset:
    """Load an asset that a body names.

    Raises:
        Invalid: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    try:
        return asset_for(actor, asset_id, permission, lock=lock)
    except NotFound:
        raise unseen(field) from None


def version_for(
    actor: Actor, version_id: UUID, permission: Permission, *, lock: bool = False, trashed: bool = False
) -> Version:
    """Load a version with its asset and master; with `trashed`, one of an asset in the trash counts too.

    Raises:
        NotFound: there is none, its asset is in the trash, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Version.objects.select_related("asset", "master")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(id=version_id).first()
    if found is None or (found.asset.trashed_at is not None and not trashed):
        raise NotFound
    require(actor, permission, target_of(actor, found))
    return found


def version_in_stack(actor: Actor, version_id: UUID, permission: Permission) -> tuple[Asset, Version]:
    """Load a version and the asset that it was found under, both locked, the asset first.

    Whoever held the asset before may have moved the version on: it is read again behind the lock, and services see
    that the two no longer belong together.

    Raises:
        NotFound: there is none, its asset is in the trash, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    found = version_for(actor, version_id, permission)
    asset = asset_for(actor, found.asset_id, permission, lock=True)
    return asset, version_for(actor, version_id, permission, lock=True)


def version_of_stack(asset: Asset, version_id: UUID | None) -> Version:
    """Load a version of the asset that a body names, its head where it names none.

    Raises:
        Invalid: there is no such version in the asset's stack.
    """
    rows = Version.objects.select_related("asset", "master").filter(asset=asset)
    found = rows.filter(id__in=[version_id or asset.current_version_id]).first()
    if found is None:
        raise unseen("version")
    return found


def target_of(actor: Actor, version: Version) -> Target:
    """Return the version (with its asset) as the access function sees it."""
    in_share = actor.share is not None and version_is_shared(actor.share, version)
    return _target(actor, version.asset, in_share=in_share)


def _target(actor: Actor, asset: Asset, *, in_share: bool) -> Target:
    """Return an asset's place; what a link shows it shows from its own project, wherever the asset moves later."""
    place = actor.share.project_id if actor.share is not None and in_share else asset.project_id
    return Target(asset.organization_id, place, in_share=in_share)


def collection_for(
    actor: Actor, collection_id: UUID, permission: Permission, *, lock: bool = False
) -> Collection:
    """Load a collection that people see; frozen ones are a share's own affair.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Collection.objects.exclude(kind=Collection.CollectionKind.FROZEN)
    if lock:
        rows = rows.select_for_update()
    found = rows.filter(id=collection_id).first()
    if found is None:
        raise NotFound
    require(actor, permission, Target(found.organization_id, found.project_id))
    return found


def collection_in_body(
    actor: Actor, collection_id: UUID, permission: Permission, *, field: str = "collection"
) -> Collection:
    """Load a collection that a body names.

    Raises:
        Invalid: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    try:
        return collection_for(actor, collection_id, permission)
    except NotFound:
        raise unseen(field) from None


def master_of(version: Version) -> Master:
    """Return the locked bytes of a version."""
    return version.master


def master_with_digest(sha256: str) -> Master | None:
    """Return the organisation's master of a digest, or None."""
    return Master.objects.filter(sha256=sha256).first()


def versions_with_digest(sha256: str) -> QuerySet[Version]:
    """Return every version of a digest in the organisation, oldest first, with asset and master."""
    return Version.objects.filter(sha256=sha256).select_related("asset", "master").order_by("id")


# --- through a share --------------------------------------------------------------------------------


def items_in_share(share: SharePass) -> QuerySet[CollectionItem]:
    """Return what a share's collection holds and is not in the trash."""
    return CollectionItem.objects.filter(collection_id=share.collection_id, asset__trashed_at=None)


def assets_in_share(share: SharePass) -> QuerySet[Asset]:
    """Return the assets that a share shows, without an order."""
    return Asset.objects.filter(id__in=items_in_share(share).values("asset_id"))


def asset_is_shared(share: SharePass, asset_id: UUID) -> bool:
    """Tell whether a share shows the asset."""
    return items_in_share(share).filter(asset_id=asset_id).exists()


def version_is_shared(share: SharePass, version: Version) -> bool:
    """Tell whether a share shows this very version: the frozen one, else the head."""
    is_head = version.asset.current_version_id == version.id
    wanted = Q(version_id=version.id) | Q(version_id=None) if is_head else Q(version_id=version.id)
    return items_in_share(share).filter(wanted, asset_id=version.asset_id).exists()


def version_topic(actor: Actor, key: str) -> Topic | None:
    """Return the live feed of a version that a member sees; guests have their share's own feed."""
    version_id = as_uuid(key)
    organization_id = organization_of("version", version_id) if version_id else None
    if version_id is None or organization_id is None or organization_id not in actor.organizations:
        return None
    with tenancy.scope(organization_id):
        try:
            version = version_for(actor, version_id, Permission.VIEW)
        except DomainError:
            return None
    return Topic(
        organization_id,
        project_id=version.asset.project_id,
        asset_id=version.asset_id,
        version_id=version.id,
    )
