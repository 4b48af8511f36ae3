"""People who log in by password, and what the account endpoints say to them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from django.test import Client as HttpClient

from orgs.services import create_user

PASSWORD = "correct horse battery staple"


@dataclass
class Account:
    """An address, a password, and a browser or app that knows both."""

    email: str
    http: HttpClient = field(default_factory=lambda: HttpClient(enforce_csrf_checks=True))

    def send(self, method: str, path: str, body: Any = None, *, client: str = "app", **headers: str) -> Any:
        """Speak to `/_allauth/{client}/v1/{path}`; the browser brings its CSRF token along."""
        if client == "browser":
            if settings.CSRF_COOKIE_NAME not in self.http.cookies:
                self.http.get("/_allauth/browser/v1/config")
            headers["X-CSRFToken"] = self.http.cookies[settings.CSRF_COOKIE_NAME].value
        data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        return self.http.generic(
            method,
            f"/_allauth/{client}/v1/{path}",
            data,
            content_type="application/json",
            headers=headers,
        )

    def log_in(self, client: str = "app", *, password: str = PASSWORD, address: str = "127.0.0.1") -> Any:
        body = {"email": self.email, "password": password}
        return Account(self.email).send("POST", "auth/login", body, client=client, **{"X-Real-IP": address})


def make_account() -> Account:
    """Make a person with a password and a verified address."""
    email = f"{secrets.token_hex(6)}@example.test"
    create_user(email=email, name="Person", password=PASSWORD)
    return Account(email)
