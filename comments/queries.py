"""Reads of the room: comments and approvals that an actor sees, their documents, their number on an asset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from assets.models import Asset, Version
from assets.queries import heads, lock_assets, version_for
from comments.anchors import timecode_at
from comments.models import Approval, Comment
from dam.core import reads
from dam.core.access import Actor, Permission
from dam.core.errors import Conflict, NotFound
from orgs.models import Grant, Guest, User

#: The number of comments inside the statement of a hot list, for members; the database keeps it (decision 0138).
COMMENT_COUNT = reads.Addition(column=reads.number("comment_count", "asset.comment_count"))
_BESIDE = ("version", "author_user", "author_guest", "resolved_by")
_HEAVY = ("version__meta", "version__color")
#: Search looks at so many comments of a batch of assets.
MOST_SAID = 50_000


def visible_comments(actor: Actor) -> QuerySet[Comment]:
    """Return the comments that are there, with what their documents need, without an order.

    Guests never get internal ones; which versions the actor sees is for the caller to say.
    """
    rows = Comment.objects.filter(deleted_at=None).select_related(*_BESIDE).defer(*_HEAVY)
    return rows.filter(internal=False) if actor.is_guest else rows


def comments_on_version(actor: Actor, version: Version) -> QuerySet[Comment]:
    """Return the comments on a version that the actor has been shown."""
    return visible_comments(actor).filter(version=version)


def comments_on_asset(actor: Actor, asset: Asset) -> QuerySet[Comment]:
    """Return the comments on every version of an asset that the actor has been shown."""
    return visible_comments(actor).filter(version__asset=asset)


def comment_for(
    actor: Actor, comment_id: UUID, permission: Permission, *, lock: bool = False
) -> tuple[Comment, Version]:
    """Load a comment and its version (with its asset).

    Raises:
        NotFound: there is none, it is deleted, or the actor does not see its version.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = visible_comments(actor)
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(id=comment_id).first()
    if found is None:
        raise NotFound
    return found, version_for(actor, found.version_id, permission)


def parent_of_new(actor: Actor, version: Version, parent_id: UUID) -> Comment | None:
    """Return the comment to reply to, if it is of the same version and the actor sees it."""
    return visible_comments(actor).filter(version=version, id=parent_id).first()


def has_public_replies(comment: Comment) -> bool:
    """Tell whether guests see a reply to the comment."""
    return Comment.objects.filter(parent=comment, deleted_at=None, internal=False).exists()


def people_in_organization(user_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the people who hold a grant in the organisation in scope."""
    return set(Grant.objects.filter(user_id__in=user_ids).values_list("user_id", flat=True))


def comment_counts(actor: Actor, asset_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the number of comments that the actor sees on each asset; a guest, on the version that is shown."""
    if not actor.is_guest:
        return dict(Asset.objects.filter(id__in=asset_ids).values_list("id", "comment_count"))
    shown = [each.id for each in heads(actor, asset_ids).values()]
    rows = Comment.objects.filter(deleted_at=None, internal=False, version_id__in=shown)
    counted = rows.filter(version__asset_id__in=asset_ids).values_list("version__asset_id")
    return dict(counted.annotate(Count("id")).order_by())


# --- approvals --------------------------------------------------------------------------------------


def version_to_decide(actor: Actor, version_id: UUID, permission: Permission) -> Version:
    """Load a version with its asset locked, so that decisions on it come one after another.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
        Conflict: it has moved to another asset meanwhile.
    """
    asset_id = version_for(actor, version_id, permission).asset_id
    lock_assets(asset_id)
    version = version_for(actor, version_id, permission)
    if version.asset_id != asset_id:
        raise Conflict("This version has moved to another asset.")
    return version


def approvals_of(version: Version) -> QuerySet[Approval]:
    """Return the decisions that stand on a version, with what their documents need, without an order."""
    return Approval.objects.filter(version=version).select_related("user", "guest")


def own_approval(actor: Actor, version: Version) -> Approval | None:
    """Return what the actor decided of the version, or None."""
    whose = {"guest_id": actor.id} if actor.is_guest else {"user_id": actor.id}
    return approvals_of(version).filter(**whose).first() if actor.id is not None else None


def decisions_on(version: Version) -> dict[str, int]:
    """Return how many decisions of each state stand on a version."""
    rows = Approval.objects.filter(version=version).values_list("state")
    return dict(rows.annotate(Count("id")).order_by())


# --- documents --------------------------------------------------------------------------------------


def comment_document(comment: Comment) -> dict[str, Any]:
    """Return one comment; it must come from `visible_comments`, so that this asks the database nothing."""
    version = comment.version
    return {
        "id": comment.id,
        "version": comment.version_id,
        "parent": comment.parent_id,
        "author": _author(comment.author_user, comment.author_guest),
        "body": comment.body,
        "frame_in": comment.frame_in,
        "frame_out": comment.frame_out,
        "time_in_ms": comment.time_in_ms,
        "time_out_ms": comment.time_out_ms,
        "page": comment.page,
        "timecode": timecode_at(
            comment.frame_in,
            rate=version.frame_rate,
            drop_frame=version.drop_frame,
            start=version.start_timecode,
        ),
        "annotation": comment.annotation,
        "internal": comment.internal,
        "resolved": comment.resolved_at is not None,
        "resolved_at": comment.resolved_at,
        "resolved_by": _author(comment.resolved_by, None) if comment.resolved_by else None,
        "mentions": comment.mentions,
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
    }


def approval_document(approval: Approval, version: Version) -> dict[str, Any]:
    """Return one decision on a version (with its asset); void while the asset's head is another version."""
    return {
        "id": approval.id,
        "version": approval.version_id,
        "sha256": approval.sha256,
        "reviewer": _author(approval.user, approval.guest),
        "state": approval.state,
        "note": approval.note,
        "void": version.asset.current_version_id != version.id,
        "decided_at": approval.decided_at,
    }


def _author(user: User | None, guest: Guest | None) -> dict[str, Any]:
    """Name an author; the part of an address before the @ stands in for a name, as in `Actor`."""
    if guest is not None:
        return {"id": guest.id, "name": guest.name, "kind": "guest"}
    name = (user.name or user.email.split("@")[0]) if user is not None else ""
    return {"id": user.id if user is not None else None, "name": name, "kind": "user"}


def bodies_of(version_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return what people wrote on versions, the newest first, for the members' search: internal comments too."""
    found: dict[UUID, list[str]] = {}
    rows = Comment.objects.filter(version_id__in=version_ids, deleted_at=None).order_by("-created_at", "-id")
    for version_id, body in rows.values_list("version_id", "body")[:MOST_SAID]:
        found.setdefault(version_id, []).append(body)
    return found
