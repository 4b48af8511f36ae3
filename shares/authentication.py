"""From a link to an `Actor`: the token in the path, and the proof of a visit in a header or cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from dam.core.access import Actor
from dam.core.web.guests import GuestCookie
from dam.core.web.parsing import as_uuid
from shares import passes, queries, services

_SHARE_PATH_SLASHES = "/api/s/token".count("/")


@dataclass(frozen=True)
class Admission:
    """What let the guest in; `cookie` is set where the visit began with this request."""

    entry: services.Entry
    cookie: GuestCookie | None


class ShareAuthentication(BaseAuthentication):
    """The token in the path; every use is logged, the first of a visit counts as a view."""

    def authenticate(self, request: Request) -> tuple[Actor, Admission]:
        kwargs = request.parser_context["kwargs"]
        caller = services.Caller(
            token=kwargs["token"],
            header=request.headers.get(passes.HEADER),
            cookies=request.COOKIES,
            ip=str(request.META.get("REMOTE_ADDR", "")),
            user_agent=str(request.headers.get("User-Agent", ""))[:512],
        )
        entry = services.enter(caller, asked=_asked(request), version_id=as_uuid(kwargs.get("id")))
        return entry.actor, Admission(entry, passes.cookie(entry.proof) if entry.is_new else None)


def guest_actor(token: str, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Actor | None:
    """Return the guest behind a link, for sockets; neither counted nor logged, so it may be asked again and again.

    None for a link that is wrong, dead or used up; `ANONYMOUS` for one that is locked.
    """
    wanted = passes.HEADER.lower()
    header = next((value for name, value in headers.items() if name.lower() == wanted), None)
    return queries.guest_actor(token, header=header, cookies=cookies)


def _asked(request: Request) -> str:
    """Return method and last word of the path: `GET playback`, or `GET ` for the share itself."""
    is_share = request.path.count("/") == _SHARE_PATH_SLASHES
    return f"{request.method} {'' if is_share else request.path.rsplit('/', 1)[-1]}"
