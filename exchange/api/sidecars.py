"""Endpoints of the files that stand beside a version."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries
from assets.inputs.stacks import SidecarOutput
from assets.services import remove_sidecar
from dam.core.access import Permission
from dam.core.errors import NotFound, unseen
from dam.core.web.api import Endpoint, IdempotentEndpoint, ListQuery, etag_of, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from exchange import services
from exchange.inputs import SidecarInput
from exchange.queries import sidecar_for
from ingest.queries import upload_for


class VersionSidecarsView(IdempotentEndpoint):
    rate = "upload"
    path_kind = "version"
    repeated = {"POST": 200}
    permissions = {"GET": Permission.VIEW, "POST": Permission.EDIT}
    inputs = {"POST": SidecarInput}
    queries = {"GET": ListQuery}
    outputs = {"GET": page_of(SidecarOutput), "POST": SidecarOutput}

    def get(self, request: Request, id: str) -> Response:
        """List the files that stand beside a version."""
        query = self.query()
        version = queries.version_for(self.actor, self.path_id, self.required)
        page = paginate(queries.sidecars_of(version), self.page(query, sort="created_at"))
        return Response(page.envelope([queries.sidecar_document(each) for each in page.rows]))

    def post(self, request: Request, id: str) -> Response:
        """Put a completed upload beside a version: subtitles, XML, XMP, CPL, ALE or a LUT; 200 if it lies there."""
        version = queries.version_for(self.actor, self.path_id, self.required)
        given = self.input()
        try:
            upload = upload_for(self.actor, given["upload"], Permission.UPLOAD, lock=True)
        except NotFound:
            raise unseen("upload") from None
        sidecar, is_new = services.add_sidecar(
            self.actor, version=version, upload=upload, kind=given.get("kind")
        )
        return single(queries.sidecar_document(sidecar), sidecar, status=201 if is_new else 200)

    def judge_again(self) -> None:
        queries.version_for(self.actor, self.path_id, self.required)


class SidecarView(Endpoint):
    path_kind = "sidecar"
    permissions = {"GET": Permission.VIEW, "DELETE": Permission.EDIT}
    outputs = {"GET": SidecarOutput}

    def get(self, request: Request, id: str) -> Response:
        """Tell of a file that stands beside a version."""
        self.query()
        sidecar = sidecar_for(self.actor, self.path_id, self.required)
        return single(queries.sidecar_document(sidecar), sidecar)

    def delete(self, request: Request, id: str) -> Response:
        """Take a file away from beside its version; its bytes follow when nothing else has them and no lock is left."""
        sidecar = sidecar_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(sidecar))
        remove_sidecar(self.actor, sidecar=sidecar)
        return Response(status=204)


class SidecarDownloadView(Endpoint):
    path_kind = "sidecar"
    permissions = {"GET": Permission.DOWNLOAD}
    statuses = {"GET": 302}

    def get(self, request: Request, id: str) -> Response:
        """Redirect to a short-lived address of the file."""
        self.query()
        sidecar = sidecar_for(self.actor, self.path_id, self.required)
        return Response(status=302, headers={"Location": services.sidecar_url(self.actor, sidecar=sidecar)})
