"""The documents of the room, as the contract writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from dam.core.access import Actor, Role
from orgs.queries import days_in_trash, invitation_ends_at

if TYPE_CHECKING:
    from orgs.models import ApiToken, Client, Grant, Invitation, Organization, Project


def me(actor: Actor) -> dict[str, Any]:
    """Return the document of the person who asks."""
    return {
        "id": actor.id,
        "email": actor.email,
        "name": actor.name,
        "organizations": [
            {"id": each.id, "name": each.name, "slug": each.slug, "role": each.role}
            for each in actor.organizations.values()
        ],
    }


def organization(row: Organization, actor: Actor) -> dict[str, Any]:
    """Return an organisation's document; sizes in bytes."""
    membership = actor.organizations.get(row.id)
    return {
        "id": row.id,
        "name": row.name,
        "slug": row.slug,
        "role": membership.role if membership else Role.ADMIN,
        "storage_used": row.storage_used,
        "storage_reserved": row.storage_reserved,
        "storage_limit": row.storage_limit,
        "trash_days": days_in_trash(row),
        "trash_days_own": row.trash_days is not None,
        "trash_days_platform": settings.TRASH_DAYS,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def client(row: Client) -> dict[str, Any]:
    """Return a client's document."""
    return {
        "id": row.id,
        "organization": row.organization_id,
        "name": row.name,
        "slug": row.slug,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def project(row: Project, actor: Actor) -> dict[str, Any]:
    """Return a project's document with the caller's effective role."""
    return {
        "id": row.id,
        "organization": row.organization_id,
        "client": row.client_id,
        "name": row.name,
        "slug": row.slug,
        "status": row.status,
        "role": actor.role_in(row.organization_id, row.id) or Role.ADMIN,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def member(row: Grant | Invitation) -> dict[str, Any]:
    """Return a member's document; an invitation has no person yet, and a time when it runs out."""
    person = (
        {"id": None, "email": row.email, "name": ""}
        if row.user is None
        else {"id": row.user_id, "email": row.user.email, "name": row.user.name}
    )
    return {
        "id": row.id,
        "user": person,
        "role": row.role,
        "invited": row.user is None,
        "expires_at": invitation_ends_at(row) if row.user is None else None,
    }


def token(row: ApiToken) -> dict[str, Any]:
    """Return a token's document; the token itself is told once, when it is made."""
    return {
        "id": row.id,
        "name": row.name,
        "scope": "write" if row.can_write else "read",
        "project": row.project_id,
        "expires_at": row.expires_at,
        "created_at": row.created_at,
    }
