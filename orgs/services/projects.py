"""Clients and projects."""

from __future__ import annotations

from typing import Any

from django.utils.text import slugify

from dam.core import tenancy
from dam.core.access import Actor, Role
from dam.core.errors import InUse, invalid
from orgs.models import Client, Grant, Project, User
from orgs.services.grants import Place, flatten, set_grant
from orgs.services.recording import apply_changes, record_change


def create_client(*, actor: Actor, name: str, slug: str | None = None) -> Client:
    """Make a client.

    Raises:
        Invalid: the slug is taken in this organisation.
    """
    client = Client.objects.create(name=name, slug=_free_slug(Client, name, slug))
    record_change(actor, "created", client)
    return client


def update_client(client: Client, *, actor: Actor, changes: dict[str, Any]) -> Client:
    """Change a client that the caller has locked.

    Raises:
        Invalid: the slug is taken in this organisation.
    """
    return apply_changes(client, actor=actor, changes=_checked_slug(client, changes))


def delete_client(client: Client, *, actor: Actor) -> None:
    """Delete a client without projects.

    Raises:
        InUse: a project belongs to it.
    """
    if Project.objects.filter(client=client).exists():
        raise InUse("The client still has projects; move or delete them first.")
    user_ids = list(Grant.objects.filter(client=client).values_list("user_id", flat=True))
    record_change(actor, "deleted", client, before={"name": client.name})
    client.delete()
    flatten(user_ids=user_ids)


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
    record_change(actor, "created", project)
    return project


def update_project(project: Project, *, actor: Actor, changes: dict[str, Any]) -> Project:
    """Change a project that the caller has locked; a new client moves its inherited grants.

    Raises:
        Invalid: the slug is taken in this organisation.
    """
    moved = "client" in changes
    project = apply_changes(project, actor=actor, changes=_checked_slug(project, changes))
    if moved:
        flatten(project_ids=[project.id])
    return project


def _take_turn(model: type[Client | Project]) -> None:
    """Two who look for a free slug at once would find the same one."""
    tenancy.take_turn(f"{model.__name__} slugs of {tenancy.current_organization()}")


def _free_slug(model: type[Client | Project], name: str, slug: str | None) -> str:
    _take_turn(model)
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
    if slug:
        _take_turn(type(row))
    if slug and type(row).objects.filter(slug=slug).exclude(id=row.id).exists():
        raise invalid("slug", "This slug is taken.")
    return changes
