"""Writes of the room: people, organisations, clients, projects, grants and tokens.

Every function runs in the scope of the organisation it writes to, unless it says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from dam.core import registry, tenancy
from dam.core.access import Actor, Role
from dam.core.db import new_id
from dam.core.errors import Conflict, InUse, invalid
from orgs.models import ApiToken, Client, Grant, Invitation, Organization, Project, ProjectMembership, User
from orgs.queries import user_by_email
from orgs.tokens import new_token, token_hash

PASSWORD_LENGTH = 20
SLUG_TRIES = 50
_Row = TypeVar("_Row", Organization, Client, Project, Invitation)


@dataclass(frozen=True)
class Place:
    """Where a grant sits: in a project, in a client, or (neither) in the organisation itself."""

    client: Client | None = None
    project: Project | None = None


# --- people -----------------------------------------------------------------------------------------


@transaction.atomic
def create_user(*, email: str, name: str = "", password: str | None = None) -> tuple[User, str]:
    """Make a person with a verified address; returns (person, password), generating one where none is given."""
    password = password or get_random_string(PASSWORD_LENGTH)
    user = User.objects.create_user(email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user, password


def issue_token(
    *,
    user: User,
    name: str = "",
    can_write: bool = True,
    project_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make an API token for a person and return it, this once only."""
    token = new_token()
    ApiToken.objects.create(
        user=user,
        name=name,
        token_hash=token_hash(token),
        can_write=can_write,
        project_id=project_id,
        expires_at=expires_at,
    )
    return token


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


# --- organisations, clients, projects ------------------------------------------------------------------


def create_organization(
    *, actor: Actor, user: User, name: str, slug: str | None = None, role: Role = Role.ADMIN
) -> Organization:
    """Make an organisation and put `user` in it; opens the new organisation's scope itself.

    Raises:
        Invalid: the slug is taken.
    """
    if slug and slug_is_taken(slug):
        raise invalid("slug", "This slug is taken.")
    identity = new_id()
    with tenancy.scope(identity):
        organization = Organization.objects.create(
            id=identity, name=name, slug=slug or _free_organization_slug(name)
        )
        set_grant(user=user, place=Place(), role=role)
        _record(actor, "created", organization)
    return organization


def may_create_organization(actor: Actor) -> bool:
    """Tell whether the actor may make an organisation: any verified person, unless sign-up is closed."""
    return (
        settings.SIGNUP == "open" and actor.kind == "user" and actor.verified and actor.only_project is None
    )


def create_organization_for(actor: Actor, *, name: str, slug: str | None = None) -> Organization:
    """Make an organisation for the person who asks."""
    return create_organization(actor=actor, user=User.objects.get(id=actor.user_id), name=name, slug=slug)


def slug_is_taken(slug: str) -> bool:
    """Tell whether any organisation, seen or not, has the slug."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug_is_taken(%s)", [slug])
        return bool(cursor.fetchone()[0])


def organization_id_by_slug(slug: str) -> UUID | None:
    """Return the organisation with that slug; for the command line alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_by_slug(%s)", [slug])
        found = cursor.fetchone()[0]
    return found if isinstance(found, UUID) else None


def _free_organization_slug(name: str) -> str:
    base = slugify(name)[:56] or "organization"
    candidates = [base, *(f"{base}-{get_random_string(5).lower()}" for _ in range(SLUG_TRIES))]
    return next(each for each in candidates if not slug_is_taken(each))


def update_organization(organization: Organization, *, actor: Actor, changes: dict[str, Any]) -> Organization:
    """Change an organisation that the caller has locked.

    Raises:
        Invalid: the slug is taken.
    """
    slug = changes.get("slug")
    if slug and slug != organization.slug and slug_is_taken(slug):
        raise invalid("slug", "This slug is taken.")
    return _apply(organization, actor=actor, changes=changes)


def create_client(*, actor: Actor, name: str, slug: str | None = None) -> Client:
    """Make a client.

    Raises:
        Invalid: the slug is taken in this organisation.
    """
    client = Client.objects.create(name=name, slug=_free_slug(Client, name, slug))
    _record(actor, "created", client)
    return client


