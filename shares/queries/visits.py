"""What lies behind a link: the live share, the visit that a proof stands for, the guest as an actor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from assets.models import CollectionItem
from assets.queries import heads
from dam.core import tenancy
from dam.core.access import ANONYMOUS, Actor, Mark, SharePass
from dam.core.registry import EventPlace, Holding, Topic
from orgs.models import Guest
from shares import marks, passes
from shares.models import Share, ShareAccess
from shares.queries.links import unexpired
from shares.tokens import token_hash


@dataclass(frozen=True)
class Visit:
    """A live share as somebody who holds its link finds it. Without a proof the visit has not begun."""

    share: Share
    proof: passes.Proof | None
    guest: Guest | None
    ip: str = ""

    @property
    def is_locked(self) -> bool:
        """Whether a password stands between the visitor and the share."""
        return bool(self.share.password) and self.proof is None

    @property
    def actor(self) -> Actor:
        """The guest, as the access function judges one."""
        guest = self.guest
        return Actor(
            kind="guest",
            id=guest.id if guest else None,
            name=guest.name if guest else "",
            email=guest.email if guest else "",
            share=pass_of(self.share, mark=self._mark()),
        )

    def _mark(self) -> Mark | None:
        """Return what this guest's copies carry, where the share is watermarked.

        A visit that has not begun is taken to begin with the hour: who keeps no proof begins one with every request.
        """
        template = marks.read(self.share.watermark)
        if template is None:
            return None
        now = datetime.now(UTC).replace(minute=0)
        viewer = marks.Viewer(
            name=self.guest.name if self.guest else "",
            email=self.guest.email if self.guest else "",
            ip=self.ip,
            came_at=datetime.fromtimestamp(self.proof.issued_s, UTC) if self.proof else now,
        )
        return marks.mark_for(template, share_name=self.share.name, viewer=viewer)


def pass_of(share: Share, *, mark: Mark | None = None) -> SharePass:
    """Return what the link opens; `mark` is what a watermarked share's guest is to see."""
    return SharePass(
        share_id=share.id,
        organization_id=share.organization_id,
        project_id=share.project_id,
        collection_id=share.collection_id,
        allow_download=share.allow_download,
        allow_comments=share.allow_comments,
        watermark=bool(share.watermark),
        expires_at=share.expires_at,
        mark=mark,
    )


def organization_of_token(token: str) -> tuple[UUID, UUID] | None:
    """Return (share id, organisation id) of a live link, or None: one answer for wrong, revoked and expired."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id FROM share_by_token_hash(%s)", [token_hash(token)])
        found: tuple[UUID, UUID] | None = cursor.fetchone()
    return found


def visit_of(share_id: UUID, *, header: str | None, cookies: Mapping[str, str], ip: str = "") -> Visit | None:
    """Return the visit that a header or cookie proves, or one that is about to begin; None once views are used up.

    Locks and transaction: inside the share's scope.
    """
    share = Share.objects.filter(id=share_id, revoked_at=None).first()
    if share is None:
        return None
    held = (header, cookies.get(passes.cookie_name(share.id)))
    proof = passes.find(held, share_id=share.id, password_epoch=share.password_epoch)
    if proof is None and share.max_views is not None and share.view_count >= share.max_views:
        return None
    guest = None
    if proof is not None and proof.guest_id is not None:
        guest = Guest.objects.filter(id=proof.guest_id, share_id=share.id).first()
    return Visit(share, proof, guest, ip)


def has_unlocked(share: Share, *, ip: str) -> bool:
    """Tell whether somebody at this address has opened the share before."""
    return ShareAccess.objects.filter(share=share, action=ShareAccess.Action.UNLOCK, ip=ip or None).exists()


def guest_actor(token: str, *, header: str | None, cookies: Mapping[str, str]) -> Actor | None:
    """Return the guest behind a link without counting or logging anything.

    None for a link that is wrong, dead or used up; `ANONYMOUS` for one that is locked.
    """
    found = organization_of_token(token)
    if found is None:
        return None
    share_id, organization_id = found
    with tenancy.scope(organization_id):
        visit = visit_of(share_id, header=header, cookies=cookies)
        if visit is None:
            return None
        return ANONYMOUS if visit.is_locked else _until_the_proof_ends(visit)


def _until_the_proof_ends(visit: Visit) -> Actor:
    """Return the guest, whose way into a locked share is open no longer than the proof of the password holds."""
    actor = visit.actor
    if actor.share is None or visit.proof is None or not visit.share.password:
        return actor
    proof_ends = datetime.fromtimestamp(visit.proof.ends_s, UTC)
    ends = min(proof_ends, actor.share.expires_at or proof_ends)
    return replace(actor, share=replace(actor.share, expires_at=ends))


def share_topic(actor: Actor, key: str) -> Topic | None:
    """Return the live feed of the link that made this guest; `key` is the token the actor was built from."""
    if actor.share is None:
        return None
    return Topic(
        organization_id=actor.share.organization_id,
        project_id=actor.share.project_id,
        share_id=actor.share.share_id,
    )


def holding_of(share_id: UUID, asset_ids: Collection[UUID]) -> Holding | None:
    """Return a live share's collection, and which of these assets it holds, in the trash too; None for a dead one.

    Locks and transaction: inside the scope of the share's organisation.
    """
    share = unexpired(Share.objects.filter(id=share_id)).first()
    if share is None:
        return None
    items = CollectionItem.objects.filter(collection_id=share.collection_id, asset_id__in=asset_ids)
    held = items.values_list("asset_id", flat=True) if asset_ids else ()
    return Holding(share.collection_id, frozenset(held))


def shares_holding(asset_ids: Collection[UUID]) -> set[UUID]:
    """Return the live shares whose collections hold any of these assets, in scope."""
    items = CollectionItem.objects.filter(asset_id__in=asset_ids)
    shares = unexpired(Share.objects.filter(collection_id__in=items.values("collection_id")))
    return set(shares.values_list("id", flat=True))


def places_shown(share_id: UUID, places: Collection[EventPlace]) -> set[EventPlace]:
    """Return those places of events that a live share shows now; a dead one shows nothing.

    Locks and transaction: inside the scope of the share's organisation.
    """
    share = unexpired(Share.objects.filter(id=share_id)).first()
    if share is None:
        return set()
    guest = Visit(share, None, None).actor
    shown = heads(guest, list({asset_id for asset_id, _ in places}))
    return {
        (asset_id, version_id)
        for asset_id, version_id in places
        if asset_id in shown and version_id in (None, shown[asset_id].id)
    }
