"""People: accounts with a verified address, and the invitations that waited for it."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.utils.crypto import get_random_string

from dam.core import tenancy
from dam.core.access import Role
from orgs.models import Invitation, User
from orgs.services.grants import Place, set_grant

PASSWORD_LENGTH = 20


@transaction.atomic
def create_user(*, email: str, name: str = "", password: str | None = None) -> tuple[User, str]:
    """Make a person with a verified address; returns (person, password), generating one where none is given."""
    password = password or get_random_string(PASSWORD_LENGTH)
    user = User.objects.create_user(email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user, password


def accept_invitations(user: User) -> None:
    """Turn the invitations that wait for a verified address into grants, in every organisation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id FROM invitations_for(%s)", [user.email])
        waiting = cursor.fetchall()
    for invitation_id, organization_id in waiting:
        with tenancy.scope(organization_id):
            for each in Invitation.objects.select_for_update().filter(id=invitation_id):
                set_grant(user=user, place=Place(each.client, each.project), role=Role(each.role))
                each.delete()
