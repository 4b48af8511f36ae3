"""Writes of the room: make, change and revoke links; let guests in, count and log them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from activity import services as activity
from assets.models import Asset, Collection, Version
from assets.queries import collection_assets, heads, master_of, smart_ids, version_for
from assets.services import freeze_collection
from dam.core import storage, tenancy
from dam.core.access import Actor, Permission
from dam.core.errors import NotFound
from dam.core.web import limits
from orgs.models import Guest, Project
from previews.services import request_warming, revive_share
from shares import marks, passes, throttle
from shares.errors import PasswordRequired, ShareRevoked, WrongPassword
from shares.models import Share, ShareAccess
from shares.queries import Visit, has_unlocked, organization_of_token, share_document, unused, visit_of
from shares.tokens import ShareToken, is_password, new_token, password_hash, token_hash

Versions = Literal["current", "frozen"]
Action = ShareAccess.Action
CHANGEABLE = ("name", "password", "expires_at", "max_views", "allow_download", "allow_comments", "watermark")
#: Long enough to begin a download; one that has begun goes on.
DOWNLOAD_TTL_S = 300
#: Assets of a new link that are brought to the edges before anybody opens it.
WARMED = 24


# --- for members ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What a link allows, and until when."""

    password: str | None = None
    expires_at: datetime | None = None
    max_views: int | None = None
    allow_download: bool = False
    allow_comments: bool = False
    watermark: marks.Template | None = None


@transaction.atomic
def create_share(
    *,
    actor: Actor,
    project: Project,
    asset_ids: Sequence[UUID] = (),
    collection: Collection | None = None,
    versions: Versions = "current",
    name: str = "",
    terms: Terms,
) -> tuple[Share, ShareToken]:
    """Make a link to a collection, or to some assets; returns the share and its token, this once only.

    Named assets, whatever is to stay frozen, and what a smart collection finds now get a hidden collection.

    Raises: Invalid where an asset is of another project, in the trash, or does not exist (`assets.N`).
    """
    name = name or (collection.name if collection else _name_of(asset_ids))
    if collection and collection.query is not None:
        asset_ids, collection = smart_ids(actor, collection), None
    if collection is None or versions == "frozen":
        asset_ids = asset_ids or _ids_in(collection)
        collection = freeze_collection(project=project, asset_ids=asset_ids, versions=versions)
    token = new_token()
    share = Share.objects.create(
        project=project,
        collection=collection,
        name=name,
        versions=versions,
        token_hash=token_hash(token),
        password=password_hash(terms.password),
        expires_at=terms.expires_at,
        max_views=terms.max_views,
        allow_download=terms.allow_download,
        allow_comments=terms.allow_comments,
        watermark=marks.written(terms.watermark),
        created_by_id=actor.id,
    )
    _record(actor, "share.created", share)
    _warm(share, actor=actor)
    return share, token


def _warm(share: Share, *, actor: Actor) -> None:
    """Have what a guest plays first brought to the edges; whom a watermark awaits plays a copy not yet made."""
    if not share.watermark:
        newest = collection_assets(share.collection_id).order_by("-created_at", "-id")[:WARMED]
        shown = heads(actor, list(newest.values_list("id", flat=True))).values()
        digests = [each.sha256 for each in shown]
        request_warming(project_id=share.project_id, share_id=share.id, digests=digests)


def _ids_in(collection: Collection | None) -> list[UUID]:
    if collection is None:
        return []
    return list(collection_assets(collection.id).order_by("id").values_list("id", flat=True))


def _name_of(asset_ids: Sequence[UUID]) -> str:
    titles = list(Asset.objects.filter(id__in=asset_ids[:1]).values_list("title", flat=True))
    others = len(set(asset_ids)) - 1
    title = titles[0] if titles else ""
    return f"{title} and {others} more" if others > 0 else title


