"""Writes of the room: comment, reply, edit, resolve, delete; approve, ask for changes, withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from activity import services as activity
from assets.models import Version
from assets.queries import approval_document as summary_of
from assets.queries import target_of
from assets.services import index_assets, set_approval
from comments.anchors import Anchor, checked_anchor
from comments.errors import NameRequired, NotYours
from comments.models import Approval, Comment
from comments.queries import (
    approval_document,
    comment_document,
    decisions_on,
    has_public_replies,
    own_approval,
    parent_of_new,
    people_in_organization,
)
from dam.core.access import Actor, Permission, may
from dam.core.errors import Forbidden, invalid, unseen

_ANCHOR = tuple(each.name for each in fields(Anchor))
_CONTENT = ("body", "annotation", "internal", "mentions")


@transaction.atomic
def create_comment(*, actor: Actor, version: Version, given: Mapping[str, Any]) -> Comment:
    """Comment on a version, or reply to a comment on it.

    Shapes: `given` holds `body` and whichever of `parent`, the anchor, `annotation`, `internal`, `mentions`.

    Raises:
        NameRequired: the guest has not said a name.
        Invalid: a parent that is not there, an anchor outside the version, what a guest may not set.
    """
    if actor.is_guest and not actor.name:
        raise NameRequired
    parent = _parent(actor, version, given.get("parent"))
    anchor = _anchored(version, _picked(given, _ANCHOR))
    mentions = given.get("mentions") or []
    _check_mentions(actor, mentions)
    is_thread_internal = parent is not None and parent.internal
    comment = Comment.objects.create(
        version=version,
        parent=parent,
        author_user_id=None if actor.is_guest else actor.id,
        author_guest_id=actor.id if actor.is_guest else None,
        body=given["body"],
        annotation=given.get("annotation"),
        internal=_checked_internal(actor, wanted=given.get("internal"), inherited=is_thread_internal),
        mentions=list(dict.fromkeys(mentions)),
        **asdict(anchor),
    )
    index_assets([version.asset_id])
    _record(actor, "comment.created", comment, version=version)
    return comment


@transaction.atomic
def change_comment(
    comment: Comment, *, actor: Actor, version: Version, changes: Mapping[str, Any]
) -> Comment:
    """Edit one's own comment, or resolve it (others' too, as an editor).

    Locks and transaction: the caller has locked the comment.

    Raises:
        NotYours: another person's words.
        Forbidden: another person's comment is not this role's to resolve.
        Invalid: as when it was made.
    """
    before = comment_document(comment)
    wanted = _wanted(comment, actor=actor, version=version, changes=changes)
    changed = {name: value for name, value in wanted.items() if getattr(comment, name) != value}
    if changed:
        changed["edited_at"] = timezone.now()
    if "resolved" in changes and changes["resolved"] != (comment.resolved_at is not None):
        _check_may_resolve(comment, actor=actor, version=version)
        changed["resolved_at"] = timezone.now() if changes["resolved"] else None
        changed["resolved_by_id"] = actor.id if changes["resolved"] else None
    if not changed:
        return comment
    for name, value in changed.items():
        setattr(comment, name, value)
    comment.save(update_fields=[*(each.removesuffix("_id") for each in changed), "updated_at"])
    if "body" in changed:
        index_assets([version.asset_id])
    _record(actor, "comment.updated", comment, version=version, before=before)
    return comment


@transaction.atomic
def delete_comment(comment: Comment, *, actor: Actor, version: Version) -> None:
    """Delete one's own comment, or as an admin anybody's; replies stay.

    Locks and transaction: the caller has locked the comment.

    Raises:
        NotYours: another person's comment.
    """
    if not is_author(actor, comment) and not may(actor, Permission.PURGE, target_of(actor, version)):
        raise NotYours
    before = comment_document(comment)
    comment.deleted_at = timezone.now()
    comment.save(update_fields=["deleted_at", "updated_at"])
    index_assets([version.asset_id])
    _record(actor, "comment.deleted", comment, version=version, before=before)


def is_author(actor: Actor, comment: Comment) -> bool:
    """Tell whether the actor wrote the comment: by id, never by a name that anybody may type."""
    author = comment.author_guest_id if actor.is_guest else comment.author_user_id
    return actor.id is not None and author == actor.id


def _wanted(
    comment: Comment, *, actor: Actor, version: Version, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields that the author wants to be otherwise, checked."""
    wanted = _picked(changes, _CONTENT)
    moved = _picked(changes, _ANCHOR)
    if not wanted and not moved:
        return {}
    if not is_author(actor, comment):
        raise NotYours
    if "mentions" in wanted:
        wanted["mentions"] = list(dict.fromkeys(wanted["mentions"] or []))
        _check_mentions(actor, wanted["mentions"])
    if "internal" in wanted:
        _check_internal_change(comment, wanted=wanted["internal"])
    if moved:
        if moved.get("frame_in", comment.frame_in) is None:
            moved.setdefault("frame_out", None)
        kept = {name: getattr(comment, name) for name in _ANCHOR}
        wanted |= asdict(_anchored(version, kept | moved))
    return wanted


def _anchored(version: Version, given: Mapping[str, Any]) -> Anchor:
    return checked_anchor(
        Anchor(**given),
        frame_count=version.frame_count,
        duration=version.duration,
        page_count=version.page_count,
    )


