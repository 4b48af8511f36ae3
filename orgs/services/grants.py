"""Grants at three levels, and the effective memberships that follow from them in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from dam.core import tenancy
from dam.core.access import Actor, Role
from dam.core.errors import Conflict
from orgs.models import Client, Grant, Project, ProjectMembership, User
from orgs.services.recording import record_change


@dataclass(frozen=True)
class Place:
    """Where a grant sits: in a project, in a client, or (neither) in the organisation itself."""

    client: Client | None = None
    project: Project | None = None


def set_grant(*, user: User, place: Place, role: Role) -> tuple[Grant, bool]:
    """Give a person a role at a place, or change it: (grant, whether it is new). Memberships follow at once.

    Raises:
        Conflict: it would leave the organisation without an admin.
    """
    keep_grants_still()
    if place == Place():
        _keep_an_admin(losing=user.id if role is not Role.ADMIN else None)
    grant, is_new = Grant.objects.update_or_create(
        user=user, client=place.client, project=place.project, defaults={"role": role}
    )
    flatten(user_ids=[user.id])
    return grant, is_new


def remove_grant(grant: Grant, *, actor: Actor) -> None:
    """Take a grant away; memberships follow at once. One that somebody else has taken away meanwhile is gone.

    Raises:
        Conflict: it would leave the organisation without an admin.
    """
    keep_grants_still()
    held = Grant.objects.filter(id=grant.id).first()
    if held is None:
        return
    if held.client_id is None and held.project_id is None and held.role == Role.ADMIN:
        _keep_an_admin(losing=held.user_id)
    record_change(actor, "removed", held, before={"user": str(held.user_id), "role": held.role})
    held.delete()
    flatten(user_ids=[held.user_id])


def _keep_an_admin(*, losing: UUID | None) -> None:
    """Refuse to demote the last admin; two at once take turns."""
    if losing is None:
        return
    admins = set(
        Grant.objects.filter(client=None, project=None, role=Role.ADMIN).values_list("user_id", flat=True)
    )
    if admins == {losing}:
        raise Conflict("An organisation needs at least one admin; make somebody else admin first.")


def keep_grants_still() -> None:
    """Let nobody else change who may do what in the organisation in scope until the transaction ends.

    Locks and transaction: before any row is held, and before what is judged of grants is read.
    """
    tenancy.take_turn(f"grants:{tenancy.current_organization()}")


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
    Locks and transaction: in the transaction that changed the grant or the project; one at a time in an
    organisation, or what one takes away another, who has not seen that yet, would write anew.
    """
    keep_grants_still()
    stale = ProjectMembership.objects.all()
    stale = stale.filter(user_id__in=user_ids) if user_ids is not None else stale
    stale = stale.filter(project_id__in=project_ids) if project_ids is not None else stale
    stale.delete()
    with connection.cursor() as cursor:
        cursor.execute(
            _FLATTEN,
            {"organization": tenancy.current_organization(), "users": user_ids, "projects": project_ids},
        )
