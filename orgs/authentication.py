"""From credentials to an `Actor`: API token, JWT access token, or the portal's session cookie."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

# allauth reads the key through these modules without importing them itself.
import cryptography.hazmat.primitives.asymmetric.rsa
import cryptography.hazmat.primitives.serialization  # noqa: F401  see above
from allauth.headless.contrib.rest_framework.authentication import JWTTokenAuthentication
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from dam.core.access import ANONYMOUS, Actor
from dam.core.errors import DomainError, NotAuthenticated
from dam.core.web import limits
from orgs.queries import actor_of_token, actor_of_user
from orgs.tokens import PREFIX, token_hash

Credentials = tuple[Actor, Any]


def bearer(request: Request) -> str | None:
    """Return the bearer token of the request, or None."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _missed(request: Request, detail: str) -> DomainError:
    return limits.missed(
        "token", str(request.META.get("REMOTE_ADDR", "")), otherwise=NotAuthenticated(detail)
    )


def known(meta: Mapping[str, Any], session: SessionBase | None) -> Actor | None:
    """Return whom these credentials name beyond doubt, for the hot door; None where others must look.

    A session is read as the portal's is, and told to nobody else; misses are counted by those who look next.
    """
    if session is None:
        actor = actor_of_token(token_hash(meta["HTTP_AUTHORIZATION"].removeprefix("Bearer ")))
    else:
        person: Any = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]  # all that it reads
        actor = actor_of_user(person.pk) if person.is_active else ANONYMOUS
    return actor if actor.id is not None else None


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer dam_…`."""

    def authenticate(self, request: Request) -> Credentials | None:
        token = bearer(request)
        if token is None or not token.startswith(PREFIX):
            return None
        actor = actor_of_token(token_hash(token))
        if actor.id is None:
            raise _missed(request, "This API token is unknown, expired or revoked.")
        return actor, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`: a JWT access token of the app client, dead once its session ends."""

    def authenticate(self, request: Request) -> Credentials | None:
        if bearer(request) is None:
            return None
        found = JWTTokenAuthentication().authenticate(request)
        if not found:
            raise _missed(request, "This access token is unknown or expired.")
        actor = actor_of_user(found[0].pk)
        if actor.id is None:
            raise NotAuthenticated("This account is closed.")
        return actor, bearer(request)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PortalSessionAuthentication(SessionAuthentication):
    """The portal's session cookie, with CSRF enforced."""

    def authenticate(self, request: Request) -> Credentials | None:
        found = super().authenticate(request)
        if found is None:
            return None
        actor = actor_of_user(found[0].pk)
        return (actor, None) if actor.id else None
