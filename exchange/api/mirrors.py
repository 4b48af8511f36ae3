"""Endpoints of mirrors."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from dam.core.access import Permission
from dam.core.web.api import Endpoint, IdempotentEndpoint, ListQuery, etag_of, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from exchange import queries, services
from exchange.inputs import (
    MirrorChange,
    MirrorInput,
    MirrorOutput,
    MirrorPreviewInput,
    MirrorPreviewOutput,
    NoInput,
)
from jobs.inputs import JobOutput
from jobs.presentation import job_document
from orgs.queries import project_in_body, require_in_organization


class MirrorsView(IdempotentEndpoint):
    body_kinds = {"org": "org", "project": "project"}
    permissions = {"GET": Permission.SETTINGS, "POST": Permission.SETTINGS}
    inputs = {"POST": MirrorInput}
    queries = {"GET": ListQuery}
    outputs = {"GET": page_of(MirrorOutput), "POST": MirrorOutput}

    def get(self, request: Request) -> Response:
        """List an organisation's mirrors, for its admins."""
        query = self.query()
        require_in_organization(self.actor, self.organization_id, self.required)
        page = paginate(queries.mirrors(), self.page(query, sort="-created_at"))
        return Response(page.envelope([queries.mirror_document(each) for each in page.rows]))

    def post(self, request: Request) -> Response:
        """Define a mirror: a tree of links or files that follows the catalogue; its first build begins at once."""
        given = self.input()
        given.pop("org", None)
        project_id = given.pop("project", None)
        if project_id is not None:
            project_in_body(self.actor, project_id, Permission.VIEW)
        require_in_organization(self.actor, self.organization_id, self.required)
        row = services.create_mirror(
            actor=self.actor,
            given=given | {"project_id": project_id, "root": given.get("root") or ""},
        )
        return single(queries.mirror_document(row), row, status=201)


class MirrorPreviewView(Endpoint):
    body_kinds = {"org": "org", "project": "project"}
    permissions = {"POST": Permission.SETTINGS}
    inputs = {"POST": MirrorPreviewInput}
    outputs = {"POST": MirrorPreviewOutput}
    statuses = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Show where the newest assets would lie in a mirror with this template; nothing is defined."""
        given = self.input()
        project_id = given.get("project")
        if project_id is not None:
            project_in_body(self.actor, project_id, Permission.VIEW)
        require_in_organization(self.actor, self.organization_id, self.required)
        places = queries.preview_places(given["template"], content=given["content"], project_id=project_id)
        return Response({"places": places})


class MirrorView(Endpoint):
    path_kind = "mirror"
    permissions = {
        "GET": Permission.SETTINGS,
        "PATCH": Permission.SETTINGS,
        "DELETE": Permission.SETTINGS,
    }
    inputs = {"PATCH": MirrorChange}
    outputs = {"GET": MirrorOutput, "PATCH": MirrorOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a mirror."""
        self.query()
        row = queries.mirror_for(self.actor, self.path_id, self.required)
        return single(queries.mirror_document(row), row)

    def patch(self, request: Request, id: str) -> Response:
        """Change a mirror; another template, content or project lets it be built anew."""
        row = queries.mirror_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        changes = self.partial_input()
        if "project" in changes:
            project_id = changes.pop("project")
            if project_id is not None:
                project_in_body(self.actor, project_id, Permission.VIEW)
            changes["project_id"] = project_id
        row = services.edit_mirror(row, actor=self.actor, changes=changes)
        return single(queries.mirror_document(row), row)

    def delete(self, request: Request, id: str) -> Response:
        """Take a mirror away, and with it all that it has put into its place."""
        self.query()
        row = queries.mirror_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        services.delete_mirror(row, actor=self.actor)
        return Response(status=204)


class MirrorRebuildView(Endpoint):
    path_kind = "mirror"
    permissions = {"POST": Permission.SETTINGS}
    inputs = {"POST": NoInput}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 202}

    def post(self, request: Request, id: str) -> Response:
        """Build a mirror afresh: every file is written again, a job."""
        self.input()
        row = queries.mirror_for(self.actor, self.path_id, self.required, lock=True)
        return Response(job_document(services.request_build(row, actor=self.actor)), status=202)
