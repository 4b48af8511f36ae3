"""People: accounts with a verified address, and the invitations that waited for it."""

from __future__ import annotations

from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.utils.crypto import get_random_string

from dam.core import tenancy
from dam.core.access import Role
from orgs.models import Grant, Invitation, User
from orgs.queries import actor_of_user, valid_invitations
from orgs.services.grants import Place, keep_grants_still, set_grant
from orgs.services.letters import is_invitation_word
from orgs.services.recording import record_change

PASSWORD_LENGTH = 20


@transaction.atomic
def create_user(*, email: str, name: str = "", password: str | None = None) -> tuple[User, str]:
    """Make a person with a verified address; returns (person, password), generating one where none is given."""
    password = password or get_random_string(PASSWORD_LENGTH)
    user = User.objects.create_user(email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user, password


@transaction.atomic
def accept_invitations(user: User) -> None:
    """Turn the invitations that wait for a person's proven addresses into grants, in every organisation.

    An admin whom an old invitation would lower stays admin; an invitation that has run out gives nothing.
    """
    proven = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    for invitation_id, organization_id in _waiting_for(list(proven)):
        with tenancy.scope(organization_id):
            keep_grants_still()
            for each in valid_invitations().select_for_update().filter(id=invitation_id):
                _accept(each, user=user)


def may_sign_up(email: str, *, word: str) -> bool:
    """Tell whether an invitation that waits for this address was sent to it, as its letter's `word` proves.

    Without the word nobody learns who is invited by trying addresses.
    """
    if not is_invitation_word(word, email=email):
        return False
    for invitation_id, organization_id in _waiting_for([email]):
        with tenancy.scope(organization_id):
            if valid_invitations().filter(id=invitation_id).exists():
                return True
    return False


def _waiting_for(addresses: list[str]) -> list[tuple[UUID, UUID]]:
    """Return the invitations to some addresses, run out or not, as (id, organisation)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT i.* FROM unnest(%s::text[]) a, invitations_for(a) i", [addresses])
        return list(cursor.fetchall())


def _accept(invitation: Invitation, *, user: User) -> None:
    place = Place(invitation.client, invitation.project)
    held = Grant.objects.filter(user=user, client=place.client, project=place.project).first()
    if held is None or held.role != Role.ADMIN:
        set_grant(user=user, place=place, role=Role(invitation.role))
    record_change(actor_of_user(user.id), "accepted", invitation, after={"role": invitation.role})
    invitation.delete()
