"""First steps and the command line: make what is missing, leave what is there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from orgs.models import Grant, Organization, Project, User
from orgs.queries import user_by_email
from orgs.services.grants import Place, set_grant
from orgs.services.organizations import create_organization, organization_id_by_slug
from orgs.services.people import accept_invitations, create_user
from orgs.services.projects import create_project


@transaction.atomic
def ensure_person(
    *,
    email: str,
    name: str = "",
    slug: str | None = None,
    role: str = "member",
    password: str | None = None,
    organization_name: str | None = None,
) -> dict[str, Any]:
    """Make a person, the organisation `slug` and the membership, each where it does not exist yet.

    Shapes: `{"id", "email", "password", "organization"}`; the password is None for an address that exists.

    Raises:
        ValidationError: the address or the slug is empty, too long or has the wrong form; nobody has been made.
    """
    User.email.field.clean(email, None)
    if slug is not None:
        Organization.slug.field.clean(slug, None)
    user, made_password = user_by_email(email), None
    if user is None:
        user, made_password = create_user(email=email, name=name, password=password)
        accept_invitations(user)
    organization_id = _ensure_place(user, slug, Role(role), organization_name) if slug is not None else None
    return {"id": user.id, "email": user.email, "password": made_password, "organization": organization_id}


def _ensure_place(user: User, slug: str, role: Role, name: str | None) -> UUID:
    organization_id = organization_id_by_slug(slug)
    if organization_id is None:
        return create_organization(actor=SYSTEM, user=user, name=name or slug, slug=slug, role=role).id
    with tenancy.scope(organization_id):
        if not Grant.objects.filter(user=user, client=None, project=None).exists() or role is Role.ADMIN:
            set_grant(user=user, place=Place(), role=role)
    return organization_id


def ensure_first_project(*, organization_id: UUID, name: str) -> UUID:
    """Return the organisation's oldest project, making one where there is none."""
    with tenancy.scope(organization_id):
        first = Project.objects.order_by("created_at", "id").first()
        return (first or create_project(actor=SYSTEM, name=name)).id
