"""API tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from orgs.models import ApiToken, User
from orgs.tokens import new_token, token_hash


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