def _picked(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def _parent(actor: Actor, version: Version, parent_id: UUID | None) -> Comment | None:
    if parent_id is None:
        return None
    parent = parent_of_new(actor, version, parent_id)
    if parent is None:
        raise unseen("parent")
    return parent


def _checked_internal(actor: Actor, *, wanted: bool | None, inherited: bool) -> bool:
    """A reply within an internal thread is internal: in public it would quote what guests must not see."""
    if actor.is_guest and wanted:
        raise invalid("internal", "Guests cannot write internal comments.")
    if inherited and wanted is False:
        raise invalid("internal", "The thread is internal, and so are replies to it.")
    return bool(wanted) or inherited


def _check_internal_change(comment: Comment, *, wanted: bool) -> None:
    if wanted and has_public_replies(comment):
        raise invalid("internal", "The comment has replies that guests see.")
    if not wanted and comment.parent is not None and comment.parent.internal:
        raise invalid("internal", "The thread is internal, and so are replies to it.")


def _check_mentions(actor: Actor, mentions: Sequence[UUID]) -> None:
    if not mentions:
        return
    if actor.is_guest:
        raise invalid("mentions", "Guests cannot mention people.")
    known = people_in_organization(mentions)
    for index, each in enumerate(mentions):
        if each not in known:
            raise unseen(f"mentions.{index}")


def _check_may_resolve(comment: Comment, *, actor: Actor, version: Version) -> None:
    needed = Permission.RESOLVE_OWN if is_author(actor, comment) else Permission.RESOLVE_ANY
    if not may(actor, needed, target_of(actor, version)):
        raise Forbidden("Editors resolve any comment, others their own.")


def _record(
    actor: Actor, verb: str, comment: Comment, *, version: Version, before: dict[str, Any] | None = None
) -> None:
    """Write the record; the event's `data.internal` keeps it from guests."""
    document = comment_document(comment)
    activity.record(
        actor,
        verb=verb,
        project_id=version.asset.project_id,
        asset_id=version.asset_id,
        version_id=version.id,
        share_id=actor.share.share_id if actor.share else None,
        target_kind="comment",
        target_id=comment.id,
        event=verb,
        data=document,
        before=before,
        after=document if verb != "comment.deleted" else None,
    )


def purge_comments(actor: Actor, version_ids: Sequence[UUID]) -> None:
    """Remove every comment on versions that are purged; in scope, in the transaction that purges them."""
    comments = Comment.objects.filter(version_id__in=version_ids)
    comments.filter(parent__isnull=False).update(parent=None)  # so that no reply protects what it answers
    comments.delete()


# --- approvals --------------------------------------------------------------------------------------


@transaction.atomic
def decide(actor: Actor, *, version: Version, state: str, note: str = "") -> Approval:
    """Approve a version, or ask for changes; what the actor decided of it before no longer counts.

    The decision names the bytes, and stays with the version. Saying the same again changes nothing.

    Locks and transaction: the caller holds the lock of the version's asset.

    Raises:
        NameRequired: the guest has not said a name.
    """
    if actor.is_guest and not actor.name:
        raise NameRequired
    approval = own_approval(actor, version)
    before = approval_document(approval, version) if approval is not None else None
    if approval is None:
        whose = {"guest_id": actor.id} if actor.is_guest else {"user_id": actor.user_id}
        approval = Approval(version=version, sha256=version.sha256, **whose)
    elif (approval.state, approval.note) == (state, note):
        return approval
    approval.state, approval.note, approval.decided_at = state, note, timezone.now()
    approval.save()
    _sum_up(version)
    _record_decision(
        actor, "approval.changed" if before else "approval.given", approval, version=version, before=before
    )
    return approval


@transaction.atomic
def withdraw(actor: Actor, *, version: Version) -> None:
    """Take back what the actor decided of a version, if anything of it stands.

    Locks and transaction: the caller holds the lock of the version's asset.
    """
    approval = own_approval(actor, version)
    if approval is None:
        return
    before = approval_document(approval, version)
    identity = approval.id
    approval.delete()
    approval.id = identity
    _sum_up(version)
    _record_decision(actor, "approval.withdrawn", approval, version=version, before=before, is_gone=True)


def _sum_up(version: Version) -> None:
    """One who asks for changes outweighs those who approve."""
    counts = decisions_on(version)
    approved = counts.get(Approval.State.APPROVED, 0)
    changes_requested = counts.get(Approval.State.CHANGES_REQUESTED, 0)
    state = "changes_requested" if changes_requested else "approved" if approved else "none"
    set_approval(version, state=state, approved=approved, changes_requested=changes_requested)


def _record_decision(
    actor: Actor,
    verb: str,
    approval: Approval,
    *,
    version: Version,
    before: dict[str, Any] | None,
    is_gone: bool = False,
) -> None:
    document = approval_document(approval, version)
    beside = {"asset": version.asset_id, "approval": summary_of(version), "withdrawn": is_gone}
    activity.record(
        actor,
        verb=verb,
        project_id=version.asset.project_id,
        asset_id=version.asset_id,
        version_id=version.id,
        share_id=actor.share.share_id if actor.share else None,
        target_kind="approval",
        target_id=approval.id,
        event="approval.updated",
        data=document | beside,
        before=before,
        after=None if is_gone else document,
    )
