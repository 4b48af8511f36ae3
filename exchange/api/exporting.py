"""The endpoint of exports."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries
from dam.core.access import Permission
from dam.core.web.api import Endpoint
from dam.core.web.parsing import query_values
from dam.core.web.rendering import FormatIsOurs
from exchange import services
from exchange.export.formats import formats
from exchange.inputs import ExportQuery
from jobs.queries import job_for


class AssetExportView(Endpoint):
    content_negotiation_class = FormatIsOurs
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": ExportQuery}
    outputs = {"GET": None}
    query_kinds = {"org": "org", "client": "client", "project": "project", "collection": "collection"}

    def get(self, request: Request) -> StreamingHttpResponse:
        """Return all assets that match as a file, streamed."""
        query = self.query()
        queries.check_places(self.actor, query["filters"], permission=self.required)
        form = formats()[query["format"]]
        pieces = services.export(
            self.actor,
            organization_id=self.organization_id,
            wanted=queries.filter_from(self.actor, query["filters"]),
            sort=query["sort"],
            form=form,
            asked=query_values(request.query_params),
        )
        name = f"assets-{timezone.now():%Y-%m-%d}.{form.ending}"
        return StreamingHttpResponse(
            pieces,
            content_type=form.media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class JobExportView(Endpoint):
    path_kind = "job"
    permissions = {"GET": Permission.VIEW}
    statuses = {"GET": 302}

    def get(self, request: Request, id: str) -> Response:
        """Redirect to a short-lived address of the file that a job hands over: a bulk export, all errors of an import."""
        self.query()
        job = job_for(self.actor, self.path_id, self.required)
        return Response(status=302, headers={"Location": services.export_url(job)})
