"""Organisations: who may make one, and what may be changed of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from dam.core import tenancy
from dam.core.access import Actor, Role
from dam.core.db import new_id
from dam.core.errors import invalid
from orgs.models import Organization, User
from orgs.services.grants import Place, set_grant
from orgs.services.recording import apply_changes, record_change

SLUG_TRIES = 50


def create_organization(
    *, actor: Actor, user: User, name: str, slug: str | None = None, role: Role = Role.ADMIN
) -> Organization:
    """Make an organisation and put `user` in it; opens the new organisation's scope itself.

    Raises:
        Invalid: the slug is taken.
    """
    identity = new_id()
    with tenancy.scope(identity):
        tenancy.take_turn("organization slugs")
        if slug and slug_is_taken(slug):
            raise invalid("slug", "This slug is taken.")
        organization = Organization.objects.create(
            id=identity, name=name, slug=slug or _free_organization_slug(name)
        )
        set_grant(user=user, place=Place(), role=role)
        record_change(actor, "created", organization)
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
    if slug and slug != organization.slug:
        tenancy.take_turn("organization slugs")
        if slug_is_taken(slug):
            raise invalid("slug", "This slug is taken.")
    return apply_changes(organization, actor=actor, changes=changes)
