"""The cast: people with each role in organisation A, a stranger who owns organisation B, and their API clients."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpResponse
from django.test import Client as HttpClient

from dam.core import tenancy
from dam.core.access import SYSTEM, Actor, Role
from orgs.models import Organization, Project, User
from orgs.queries import actor_of_user
from orgs.services import Place, create_organization, create_project, issue_token, set_grant


class Api:
    """A person's API client: token log-in, JSON in and out."""

    def __init__(self, user: User | None = None, *, headers: dict[str, str] | None = None) -> None:
        self.user = user
        self.http = HttpClient(raise_request_exception=False)
        self.headers = dict(headers or {})
        if user is not None:
            self.headers["Authorization"] = f"Bearer {issue_token(user=user)}"

    @property
    def person(self) -> User:
        assert self.user is not None
        return self.user

    @property
    def actor(self) -> Actor:
        return actor_of_user(self.person.id)

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, body if body is not None else {}, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Answer:
        return self.send("PATCH", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> Answer:
        return self.send("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        data = raw if raw is not None else (b"" if body is None else orjson.dumps(body))
        response = self.http.generic(
            method, path, data, content_type="application/json", headers=self.headers | (headers or {})
        )
        return Answer(response)


class Browser(Api):
    """A person who has logged in at the portal: a session, and the CSRF token that belongs to it."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user
        self.http = HttpClient(enforce_csrf_checks=True, raise_request_exception=False)
        self.http.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        self.http.get("/_allauth/browser/v1/config")
        self.headers["X-CSRFToken"] = self.http.cookies[settings.CSRF_COOKIE_NAME].value


class Answer:
    """An answer with its JSON at hand."""

    def __init__(self, response: Any) -> None:
        if response.streaming:
            whole = HttpResponse(b"".join(response.streaming_content), status=response.status_code)
            whole.headers = response.headers
            response = whole
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        media_type = response.headers.get("Content-Type", "")
        is_json = "json" in media_type and "ndjson" not in media_type
        self.json: Any = orjson.loads(response.content) if is_json and response.content else None

    def __repr__(self) -> str:
        return f"{self.status} {self.json}"

    def __getitem__(self, name: str) -> Any:
        return self.json[name]

    @property
    def errors(self) -> dict[str, list[str]]:
        return self.json.get("errors", {}) if self.json else {}

    @property
    def problem(self) -> str:
        """The short name that the problem's type ends in."""
        return str(self.json["type"]).rsplit("/", 1)[-1]


@dataclass
class Cast:
    """Everybody, and where they meet: `project` of organisation A; `foreign` is the stranger's own project."""

    organization: Organization
    project: Project
    owner: Api
    editor: Api
    reviewer: Api
    viewer: Api
    stranger: Api
    nobody: Api
    foreign: Project

    @property
    def org_id(self) -> UUID:
        return self.organization.id

    def members(self) -> dict[str, Api]:
        return {name: getattr(self, name) for name in ("owner", "editor", "reviewer", "viewer")}


def new_person(name: str) -> User:
    """Make a person; log-in by password is not needed, so none is hashed."""
    user = User.objects.create_user(f"{name}-{secrets.token_hex(4)}@example.test", None, name=name.title())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def build_cast() -> Cast:
    """Make both organisations and everybody in them."""
    people = {name: new_person(name) for name in ("owner", "editor", "reviewer", "viewer", "stranger")}
    organization = create_organization(actor=SYSTEM, user=people["owner"], name="Organisation A")
    other = create_organization(actor=SYSTEM, user=people["stranger"], name="Organisation B")
    with tenancy.scope(organization.id):
        project = create_project(actor=SYSTEM, name="Feature film")
        for name in ("editor", "reviewer", "viewer"):
            set_grant(user=people[name], place=Place(project=project), role=Role(name))
    with tenancy.scope(other.id):
        foreign = create_project(actor=SYSTEM, name="Elsewhere")
    clients = {name: Api(user) for name, user in people.items()}
    return Cast(organization=organization, project=project, foreign=foreign, nobody=Api(), **clients)
