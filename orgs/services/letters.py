"""Letters to people who are given a role: what they say; the room of jobs sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from dam.core import tenancy
from dam.core.delivery import outbox
from orgs.models import Grant, Invitation, Organization, User
from orgs.queries import invitation_ends_at, valid_invitations

#: The topic of the outbox under which letters are on their way.
LETTERS = "orgs.letter"


@dataclass(frozen=True)
class Letter:
    """A letter to one address, in plain text."""

    to: str
    subject: str
    body: str


def write_to(given: Grant | Invitation, *, by: UUID | None) -> None:
    """Have a letter sent to whoever has been given a role, after commit.

    Locks and transaction: in scope, in the transaction that gives it.
    """
    kind = type(given).__name__.lower()
    outbox.publish(LETTERS, {"kind": kind, "id": str(given.id), "by": str(by) if by else None})


def letter_for(told: Mapping[str, Any]) -> Letter | None:
    """Return the letter that `write_to` has told of; None where the role was taken back meanwhile.

    Locks and transaction: in scope; it reads only.
    """
    rows = valid_invitations() if told["kind"] == "invitation" else Grant.objects.all()
    given = rows.select_related("client", "project").filter(id=told["id"]).first()
    if given is None:
        return None
    by = User.objects.filter(id=told["by"]).first()
    place = _place(given)
    if isinstance(given, Invitation):
        return Letter(given.email, f"You are invited to {place}", _invitation(given, place=place, by=by))
    return Letter(given.user.email, f"You now have access to {place}", _access(given, place=place, by=by))


def _place(given: Grant | Invitation) -> str:
    organization = Organization.objects.get(id=tenancy.current_organization())
    within = given.project or given.client
    name = organization.name if within is None else f"{within.name} ({organization.name})"
    # Names are printable, and yet a line separator would end the subject's line.
    return " ".join(name.split())


def _invitation(given: Invitation, *, place: str, by: User | None) -> str:
    until = invitation_ends_at(given).strftime("%d %B %Y")
    return (
        f"{_called(by)} has invited you to {place} as {given.role}.\n\n"
        f"Sign up with this address, {given.email}, and confirm it:\n"
        f"{settings.PORTAL_URL}/signup?invitation={_word(given.email)}\n\n"
        f"The invitation holds until {until}. If you did not expect it, there is nothing you need to do.\n"
    )


def _word(email: str) -> str:
    return signing.dumps(email.casefold(), salt=LETTERS)


def is_invitation_word(word: str, *, email: str) -> bool:
    """Tell whether a letter of ours brought this word to this address."""
    try:
        invited = signing.loads(word, salt=LETTERS)
    except signing.BadSignature:
        return False
    return bool(invited == email.strip().casefold())


def _access(given: Grant, *, place: str, by: User | None) -> str:
    return (
        f"{_called(by)} has given you the role {given.role} in {place}.\n\n"
        f"You find it here:\n{settings.PORTAL_URL}/\n"
    )


def _called(by: User | None) -> str:
    return "Somebody" if by is None else " ".join(by.name.split()) or by.email