@transaction.atomic
def change_share(share: Share, *, actor: Actor, changes: Mapping[str, Any]) -> Share:
    """Change the terms of a link; a new password, or none, ends every visit that an older one opened.

    Locks and transaction: the caller has locked the share.

    Raises:
        ShareRevoked: a revoked share stays as it is.
    """
    if share.revoked_at is not None:
        raise ShareRevoked
    before, had_ended = share_document(share), _has_ended(share)
    wanted = {name: value for name, value in changes.items() if name in CHANGEABLE}
    if "password" in wanted:
        wanted["password"] = password_hash(wanted["password"])
        wanted["password_epoch"] = share.password_epoch + 1
    if "watermark" in wanted:
        wanted["watermark"] = marks.written(wanted["watermark"])
    if not wanted:
        return share
    for field, value in wanted.items():
        setattr(share, field, value)
    share.save(update_fields=[*wanted, "updated_at"])
    if had_ended and not _has_ended(share):
        revive_share(share.id)
    _record(actor, "share.updated", share, before=before)
    return share


def _has_ended(share: Share) -> bool:
    return share.expires_at is not None and share.expires_at <= timezone.now()


@transaction.atomic
def revoke_share(share: Share, *, actor: Actor) -> None:
    """End a link for good; revoking it again changes nothing.

    Locks and transaction: the caller has locked the share. The edge learns of it within seconds.
    """
    if share.revoked_at is not None:
        return
    before = share_document(share)
    share.revoked_at = timezone.now()
    share.save(update_fields=["revoked_at", "updated_at"])
    _record(actor, "share.revoked", share, before=before)


def _record(actor: Actor, verb: str, share: Share, *, before: dict[str, Any] | None = None) -> None:
    document = share_document(share)
    activity.record(
        actor,
        verb=verb,
        project_id=share.project_id,
        share_id=share.id,
        target_kind="share",
        target_id=share.id,
        event="share.updated",
        data=document,
        before=before,
        after=document,
    )


# --- for guests -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Caller:
    """Whoever holds a link, as the request shows them. `header` and `cookies` may hold an access proof."""

    token: str
    header: str | None
    cookies: Mapping[str, str]
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class Entry:
    """A guest who was let in. `proof` is new where the visit began with this very request."""

    actor: Actor
    share: Share
    guest: Guest | None
    proof: passes.Proof
    is_new: bool


_ACTIONS = {
    "GET ": Action.VIEW,
    "GET assets": Action.ASSETS,
    "GET playback": Action.PLAYBACK,
    "GET comments": Action.COMMENTS,
    "POST comments": Action.COMMENT,
    "GET approvals": Action.APPROVALS,
    "PUT approval": Action.APPROVAL,
    "DELETE approval": Action.APPROVAL,
    "GET download": Action.DOWNLOAD,
}


def enter(caller: Caller, *, asked: str, version_id: UUID | None = None) -> Entry:
    """Let a guest in and log what was asked for; the first request of a visit counts as a view.

    Shapes: `asked` is a method and the last word of the path (`GET playback`); HEAD and OPTIONS neither count
    nor are logged.

    Raises:
        NotFound: the link is wrong, revoked, expired or used up: the same answer for all.
        PasswordRequired: the link is locked and no valid proof came along.
    """
    share_id, organization_id = _found(caller)
    with tenancy.scope(organization_id):
        visit = _visit(caller, share_id)
        if visit.is_locked:
            raise PasswordRequired
        if asked.startswith(("HEAD", "OPTIONS")):
            return Entry(
                visit.actor, visit.share, visit.guest, visit.proof or _proof(visit.share), is_new=False
            )
        proof = visit.proof or _begin(visit.share)
        _log(visit, caller, _action(visit, asked), version_id=version_id)
    return Entry(visit.actor, visit.share, visit.guest, proof, is_new=visit.proof is None)


def _action(visit: Visit, asked: str) -> Action:
    """Name what was asked for, and whether the share is going to refuse it."""
    action = _ACTIONS.get(asked, Action.OTHER)
    guest = visit.actor.share
    if action is Action.DOWNLOAD and not (guest and guest.allow_download):
        return Action.DOWNLOAD_REFUSED
    if action is Action.COMMENT and not (guest and guest.allow_comments and visit.actor.name):
        return Action.COMMENT_REFUSED
    if action is Action.APPROVAL and not (guest and guest.allow_comments and visit.actor.name):
        return Action.APPROVAL_REFUSED
    return action


@dataclass(frozen=True)
class Guestbook:
    """What a guest may say of themself; None leaves what is known."""

    name: str | None = None
    email: str | None = None


