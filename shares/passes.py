"""The access proof: what a guest holds between unlocking a link and the end of the visit.

Signed, not stored: it names the share, the guest, the epoch of the share's password and when the visit began,
and so dies with the share, with a new password, or after `LIFETIME_S`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from dam.core.web.guests import GuestCookie

LIFETIME_S = 12 * 3600
HEADER = "X-Share-Access"
_SALT = "dam.share.access"
_LONGEST = 2048


@dataclass(frozen=True)
class Proof:
    """A visit to one share. `issued_s` is the Unix time at which it began."""

    share_id: UUID
    password_epoch: int
    issued_s: int
    guest_id: UUID | None = None

    @property
    def ends_s(self) -> int:
        """The Unix time after which the proof is worth nothing."""
        return self.issued_s + LIFETIME_S


def cookie_name(share_id: UUID) -> str:
    """Return the name of the cookie that holds a share's proof; cookies are not separated by port."""
    prefix = "__Host-" if settings.HTTPS else ""
    return f"{prefix}dam_share_{settings.PORT}_{share_id}"


def write(proof: Proof) -> str:
    """Return the proof as text."""
    guest = str(proof.guest_id) if proof.guest_id else None
    content = [str(proof.share_id), proof.password_epoch, proof.issued_s, guest]
    return signing.dumps(content, salt=_SALT)


def cookie(proof: Proof) -> GuestCookie:
    """Return the cookie that continues the visit."""
    return GuestCookie(
        name=cookie_name(proof.share_id),
        value=write(proof),
        max_age_s=max(1, proof.ends_s - int(time.time())),
    )


def find(candidates: Iterable[str | None], *, share_id: UUID, password_epoch: int) -> Proof | None:
    """Return the first of the texts that proves a visit to this share under its present password."""
    for text in candidates:
        proof = _read(text) if text and len(text) <= _LONGEST else None
        if (
            proof is not None
            and (proof.share_id, proof.password_epoch) == (share_id, password_epoch)
            and proof.ends_s > time.time()
        ):
            return proof
    return None


def _read(text: str) -> Proof | None:
    try:
        content: list[Any] = signing.loads(text, salt=_SALT)
        share_id, epoch, issued_s, guest = content
        return Proof(UUID(share_id), int(epoch), int(issued_s), UUID(guest) if guest else None)
    except (signing.BadSignature, ValueError, TypeError):
        return None
