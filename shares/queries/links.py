"""Shares as members see them, and revocations as the edge does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from assets.models import Collection, CollectionItem
from assets.queries import collection_in_body
from dam.core import tenancy
from dam.core.access import Actor, Permission, Role, Target, may, require
from dam.core.errors import NotFound, unseen
from shares.models import Share, ShareAccess
from shares.queries.documents import share_document

#: Longer than any edge token lives, rounding and clocks included.
REVOCATIONS_KEPT = timedelta(hours=13)


def share_for(actor: Actor, share_id: UUID, permission: Permission, *, lock: bool = False) -> Share:
    """Load a share of the organisation in scope.

    Raises:
        NotFound: there is none, or the actor does not see its project.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Share.objects.select_for_update() if lock else Share.objects.all()
    found = rows.filter(id=share_id).first()
    if found is None:
        raise NotFound
    require(actor, permission, Target(found.organization_id, found.project_id))
    return found


def collection_to_share(actor: Actor, collection_id: UUID | None, *, project_id: UUID) -> Collection | None:
    """Load the collection that a new share names, if it names one.

    Raises:
        Invalid: it is of another project, does not exist, or cannot be seen.
    """
    if collection_id is None:
        return None
    collection = collection_in_body(actor, collection_id, Permission.SHARE)
    if collection.project_id != project_id:
        raise unseen("collection")
    return collection


def shares_managed_by(actor: Actor) -> QuerySet[Share]:
    """Return the shares of every project in scope where the actor may make some, without an order."""
    organization_id = tenancy.current_organization()
    rows = Share.objects.all()
    membership = actor.organizations.get(organization_id)
    if membership is not None and membership.role is Role.ADMIN and actor.only_project is None:
        return rows if "write" in actor.scopes else rows.none()
    projects = actor.visible_projects(organization_id) or ()
    return rows.filter(project_id__in=[each for each in projects if _may_share(actor, organization_id, each)])


def _may_share(actor: Actor, organization_id: UUID, project_id: UUID) -> bool:
    return may(actor, Permission.SHARE, Target(organization_id, project_id))


def accesses_of(share: Share) -> QuerySet[ShareAccess]:
    """Return who came by a link, with the guests, without an order."""
    return ShareAccess.objects.filter(share=share).select_related("guest")


def shares_of_assets(actor: Actor, asset_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the documents of the live shares that show each asset, newest first, to those who may share it."""
    found: dict[UUID, list[dict[str, Any]]] = {each: [] for each in asset_ids}
    if actor.share is not None:
        return found
    items = list(
        CollectionItem.objects.filter(asset_id__in=asset_ids).values_list("collection_id", "asset_id")
    )
    shares = unexpired(unused(shares_managed_by(actor))).filter(
        collection_id__in={collection_id for collection_id, _ in items}
    )
    for share in shares.order_by("-created_at", "-id"):
        for collection_id, asset_id in items:
            if collection_id == share.collection_id:
                found[asset_id].append(share_document(share))
    return found


def unused(shares: QuerySet[Share]) -> QuerySet[Share]:
    """Return those of the shares that have a view left."""
    return shares.filter(Q(max_views=None) | Q(view_count__lt=F("max_views")))


def unexpired(shares: QuerySet[Share]) -> QuerySet[Share]:
    """Return those of the shares that are neither revoked nor past their end; open visits to them go on."""
    return shares.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)


def revoked_since(moment: datetime) -> list[UUID]:
    """Return the shares of every organisation that were revoked or ran out since a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT revocations_since(%s)", [moment])
        return [row[0] for row in cursor.fetchall()]