def update_client(client: Client, *, actor: Actor, changes: dict[str, Any]) -> Client:
    """Change a client that the caller has locked.

    Raises:
        Invalid: the slug is taken in this organisation.
    """
    return _apply(client, actor=actor, changes=_checked_slug(client, changes))


def create_project(
    *, actor: Actor, name: str, client: Client | None = None, slug: str | None = None
) -> Project:
    """Make a project; its maker, unless an organisation admin already, gets it as admin.

    Raises:
        Invalid: the slug is taken in this organisation.
    """
    project = Project.objects.create(name=name, client=client, slug=_free_slug(Project, name, slug))
    flatten(project_ids=[project.id])
    if actor.id and actor.role_in(project.organization_id, None) is not Role.ADMIN:
        set_grant(user=User.objects.get(id=actor.user_id), place=Place(project=project), role=Role.ADMIN)
    _record(actor, "created", project)
    return project


def update_project(project: Project, *, actor: Actor, changes: dict[str, Any]) -> Project:
    """Change a project that the caller has locked; a new client moves its inherited grants.

    Raises:
        Invalid: the slug is taken in this organisation.
    """
    moved = "client" in changes
    project = _apply(project, actor=actor, changes=_checked_slug(project, changes))
    if moved:
        flatten(project_ids=[project.id])
    return project


def _free_slug(model: type[Client | Project], name: str, slug: str | None) -> str:
    taken = set(model.objects.values_list("slug", flat=True))
    if slug:
        if slug in taken:
            raise invalid("slug", "This slug is taken.")
        return slug
    base = slugify(name)[:56] or model.__name__.lower()
    return next(
        each for each in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if each not in taken
    )


def _checked_slug(row: Client | Project, changes: dict[str, Any]) -> dict[str, Any]:
    slug = changes.get("slug")
    if slug and type(row).objects.filter(slug=slug).exclude(id=row.id).exists():
        raise invalid("slug", "This slug is taken.")
    return changes


