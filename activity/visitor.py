"""Whoever opens a socket: where the page came from, who asks, and which feed that person may hear.

The same credentials and the same visibility as over HTTP; asked again and again while the socket is open.
"""

from __future__ import annotations

import hashlib
import ipaddress
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from activity import queries
from dam.core import registry
from dam.core.access import ANONYMOUS, Actor
from dam.core.errors import DomainError
from dam.core.registry import Topic
from dam.core.web.sessions import SessionStore, stored_key

NOT_LOGGED_IN, NOT_VISIBLE = 4401, 4404
SHARES = "s"


class Refused(Exception):
    """The socket is to be closed with `code`."""

    def __init__(self, code: int) -> None:
        """Take the close code (contract of the sockets: 4401, 4404)."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Visitor:
    """A socket's handshake. `feed` and `key` come from its path, header names are in lower case."""

    feed: str
    key: str
    headers: Mapping[str, str]
    since: str | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)
    address: str = ""

    @classmethod
    def of(cls, scope: Mapping[str, Any], *, feed: str, key: str) -> Visitor:
        """Return the visitor behind an ASGI scope."""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        return cls(
            feed=feed,
            key=key,
            headers=headers,
            since=asked["since"][-1] if "since" in asked else None,
            cookies=parse_cookie(headers.get("cookie", "")),
            address=_address(scope, headers),
        )

    @property
    def credentials(self) -> tuple[str, ...]:
        """Return what tells one caller from another; equal credentials are looked up once for many sockets."""
        link = (self.key, self.headers.get("x-share-access", "")) if self.feed == SHARES else ()
        return (self.headers.get("authorization", ""), self.headers.get("cookie", ""), *link)

    @property
    def has_fair_origin(self) -> bool:
        """Whether the page is ours: browsers always name the origin, and they alone send our cookies unasked."""
        origin = self.headers.get("origin")
        if origin is None:
            return not any(name.startswith(_our_cookies()) for name in self.cookies)
        if origin == settings.PORTAL_URL:
            return True
        host = self.headers.get("host", "")
        domain, _ = split_domain_port(host)
        scheme = "https" if settings.HTTPS else "http"
        return (
            origin == f"{scheme}://{host}" and bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
        )

    def identify(self) -> Actor:
        """Return who asks.

        Raises:
            Refused: with 4401 for credentials that are wrong or over, with 4404 for a link that opens nothing.
        """
        if self.feed == SHARES:
            guest = registry.guest_of(self.key, cookies=self.cookies, headers=self.headers)
            if guest is None:
                raise Refused(NOT_VISIBLE)
            return guest
        try:
            user = self._request().user
        except (DomainError, APIException):
            raise Refused(NOT_LOGGED_IN) from None
        return user if isinstance(user, Actor) else ANONYMOUS

    def ends_at(self, actor: Actor) -> datetime | None:
        """Return when the credentials run out by themselves; None where they do not."""
        if actor.share is not None:
            return actor.share.expires_at
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return queries.session_ends_at(self._session_key)
        return _jwt_ends_at(token.strip()) or queries.api_token_ends_at(token.strip())

    def words(self, actor: Actor, topic: Topic) -> frozenset[str]:
        """Return everything that this admission rests on, in the words in which changes of rights are told."""
        words = {f"project:{topic.project_id}", f"share:{topic.share_id}", f"asset:{topic.asset_id}"}
        words |= {f"version:{topic.version_id}", f"user:{actor.id}", "sessions"}
        if self.headers.get("authorization", "").lower().startswith("bearer dam_"):
            words.discard("sessions")
        elif self._session_key:
            words.discard("sessions")
            words.add(session_word(stored_key(self._session_key)))
        return frozenset(words)

    @property
    def _session_key(self) -> str:
        return self.cookies.get(settings.SESSION_COOKIE_NAME, "")

    def topic_for(self, actor: Actor) -> Topic:
        """Return the feed that the actor may hear.

        Raises:
            Refused: with 4401 where nobody is logged in, with 4404 where the actor sees no such thing.
        """
        if actor.kind == "anonymous":
            raise Refused(NOT_LOGGED_IN)
        topic = registry.resolve_topic(self.feed, actor, self.key)
        if topic is None:
            raise Refused(NOT_VISIBLE)
        return topic

    def _request(self) -> Request:
        """Return the handshake as the request that the API's own authentication classes read."""
        request = HttpRequest()
        request.method = "GET"
        request.path = request.path_info = f"/ws/{self.feed}/{self.key}/"
        request.META = {
            f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()
        }
        request.COOKIES = dict(self.cookies)
        request.session = SessionStore(self._session_key or None)
        request.user = get_user(request)
        return Request(request, authenticators=APIView().get_authenticators())


def session_word(stored_key: str) -> str:
    """Return the word for a session, from what the table holds of its key, as the table's trigger does."""
    return f"session:{hashlib.sha256(stored_key.encode()).hexdigest()[:16]}"


def _jwt_ends_at(token: str) -> datetime | None:
    """Return when an access token, already found good, runs out; None where it is none."""
    try:
        payload = token.split(".")[1]
        return datetime.fromtimestamp(
            orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"], UTC
        )
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _address(scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """Return the client's address; a proxy on loopback names it in `X-Real-IP`, which it always overwrites."""
    peer = str((scope.get("client") or ("",))[0])
    named = headers.get("x-real-ip", "")
    try:
        return str(ipaddress.ip_address(named)) if named and ipaddress.ip_address(peer).is_loopback else peer
    except ValueError:
        return peer


def _our_cookies() -> tuple[str, ...]:
    return (settings.SESSION_COOKIE_NAME, f"dam_share_{settings.PORT}", f"__Host-dam_share_{settings.PORT}")
