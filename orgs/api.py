"""Endpoints of people, organisations, clients, projects and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from dam.core import tenancy
from dam.core.access import Permission, Role
from dam.core.errors import Forbidden, NotFound, unseen
from dam.core.web import idempotency
from dam.core.web.api import Endpoint, IdempotentEndpoint, ListQuery, etag_of, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from dam.core.web.parsing import as_uuid, value_at
from orgs import presentation, queries, services
from orgs.inputs import (
    ClientChange,
    ClientInput,
    ClientOutput,
    ClientsQuery,
    MemberChange,
    MemberInput,
    MemberOutput,
    MeOutput,
    NewTokenOutput,
    OrganizationChange,
    OrganizationInput,
    OrganizationOutput,
    ProjectChange,
    ProjectInput,
    ProjectOutput,
    ProjectsQuery,
    TokenInput,
    TokenOutput,
)

if TYPE_CHECKING:
    from orgs.models import Client, Grant, Invitation

ADMINISTER = Permission.SETTINGS


class MeView(Endpoint):
    needs_organization = False
    outputs = {"GET": MeOutput}

    def get(self, request: Request) -> Response:
        """Return the caller and the caller's organisations."""
        self.query()
        return Response(presentation.me(self.actor))


class TokensView(Endpoint):
    needs_organization = False
    inputs = {"POST": TokenInput}
    outputs = {"GET": page_of(TokenOutput), "POST": NewTokenOutput}
    queries = {"GET": ListQuery}

    def get(self, request: Request) -> Response:
        """List one's own API tokens, revoked ones left out; a token sees itself alone."""
        query = self.query()
        page = paginate(queries.tokens_of(self.actor), self.page(query, sort="-created_at"))
        return Response(page.envelope([presentation.token(each) for each in page.rows]))

    def post(self, request: Request) -> Response:
        """Make an API token; `token` is told this once only. A token makes no tokens: log in."""
        if self.actor.token_id is not None:
            raise Forbidden("A token makes no tokens; log in to make one.")
        given = self.input()
        wanted = given.get("project")
        project = queries.project_anywhere(self.actor, wanted, Permission.VIEW) if wanted else None
        reach = services.Reach(
            can_write=given["scope"] == "write", project=project, expires_at=given.get("expires_at")
        )
        row, token = services.create_token(
            actor=self.actor, user_id=self.actor.user_id, name=given["name"], reach=reach
        )
        return Response(presentation.token(row) | {"token": token}, status=201)


class TokenView(Endpoint):
    needs_organization = False

    def delete(self, request: Request, id: str) -> Response:
        """Revoke one of one's own tokens, at once; a token revokes none but itself."""
        services.revoke_token(queries.token_for(self.actor, self.path_id), actor=self.actor)
        return Response(status=204)


class OrganizationsView(IdempotentEndpoint):
    needs_organization = False
    inputs = {"POST": OrganizationInput}
    outputs = {"GET": page_of(OrganizationOutput), "POST": OrganizationOutput}
    queries = {"GET": ListQuery}

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        # No organisation is at hand yet to keep a key in: `post` keeps it in the one that it makes.
        self.replayable = False
        super().initial(request, *args, **kwargs)

    def get(self, request: Request) -> Response:
        """List the caller's organisations."""
        query = self.query()
        with tenancy.membership(self.actor.organizations):
            page = paginate(queries.organizations_of(self.actor), self.page(query, sort="-created_at"))
            rows = [presentation.organization(each, self.actor) for each in page.rows]
        return Response(page.envelope(rows))

    def post(self, request: Request) -> Response:
        """Create an organisation; its maker becomes its admin."""
        if not services.may_create_organization(self.actor):
            raise Forbidden("New organisations need a verified address, and sign-up must be open.")
        given = self.input()
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return self._made(given)
        asked: dict[str, Any] = {
            "actor": f"user:{self.actor.id}",
            "key": key,
            "request": idempotency.digest_of(request),
        }
        with transaction.atomic():
            tenancy.take_turn(f"organization {self.actor.id} {key}")
            mine = queries.actor_of_user(self.actor.user_id).organizations
            answer = idempotency.answer_among(mine, **asked)
            return answer.response() if answer else self._made(given, asked)

    def _made(self, given: dict[str, Any], asked: dict[str, Any] | None = None) -> Response:
        row = services.create_organization_for(self.actor, **given)
        made = single(presentation.organization(row, self.actor), row, status=201)
        if asked is not None:
            with tenancy.scope(row.id):
                claimed, _ = idempotency.claim(**asked)
                idempotency.remember(claimed, made)
        return made


