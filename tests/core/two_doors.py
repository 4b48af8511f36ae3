"""Asking the hot door and the ordinary one for the same."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.core.wsgi import get_wsgi_application
from django.db import connection

from dam.core.web import hot_door
from tests.cast import Api

UNKNOWN = "00000000-0000-7000-8000-000000000000"
REQUEST_ID = "the-same-for-both"


@dataclass(frozen=True)
class Told:
    """An answer as a server sends it."""

    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def environ(address: str, *, token: str | None = None, method: str = "GET", **given: str) -> dict[str, Any]:
    parts = urlsplit(address)
    made: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "HTTP_X_REQUEST_ID": REQUEST_ID,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    if token is not None:
        made["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made | given


def ordinary(asked: dict[str, Any]) -> Told:
    """Ask Django."""
    told: list[Any] = []
    django: Any = get_wsgi_application()
    response = django(asked, lambda status, headers: told.extend((status, headers)))
    response.close()
    return Told(told[0], dict(told[1]), response.content)


def hot(asked: dict[str, Any]) -> Told | None:
    """Ask the hot door alone."""
    told: list[Any] = []
    body = hot_door.serve(asked, lambda status, headers: told.extend((status, headers)))  # type: ignore[arg-type]  # as much as is asked of it
    return None if body is None else Told(told[0], dict(told[1]), b"".join(body))


def both(address: str, **given: str) -> tuple[Told, Told]:
    """Ask as the server does, the hot door first, and ask Django alone."""
    asked = environ(address, **given)
    return hot(asked) or ordinary(asked), ordinary(environ(address, **given))


def comparable(told: Told) -> Told:
    """Signatures of addresses end at their own second."""
    return Told(told.status, told.headers, re.sub(rb"/e/[^\"]+", b"/e/", told.body))


def token_of(api: Api) -> str | None:
    return api.headers.get("Authorization", "").removeprefix("Bearer ") or None


def warm_up(address: str, *, token: str | None) -> None:
    """Ask on every connection: those that tests before have left may be dead, or have forgotten what they prepared."""
    connection.close()
    for _ in range(12):
        hot(environ(address, token=token))
