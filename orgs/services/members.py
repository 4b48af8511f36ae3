"""Members of a place as people speak of them: whoever holds a grant there, and whoever is invited."""

from __future__ import annotations

from dam.core.access import Actor, Role
from dam.core.errors import invalid
from orgs.models import Grant, Invitation
from orgs.queries import person_with_address
from orgs.services.grants import Place, remove_grant, set_grant
from orgs.services.letters import write_to
from orgs.services.recording import apply_changes, record_change


def grant_by_email(*, actor: Actor, email: str, place: Place, role: Role) -> tuple[Grant | Invitation, bool]:
    """Grant a role to a known address at once, invite an unknown one: (grant or invitation, whether it is new).

    Inviting again begins the invitation's time anew. Whoever is new there, or invited, gets a letter after commit.
    An address that somebody signed up with and has not proven is unknown: it may be another's.

    Raises:
        Invalid: `member` outside an organisation.
        Conflict: it would leave the organisation without an admin.
    """
    _check_role(place, role)
    user = person_with_address(email)
    given: Grant | Invitation
    if user is not None:
        given, is_new = set_grant(user=user, place=place, role=role)
    else:
        given, is_new = Invitation.objects.update_or_create(
            email=email.lower(),
            client=place.client,
            project=place.project,
            defaults={"role": role, "invited_by_id": actor.id},
        )
    record_change(actor, "given", given, after={"email": email.lower(), "role": role})
    if is_new or isinstance(given, Invitation):
        write_to(given, by=actor.id)
    return given, is_new


def change_grant(grant: Grant, *, actor: Actor, role: Role) -> Grant:
    """Change the role of a grant.

    Raises:
        Invalid: `member` outside an organisation.
        Conflict: it would leave the organisation without an admin.
    """
    place = Place(grant.client, grant.project)
    _check_role(place, role)
    record_change(actor, "changed", grant, before={"role": grant.role}, after={"role": role})
    return set_grant(user=grant.user, place=place, role=role)[0]


def change_member(row: Grant | Invitation, *, actor: Actor, role: Role) -> Grant | Invitation:
    """Change the role of a grant, or of an invitation that still waits."""
    if isinstance(row, Grant):
        return change_grant(row, actor=actor, role=role)
    _check_role(Place(row.client, row.project), role)
    return apply_changes(row, actor=actor, changes={"role": role})


def remove_member(row: Grant | Invitation, *, actor: Actor) -> None:
    """Take a grant away, or withdraw an invitation."""
    if isinstance(row, Grant):
        remove_grant(row, actor=actor)
        return
    record_change(actor, "withdrawn", row, before={"email": row.email, "role": row.role})
    row.delete()


def _check_role(place: Place, role: Role) -> None:
    if role is Role.MEMBER and place != Place():
        raise invalid("role", "`member` is a role of an organisation alone.")
