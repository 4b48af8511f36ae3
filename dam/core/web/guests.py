"""The base of every endpoint that a share link opens (`/api/s/{token}/…`).

The link alone says who asks: a session or API token that comes along is never looked at, so it can neither add
nor take away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from dam.core.access import Actor
from dam.core.errors import Forbidden
from dam.core.web.api import UNSAFE, Endpoint


class ForeignOrigin(Forbidden):
    """A page of another site tried to act for a guest, whose cookie the browser sends along."""

    code, title = "foreign-origin", "Another site may not act for the guests of a link."


@dataclass(frozen=True)
class GuestCookie:
    """The cookie that carries a guest's proof; `max_age_s` in seconds."""

    name: str
    value: str
    max_age_s: int


class GuestEndpoint(Endpoint):
    """Base view of a share's routes; the path names the share by its `token`."""

    body_kinds: ClassVar[Mapping[str, str]] = {}
    query_kinds: ClassVar[Mapping[str, str]] = {}
    # What lets a guest in keeps its own transaction: an entry is logged even where the request then fails.
    arrives: ClassVar[bool] = False
    _cookie: GuestCookie | None = None

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Return the link's own authentication, and no other."""
        return [import_string(settings.SHARE_AUTHENTICATION)()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse writes from other sites before anything else."""
        if request.method in UNSAFE:
            refuse_foreign_origin(request)
        super().initial(request, *args, **kwargs)

    def find_actor(self, request: Request) -> Actor:
        """Return the guest, and keep the cookie of a visit that begins with this request."""
        actor = super().find_actor(request)
        self._cookie = getattr(request.auth, "cookie", None)
        return actor

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep links out of search engines and of other sites' logs."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        if self._cookie is not None:
            set_guest_cookie(response, self._cookie)
        return response


def set_guest_cookie(response: HttpResponseBase, cookie: GuestCookie) -> None:
    """Hand the guest's proof to the browser, out of reach of scripts."""
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age_s,
        path="/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def refuse_foreign_origin(request: Request) -> None:
    """Let requests pass that name no origin, the portal's, or the address they were sent to.

    Raises:
        ForeignOrigin: any other origin, `null` included.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return
    if origin not in {settings.PORTAL_URL, f"{request.scheme}://{request.get_host()}"}:
        raise ForeignOrigin