def unlock(caller: Caller, *, password: str | None, guestbook: Guestbook) -> Entry:
    """Open a link: check its password, name the guest, begin or continue the visit.

    A visit that is open already is continued, neither counted again nor made longer.

    Raises:
        NotFound: the link is wrong, revoked, expired or used up.
        PasswordRequired: the link is locked and no password came.
        WrongPassword: it is not this one.
        TooManyRequests: too many wrong ones came from this address or for this link.
    """
    share_id, organization_id = _found(caller)
    with tenancy.scope(organization_id):
        visit = _visit(caller, share_id)
    if visit.share.password and (visit.proof is None or password is not None):
        _check_password(visit, caller, password)
    with tenancy.scope(organization_id):
        proof = visit.proof or _begin(visit.share)
        guest = _write_guest(visit, guestbook)
        visit = replace(visit, proof=replace(proof, guest_id=guest.id), guest=guest)
        _log(visit, caller, Action.UNLOCK)
    return Entry(visit.actor, visit.share, guest, visit.proof or proof, is_new=True)


def ends_at(entry: Entry) -> datetime:
    """Return when the visit ends: with its proof, or earlier with the share."""
    proof_ends = datetime.fromtimestamp(entry.proof.ends_s, UTC)
    return min(proof_ends, entry.share.expires_at or proof_ends)


def download_url(version: Version) -> str:
    """Return a short-lived address of a version's master, as an attachment under its own name."""
    master = master_of(version)
    return storage.presign_get(
        "reader",
        "masters",
        master.key,
        version_id=master.storage_version,
        filename=version.name,
        expires_s=DOWNLOAD_TTL_S,
    )


def _found(caller: Caller) -> tuple[UUID, UUID]:
    found = organization_of_token(caller.token)
    if found is None:
        raise limits.missed("share", caller.ip, otherwise=NotFound())
    return found


def _visit(caller: Caller, share_id: UUID) -> Visit:
    visit = visit_of(share_id, header=caller.header, cookies=caller.cookies, ip=caller.ip)
    if visit is None:
        raise NotFound
    return visit


def _check_password(visit: Visit, caller: Caller, password: str | None) -> None:
    """Hash outside any transaction: it is slow on purpose."""
    if password is None:
        raise PasswordRequired
    organization_id = visit.share.organization_id
    with tenancy.scope(organization_id):
        has_been_in = has_unlocked(visit.share, ip=caller.ip)
    guess = throttle.admit(visit.share.id, ip=caller.ip, has_been_in=has_been_in)
    if is_password(password, visit.share.password):
        guess.right()
        return
    guess.wrong()
    with tenancy.scope(organization_id):
        _log(visit, caller, Action.UNLOCK_FAILED)
    raise WrongPassword


def _begin(share: Share) -> passes.Proof:
    """Count a view where one is left; two guests at the last one cannot both have it."""
    if not unused(Share.objects.filter(id=share.id)).update(view_count=F("view_count") + 1):
        raise NotFound
    return _proof(share)


def _proof(share: Share) -> passes.Proof:
    return passes.Proof(share.id, share.password_epoch, int(time.time()))


def _write_guest(visit: Visit, guestbook: Guestbook) -> Guest:
    guest = visit.guest
    if guest is None:
        return Guest.objects.create(
            share_id=visit.share.id, name=guestbook.name or "", email=guestbook.email or ""
        )
    changed = {
        field: value
        for field, value in (("name", guestbook.name), ("email", guestbook.email))
        if value is not None
    }
    for field, value in changed.items():
        setattr(guest, field, value)
    if changed:
        guest.save(update_fields=[*changed, "updated_at"])
    return guest


def _log(visit: Visit, caller: Caller, action: Action, *, version_id: UUID | None = None) -> None:
    """Write one line of the share's log; a version that the share does not show is not named in it."""
    asset_id = None
    if version_id is not None:
        try:
            asset_id = version_for(visit.actor, version_id, Permission.VIEW).asset_id
        except NotFound:
            return
    ShareAccess.objects.create(
        share=visit.share,
        action=action,
        ip=caller.ip or None,
        user_agent=caller.user_agent,
        asset_id=asset_id,
        version_id=version_id,
        guest=visit.guest,
    )