class OrganizationView(Endpoint):
    path_kind = "org"
    permissions = {"GET": Permission.VIEW, "PATCH": ADMINISTER}
    inputs = {"PATCH": OrganizationChange}
    outputs = {"GET": OrganizationOutput, "PATCH": OrganizationOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return an organisation with its storage use, in bytes."""
        row = queries.organization_for(self.actor, self.path_id, self.required)
        return single(presentation.organization(row, self.actor), row)

    def patch(self, request: Request, id: str) -> Response:
        """Change an organisation's name, or how long its trash keeps things."""
        row = queries.organization_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        row = services.update_organization(row, actor=self.actor, changes=self.partial_input())
        return single(presentation.organization(row, self.actor), row)


class ClientsView(IdempotentEndpoint):
    body_kinds = {"org": "org", "organization": "org"}
    permissions = {"GET": Permission.VIEW, "POST": ADMINISTER}
    inputs = {"POST": ClientInput}
    outputs = {"GET": page_of(ClientOutput), "POST": ClientOutput}
    queries = {"GET": ClientsQuery}

    def get(self, request: Request) -> Response:
        """List the clients that the caller sees."""
        query = self.query()
        rows = queries.visible_clients(self.actor, self.organization_id)
        if "q" in query:
            rows = rows.filter(name__icontains=query["q"])
        page = paginate(rows, self.page(query, sort="-created_at"))
        return Response(page.envelope([presentation.client(each) for each in page.rows]))

    def post(self, request: Request) -> Response:
        """Create a client."""
        queries.require_in_organization(self.actor, self.organization_id, self.required)
        given = self.input()
        row = services.create_client(actor=self.actor, name=given["name"], slug=given.get("slug"))
        return single(presentation.client(row), row, status=201)


class ClientView(Endpoint):
    path_kind = "client"
    permissions = {"GET": Permission.VIEW, "PATCH": ADMINISTER, "DELETE": ADMINISTER}
    inputs = {"PATCH": ClientChange}
    outputs = {"GET": ClientOutput, "PATCH": ClientOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a client."""
        row = queries.client_for(self.actor, self.path_id, self.required)
        return single(presentation.client(row), row)

    def patch(self, request: Request, id: str) -> Response:
        """Rename a client."""
        row = queries.client_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        row = services.update_client(row, actor=self.actor, changes=self.partial_input())
        return single(presentation.client(row), row)

    def delete(self, request: Request, id: str) -> Response:
        """Delete a client that has no projects."""
        row = queries.client_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        services.delete_client(row, actor=self.actor)
        return Response(status=204)


class ProjectsView(IdempotentEndpoint):
    body_kinds = {"client": "client", "org": "org", "organization": "org"}
    permissions = {"GET": Permission.VIEW, "POST": ADMINISTER}
    inputs = {"POST": ProjectInput}
    outputs = {"GET": page_of(ProjectOutput), "POST": ProjectOutput}
    queries = {"GET": ProjectsQuery}

    def get(self, request: Request) -> Response:
        """List the projects that the caller sees, newest first."""
        query = self.query()
        rows = queries.visible_projects(self.actor, self.organization_id)
        if "client" in query:
            rows = rows.filter(client_id=queries.client_for(self.actor, query["client"], Permission.VIEW).id)
        if "status" in query:
            rows = rows.filter(status=query["status"])
        if "q" in query:
            rows = rows.filter(name__icontains=query["q"])
        page = paginate(rows, self.page(query, sort="-created_at"))
        return Response(page.envelope([presentation.project(each, self.actor) for each in page.rows]))

    def judge_again(self) -> None:
        self._client(as_uuid(value_at(self.request.data, "client")))

    def _client(self, client_id: UUID | None) -> Client | None:
        """Load the client that the body names, if any; what belongs to none is for the organisation's admins."""
        if client_id is not None:
            return _client_in_body(self, client_id)
        queries.require_in_organization(self.actor, self.organization_id, self.required)
        return None

    def post(self, request: Request) -> Response:
        """Create a project: for the organisation's admins, and for admins of the client it belongs to."""
        given = self.input()
        client = self._client(given.get("client"))
        row = services.create_project(
            actor=self.actor, name=given["name"], client=client, slug=given.get("slug")
        )
        return single(presentation.project(row, self.actor), row, status=201)


def _client_in_body(view: Endpoint, client_id: UUID) -> Client:
    """Load a client that a body names; unseen ones are a field error."""
    try:
        return queries.client_for(view.actor, client_id, view.required)
    except NotFound:
        raise unseen("client") from None


class ProjectView(Endpoint):
    path_kind = "project"
    permissions = {"GET": Permission.VIEW, "PATCH": ADMINISTER}
    inputs = {"PATCH": ProjectChange}
    outputs = {"GET": ProjectOutput, "PATCH": ProjectOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a project with the caller's role in it."""
        row = queries.project_for(self.actor, self.path_id, self.required)
        return single(presentation.project(row, self.actor), row)

    def patch(self, request: Request, id: str) -> Response:
        """Rename, archive or move a project."""
        row = queries.project_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        changes = self.partial_input()
        if changes.get("client"):
            changes["client"] = _client_in_body(self, changes["client"])
        row = services.update_project(row, actor=self.actor, changes=changes)
        return single(presentation.project(row, self.actor), row)


class MembersView(IdempotentEndpoint):
    """Members of one place; `path_kind` says which: the organisation, a client or a project."""

    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_MEMBERS}
    inputs = {"POST": MemberInput}
    repeated = {"POST": 200}
    outputs = {"GET": page_of(MemberOutput), "POST": MemberOutput}
    queries = {"GET": ListQuery}

    def place(self, permission: Permission) -> services.Place:
        """Load where the members belong."""
        if self.path_kind == "project":
            return services.Place(project=queries.project_for(self.actor, self.path_id, permission))
        if self.path_kind == "client":
            return services.Place(client=queries.client_for(self.actor, self.path_id, permission))
        queries.organization_for(self.actor, self.path_id, permission)
        return services.Place()

    def judge_again(self) -> None:
        self.place(self.required)

    def get(self, request: Request, id: str) -> Response:
        """List the grants made here; who may change them is told on the first page who else is invited."""
        query = self.query()
        place = self.place(self.required)
        page = paginate(
            queries.grants_at(client=place.client, project=place.project), self.page(query, sort="created_at")
        )
        rows = [presentation.member(each) for each in page.rows]
        manages = queries.manages_members(
            self.actor, self.organization_id, client=place.client, project=place.project
        )
        if manages and "cursor" not in query:
            waiting = queries.invitations_at(client=place.client, project=place.project)
            rows += [presentation.member(each) for each in waiting[: query["limit"]]]
        return Response(page.envelope(rows))

    def post(self, request: Request, id: str) -> Response:
        """Grant a role: 201; the same address again: 200, role changed; an unknown address is invited."""
        place = self.place(self.required)
        given = self.input()
        row, is_new = services.grant_by_email(
            actor=self.actor, email=given["email"], place=place, role=Role(given["role"])
        )
        return Response(presentation.member(row), status=201 if is_new else 200)


class MemberView(MembersView):
    permissions = {"PATCH": Permission.MANAGE_MEMBERS, "DELETE": Permission.MANAGE_MEMBERS}
    inputs = {"PATCH": MemberChange}
    outputs = {"PATCH": MemberOutput}
    http_method_names = ["patch", "delete", "options"]

    def patch(self, request: Request, id: str, member: str) -> Response:
        """Change a member's role."""
        row = self._row()
        role = Role(self.input()["role"])
        row = services.change_member(row, actor=self.actor, role=role)
        return Response(presentation.member(row))

    def delete(self, request: Request, id: str, member: str) -> Response:
        """Take the grant away."""
        services.remove_member(self._row(), actor=self.actor)
        return Response(status=204)

    def _row(self) -> Grant | Invitation:
        place = self.place(self.required)
        identity = as_uuid(self.kwargs["member"])
        row = queries.member_at(identity, client=place.client, project=place.project) if identity else None
        if row is None:
            raise NotFound
        return row


class OrganizationMembersView(MembersView):
    path_kind = "org"


class OrganizationMemberView(MemberView):
    path_kind = "org"


class ClientMembersView(MembersView):
    path_kind = "client"


class ClientMemberView(MemberView):
    path_kind = "client"


class ProjectMembersView(MembersView):
    path_kind = "project"


class ProjectMemberView(MemberView):
    path_kind = "project"
