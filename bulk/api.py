"""Endpoints of work over many assets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from bulk import services
from bulk.inputs import BulkInput, NoInput, TagDeleteInput, TagRenameInput
from bulk.services import Selection
from dam.core import tenancy
from dam.core.access import Permission
from dam.core.errors import invalid, unseen
from dam.core.web.api import Endpoint, IdempotentEndpoint
from dam.core.web.parsing import as_uuid, value_at
from jobs.inputs import JobOutput
from jobs.presentation import job_document
from jobs.queries import job_for
from orgs.queries import project_in_body


class BulkView(IdempotentEndpoint):
    body_kinds: ClassVar[Mapping[str, str]] = {
        "org": "org",
        "selection.query.project": "project",
        "selection.query.client": "client",
        "selection.query.collection": "collection",
        "action.move": "project",
        "action.collect": "collection",
        "action.shoot": "shoot",
    }
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": BulkInput}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 202}

    def find_organization(self, request: Request) -> UUID:
        """Return the organisation of the first asset named, else what a body or query tells."""
        ids = value_at(request.data, "selection.ids")
        if not (isinstance(ids, list) and ids):
            return super().find_organization(request)
        first = as_uuid(ids[0])
        if first is None:
            raise invalid("selection.ids.0", "Must be a valid UUID.")
        named = self._from_body(request)
        found = tenancy.organization_of("asset", first)
        if found is None or found not in self.actor.organizations or found != (named or found):
            raise unseen("selection.ids.0")
        return found

    def judge_again(self) -> None:
        """Judge the whole request: what it names may have gone out of sight."""
        given = self.input()
        services.judge(self.actor, selection=_selection(given), action=given["action"])

    def post(self, request: Request) -> Response:
        """Do something to many assets, as a job."""
        given = self.input()
        job = services.request_bulk(
            self.actor, selection=_selection(given), action=given["action"], is_dry=given["dry_run"]
        )
        return Response(job_document(job), status=202)


def _selection(given: Mapping[str, Any]) -> Selection:
    ids = given["selection"].get("ids")
    return Selection(tuple(ids) if ids is not None else None, given["selection"].get("query"))


class _RetagView(IdempotentEndpoint):
    body_kinds: ClassVar[Mapping[str, str]] = {"project": "project", "org": "org"}
    permissions = {"POST": Permission.EDIT}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 202}

    def project(self) -> UUID | None:
        """Return the one project that is meant, judged; None for all of the organisation."""
        named = self.input().get("project")
        return None if named is None else project_in_body(self.actor, named, self.required).id

    def judge_again(self) -> None:
        """Judge the project again: it may have gone out of sight."""
        self.project()


class TagRenameView(_RetagView):
    inputs = {"POST": TagRenameInput}

    def post(self, request: Request) -> Response:
        """Give a tag another name on all assets that the caller may edit, as a job; two tags become one so."""
        given = self.input()
        job = services.request_retag(self.actor, tag=given["from"], to=given["to"], project_id=self.project())
        return Response(job_document(job), status=202)


class TagDeleteView(_RetagView):
    inputs = {"POST": TagDeleteInput}

    def post(self, request: Request) -> Response:
        """Take a tag away from all assets that the caller may edit, as a job."""
        given = self.input()
        job = services.request_retag(self.actor, tag=given["name"], project_id=self.project(), field="name")
        return Response(job_document(job), status=202)


class JobUndoView(Endpoint):
    path_kind = "job"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": NoInput}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 202}
    repeated = {"POST": 200}

    def post(self, request: Request, id: str) -> Response:
        """Give assets back what a bulk edit changed, where nobody has changed them since; again: the same job."""
        self.input()
        job = job_for(self.actor, self.path_id, self.required, lock=True)
        undo, is_new = services.request_undo(self.actor, job=job)
        return Response(job_document(undo), status=202 if is_new else 200)
