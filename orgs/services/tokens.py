"""API tokens: made once they are shown once, revoked they are dead at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from dam.core import registry, tenancy
from dam.core.access import Actor
from orgs.models import ApiToken, Project, User
from orgs.queries import actor_of_user
from orgs.tokens import new_token, token_hash


@dataclass(frozen=True)
class Reach:
    """What a token may do: write or only read, everywhere or in one project, for ever or until a moment."""

    can_write: bool = True
    project: Project | None = None
    expires_at: datetime | None = None


def issue_token(*, user: User, name: str = "", reach: Reach | None = None) -> str:
    """Make an API token for a person and return it, this once only; nothing is recorded."""
    return _make(user.id, name=name, reach=reach or Reach())[1]


@transaction.atomic
def create_token(
    *, actor: Actor, user_id: UUID, name: str = "", reach: Reach | None = None
) -> tuple[ApiToken, str]:
    """Make an API token for a person: (row, token). Every organisation that it reaches records it."""
    row, token = _make(user_id, name=name, reach=reach or Reach())
    _record(actor, "token.created", row)
    return row, token


@transaction.atomic
def revoke_token(row: ApiToken, *, actor: Actor) -> None:
    """End a token; the next request or look at an open socket already refuses it. Of two at once, one records it."""
    if ApiToken.objects.filter(id=row.id, revoked_at=None).update(revoked_at=timezone.now()):
        _record(actor, "token.revoked", row)


def _make(user_id: UUID, *, name: str, reach: Reach) -> tuple[ApiToken, str]:
    token = new_token()
    row = ApiToken.objects.create(
        user_id=user_id,
        name=name,
        token_hash=token_hash(token),
        can_write=reach.can_write,
        project_id=reach.project.id if reach.project else None,
        expires_at=reach.expires_at,
    )
    return row, token


def _record(actor: Actor, verb: str, row: ApiToken) -> None:
    details = {
        "user": str(row.user_id),
        "name": row.name,
        "can_write": row.can_write,
        "project": str(row.project_id) if row.project_id else None,
    }
    for organization_id in _reached(row):
        with tenancy.scope(organization_id):
            registry.record(
                actor,
                verb=verb,
                target_kind="token",
                target_id=row.id,
                project_id=row.project_id,
                after=details,
            )


def _reached(row: ApiToken) -> Iterable[UUID]:
    if row.project_id is None:
        return actor_of_user(row.user_id).organizations
    owner = tenancy.organization_of("project", row.project_id)
    return [owner] if owner else []
