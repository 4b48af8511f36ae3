"""Endpoints of uploads and of their promotion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from assets.queries import asset_in_body, check_project, collection_in_body
from dam.core.access import Permission
from dam.core.errors import invalid
from dam.core.web.api import Endpoint, IdempotentEndpoint, single
from dam.core.web.rendering import FormatIsOurs
from ingest import presentation, queries, services
from ingest.inputs import (
    CompleteInput,
    LedgerOutput,
    LedgerQuery,
    NumbersInput,
    PresignInput,
    PresignOutput,
    PromoteInput,
    SignedPartsOutput,
    TransfersOutput,
    TransfersQuery,
    UploadOutput,
)
from ingest.multipart import ClaimedPart
from jobs.inputs import JobOutput
from jobs.presentation import job_document
from orgs.queries import project_in_body, require_in_organization

if TYPE_CHECKING:
    from assets.models import Asset
    from ingest.models import Upload

REQUIRED = "This field is required."


class TransfersView(Endpoint):
    permissions = {"GET": Permission.SETTINGS}
    queries = {"GET": TransfersQuery}
    outputs = {"GET": TransfersOutput}

    def get(self, request: Request) -> Response:
        """Sum up what went in and out of the projects that the caller administers, by day or month (UTC)."""
        query = self.query()
        project = query.get("project")
        if project is not None:
            check_project(self.actor, project, self.required)
        period = queries.Period(query["from"], query["to"], query["by"])
        return Response(queries.transfers(self.actor, period, project_id=project))


class LedgerView(Endpoint):
    content_negotiation_class = FormatIsOurs
    permissions = {"GET": Permission.SETTINGS}
    query_kinds: ClassVar[Mapping[str, str]] = {"org": "org"}
    queries = {"GET": LedgerQuery}
    outputs = {"GET": LedgerOutput}

    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Tell what was stored on each day and what it cost, by project, by client or in all."""
        query = self.query()
        require_in_organization(self.actor, self.organization_id, self.required)
        wanted = queries.LedgerRange(query["from"], query["to"], query["group"])
        if query["format"] == "csv":
            lines = queries.ledger_lines(self.organization_id, wanted)
            name = f"ledger-{wanted.first}-{wanted.last}.csv"
            return StreamingHttpResponse(
                presentation.ledger_table(lines, group=wanted.group),
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
        page = queries.ledger_page(wanted, self.page(query, sort="-day"))
        return Response(page.envelope([each.document(wanted.group) for each in page.rows]))


class PresignView(IdempotentEndpoint):
    rate = "presign"
    body_kinds = {"project": "project"}
    permissions = {"POST": Permission.UPLOAD}
    inputs = {"POST": PresignInput}
    outputs = {"POST": PresignOutput}

    def find_organization(self, request: Request) -> UUID:
        """Return the organisation of the project, which the body must name."""
        if _body(request).get("project") is None:
            raise invalid("project", REQUIRED)
        return super().find_organization(request)

    def post(self, request: Request) -> Response:
        """Open an upload and sign its first parts, 100 at most; `asset` makes it a new version of that asset."""
        given = self.input()
        project = project_in_body(self.actor, given["project"], self.required)
        asset = _asset(self, given.get("asset"), project_id=project.id, field="asset")
        upload, parts = services.open_upload(
            actor=self.actor,
            project=project,
            asset=asset,
            wanted=services.NewUpload(
                name=given["name"],
                size=given["size"],
                content_type=given["type"],
                folder=given["folder"],
                sha256=given.get("sha256") or "",
            ),
        )
        body = {"upload": presentation.opened(upload), "parts": presentation.signed(parts)}
        return single(body, upload, status=201)


class UploadView(Endpoint):
    rate = "upload"
    path_kind = "upload"
    permissions = {"GET": Permission.UPLOAD, "DELETE": Permission.UPLOAD}
    outputs = {"GET": UploadOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return an upload with the parts that the storage has received."""
        self.query()
        upload = queries.upload_for(self.actor, self.path_id, self.required)
        return _answer(upload)

    def delete(self, request: Request, id: str) -> Response:
        """Give an upload up; its parts are gone."""
        self.query()
        upload = queries.upload_for(self.actor, self.path_id, self.required, lock=True)
        services.abort_upload(upload)
        return Response(status=204)


class PartsView(Endpoint):
    rate = "upload"
    path_kind = "upload"
    permissions = {"POST": Permission.UPLOAD}
    inputs = {"POST": NumbersInput}
    outputs = {"POST": SignedPartsOutput}
    statuses = {"POST": 200}

    def post(self, request: Request, id: str) -> Response:
        """Sign 1 to 100 parts; each URL takes exactly its part's bytes, for an hour."""
        upload = queries.upload_for(self.actor, self.path_id, self.required)
        numbers = self.input()["numbers"]
        if max(numbers) > upload.part_count:
            raise invalid("numbers", f"The upload has {upload.part_count} parts.")
        return Response({"parts": presentation.signed(services.sign_parts(upload, numbers=numbers))})


class CompleteView(Endpoint):
    rate = "upload"
    path_kind = "upload"
    permissions = {"POST": Permission.UPLOAD}
    inputs = {"POST": CompleteInput}
    outputs = {"POST": UploadOutput}
    statuses = {"POST": 200}

    def post(self, request: Request, id: str) -> Response:
        """Make a file of the parts; repeating it answers the same."""
        upload = queries.upload_for(self.actor, self.path_id, self.required, lock=True)
        given = self.input()["parts"]
        if any(each["number"] > upload.part_count for each in given):
            raise invalid("parts", f"The upload has {upload.part_count} parts.")
        # What stands between may have marked an ETag as weak.
        claimed = [ClaimedPart(each["number"], each["etag"].removeprefix("W/").strip('"')) for each in given]
        return _answer(services.complete_upload(upload, claimed=claimed))


class PromoteView(IdempotentEndpoint):
    rate = "upload"
    repeated = {"POST": 200}
    body_kinds = {"mapping.project": "project"}
    permissions = {"POST": Permission.UPLOAD}
    inputs = {"POST": PromoteInput}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 202}

    def find_organization(self, request: Request) -> UUID:
        """Return the organisation of the project that the mapping must name."""
        mapping = _body(request).get("mapping")
        if not isinstance(mapping, dict):
            raise invalid("mapping", REQUIRED if mapping is None else "Must be an object.")
        if mapping.get("project") is None:
            raise invalid("mapping.project", REQUIRED)
        return super().find_organization(request)

    def post(self, request: Request) -> Response:
        """Make a completed upload a master and a version in the catalogue: 202 with the job, 200 if asked before."""
        given = self.input()
        wanted = given["mapping"]
        project = project_in_body(self.actor, wanted["project"], self.required, field="mapping.project")
        asset = _asset(self, wanted.get("asset"), project_id=project.id, field="mapping.asset")
        mapping = services.Mapping(
            project_id=project.id,
            asset_id=asset.id if asset else None,
            title=wanted.get("title"),
            collection_id=_collection_id(self, wanted.get("collection"), project_id=project.id),
            tags=tuple(wanted.get("tags", ())),
            fields=wanted.get("fields", {}),
        )
        upload = queries.upload_in_body(given["staging_key"], project_id=project.id)
        job, is_new = services.request_promotion(
            actor=self.actor, upload=upload, mapping=mapping, sha256=given["sha256"]
        )
        return Response(job_document(job), status=202 if is_new else 200)


def _body(request: Request) -> dict[str, Any]:
    return request.data if isinstance(request.data, dict) else {}


def _answer(upload: Upload) -> Response:
    return single(presentation.upload(upload, queries.received_parts(upload)), upload)


def _asset(view: Endpoint, asset_id: UUID | None, *, project_id: UUID, field: str) -> Asset | None:
    """Load the asset that a body names, which must lie in the project."""
    if asset_id is None:
        return None
    asset = asset_in_body(view.actor, asset_id, view.required, field=field)
    if asset.project_id != project_id:
        raise invalid(field, "The asset lies in another project.")
    return asset


def _collection_id(view: Endpoint, collection_id: UUID | None, *, project_id: UUID) -> UUID | None:
    """Load the collection that a mapping names, which must lie in the project."""
    if collection_id is None:
        return None
    field = "mapping.collection"
    collection = collection_in_body(view.actor, collection_id, view.required, field=field)
    if collection.project_id != project_id:
        raise invalid(field, "The collection lies in another project.")
    if collection.query is not None:
        raise invalid(field, "A smart collection is filled by its query.")
    return collection.id
