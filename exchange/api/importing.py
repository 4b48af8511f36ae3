"""The endpoint of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from dam.core.access import Permission
from dam.core.errors import NotFound, unseen
from dam.core.web.api import IdempotentEndpoint
from dam.core.web.parsing import as_uuid, value_at
from exchange import services
from exchange.inputs import ImportInput
from ingest.queries import upload_for
from jobs.inputs import JobOutput
from jobs.presentation import job_document
from orgs.queries import project_in_body

if TYPE_CHECKING:
    from ingest.models import Upload


class AssetImportView(IdempotentEndpoint):
    rate = "upload"
    repeated = {"POST": 200}
    body_kinds = {"upload": "upload", "project": "project"}
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": ImportInput}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 202}

    def post(self, request: Request) -> Response:
        """Bring metadata of an uploaded table or list to assets, or with `dry_run` tell what that would do: a job."""
        given = self.input()
        # What is not seen is said before what may not be done.
        for permission in (Permission.VIEW, self.required):
            upload = self._upload(given["upload"], permission)
            if given.get("project"):
                project_in_body(self.actor, given["project"], permission)
        order = services.Order(
            form=given["format"],
            dry_run=given["dry_run"],
            encoding=given.get("encoding"),
            match=given.get("match"),
            clear_empty=given["clear_empty"],
            project_id=given.get("project"),
        )
        job, is_new = services.request_import(actor=self.actor, upload=upload, order=order)
        return Response(job_document(job), status=202 if is_new else 200)

    def _upload(self, upload_id: UUID, permission: Permission) -> Upload:
        try:
            return upload_for(self.actor, upload_id, permission, lock=permission is not Permission.VIEW)
        except NotFound:
            raise unseen("upload") from None

    def judge_again(self) -> None:
        upload_id = as_uuid(value_at(self.request.data, "upload"))
        if upload_id is not None:
            try:
                upload_for(self.actor, upload_id, self.required)
            except NotFound:
                raise unseen("upload") from None