def _apply(row: _Row, *, actor: Actor, changes: dict[str, Any]) -> _Row:
    """Write only the fields that change, so that concurrent writers do not undo each other."""
    before = {name: str(getattr(row, name)) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.save(update_fields=[*changes, "updated_at"])
        after = {name: str(getattr(row, name)) for name in changes}
        _record(actor, "updated", row, before=before, after=after)
    return row


def _record(actor: Actor, verb: str, row: Any, **details: Any) -> None:
    kind = type(row).__name__.lower()
    project_id = row.id if isinstance(row, Project) else getattr(row, "project_id", None)
    registry.record(
        actor, verb=f"{kind}.{verb}", target_kind=kind, target_id=row.id, project_id=project_id, **details
    )


# --- grants -----------------------------------------------------------------------------------------


def set_grant(*, user: User, place: Place, role: Role) -> tuple[Grant, bool]:
    """Give a person a role at a place, or change it: (grant, whether it is new). Memberships follow at once.

    Raises:
        Conflict: it would leave the organisation without an admin.
    """
    if place == Place():
        _keep_an_admin(losing=user.id if role is not Role.ADMIN else None)
    grant, is_new = Grant.objects.update_or_create(
        user=user, client=place.client, project=place.project, defaults={"role": role}
    )
    flatten(user_ids=[user.id])
    return grant, is_new


def remove_grant(grant: Grant, *, actor: Actor) -> None:
    """Take a grant away; memberships follow at once.

    Raises:
        Conflict: it would leave the organisation without an admin.
    """
    if grant.client_id is None and grant.project_id is None and grant.role == Role.ADMIN:
        _keep_an_admin(losing=grant.user_id)
    _record(actor, "removed", grant, before={"user": str(grant.user_id), "role": grant.role})
    grant.delete()
    flatten(user_ids=[grant.user_id])


def _keep_an_admin(*, losing: UUID | None) -> None:
    """Refuse to demote the last admin; two at once wait for each other on the organisation's row."""
    if losing is None:
        return
    Organization.objects.select_for_update().get(id=tenancy.current_organization())
    admins = set(
        Grant.objects.filter(client=None, project=None, role=Role.ADMIN).values_list("user_id", flat=True)
    )
    if admins == {losing}:
        raise Conflict("An organisation needs at least one admin; make somebody else admin first.")


def grant_by_email(*, actor: Actor, email: str, place: Place, role: Role) -> tuple[Grant | Invitation, bool]:
    """Grant a role to a known address at once, invite an unknown one: (grant or invitation, whether it is new).

    Raises:
        Invalid: `member` outside an organisation.
        Conflict: it would leave the organisation without an admin.
    """
    _check_role(place, role)
    user = user_by_email(email)
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
    _record(actor, "given", given, after={"email": email.lower(), "role": role})
    return given, is_new


def change_grant(grant: Grant, *, actor: Actor, role: Role) -> Grant:
    """Change the role of a grant.

    Raises:
        Invalid: `member` outside an organisation.
        Conflict: it would leave the organisation without an admin.
    """
    place = Place(grant.client, grant.project)
    _check_role(place, role)
    _record(actor, "changed", grant, before={"role": grant.role}, after={"role": role})
    return set_grant(user=grant.user, place=place, role=role)[0]


def change_member(row: Grant | Invitation, *, actor: Actor, role: Role) -> Grant | Invitation:
    """Change the role of a grant, or of an invitation that still waits."""
    if isinstance(row, Grant):
        return change_grant(row, actor=actor, role=role)
    _check_role(Place(row.client, row.project), role)
    return _apply(row, actor=actor, changes={"role": role})


def remove_member(row: Grant | Invitation, *, actor: Actor) -> None:
    """Take a grant away, or withdraw an invitation."""
    if isinstance(row, Grant):
        remove_grant(row, actor=actor)
        return
    _record(actor, "withdrawn", row, before={"email": row.email, "role": row.role})
    row.delete()


def _check_role(place: Place, role: Role) -> None:
    if role is Role.MEMBER and place != Place():
        raise invalid("role", "`member` is a role of an organisation alone.")


def delete_client(client: Client, *, actor: Actor) -> None:
    """Delete a client without projects.

    Raises:
        InUse: a project belongs to it.
    """
    if Project.objects.filter(client=client).exists():
        raise InUse("The client still has projects; move or delete them first.")
    user_ids = list(Grant.objects.filter(client=client).values_list("user_id", flat=True))
    _record(actor, "deleted", client, before={"name": client.name})
    client.delete()
    flatten(user_ids=user_ids)


_FLATTEN = """
    WITH effective AS (
        SELECT DISTINCT ON (p.id, g.user_id) p.id AS project_id, g.user_id, g.role
        FROM orgs_project p
        JOIN orgs_grant g ON g.organization_id = p.organization_id
            AND (g.project_id = p.id OR (g.project_id IS NULL AND g.client_id = p.client_id)
                 OR (g.project_id IS NULL AND g.client_id IS NULL))
        WHERE p.organization_id = %(organization)s
            AND (%(users)s::uuid[] IS NULL OR g.user_id = ANY (%(users)s::uuid[]))
            AND (%(projects)s::uuid[] IS NULL OR p.id = ANY (%(projects)s::uuid[]))
            AND g.role <> 'member'
            AND NOT EXISTS (SELECT 1 FROM orgs_grant a WHERE a.organization_id = p.organization_id
                AND a.user_id = g.user_id AND a.client_id IS NULL AND a.project_id IS NULL AND a.role = 'admin')
        ORDER BY p.id, g.user_id, (g.project_id IS NULL), (g.client_id IS NULL)
    )
    INSERT INTO orgs_projectmembership (id, organization_id, project_id, user_id, role, created_at, updated_at)
    SELECT gen_random_uuid(), %(organization)s, e.project_id, e.user_id, e.role, now(), now() FROM effective e
"""


def flatten(*, user_ids: list[UUID] | None = None, project_ids: list[UUID] | None = None) -> None:
    """Rebuild effective memberships from the grants, for some people or some projects.

    The nearest grant counts (project, client, organisation), so a lower one there lowers; an organisation's
    admin is never lowered and has no rows.
    Locks and transaction: in the transaction that changed the grant or the project.
    """
    stale = ProjectMembership.objects.all()
    stale = stale.filter(user_id__in=user_ids) if user_ids is not None else stale
    stale = stale.filter(project_id__in=project_ids) if project_ids is not None else stale
    stale.delete()
    with connection.cursor() as cursor:
        cursor.execute(
            _FLATTEN,
            {"organization": tenancy.current_organization(), "users": user_ids, "projects": project_ids},
        )
