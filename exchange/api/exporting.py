"""The endpoint of exports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from assets import queries
from assets.queries import AssetFilter
from dam.core.access import Permission
from dam.core.web.api import Endpoint
from dam.core.web.parsing import query_values
from exchange import services
from exchange.export.formats import FORMATS
from exchange.inputs import ExportQuery
from orgs.queries import client_for

FILTERS = ("project", "client", "q", "kind", "tag", "collection", "created_after", "trashed")


class _FormatIsOurs(DefaultContentNegotiation):
    """Keep the framework from reading `?format=` as the media type of the answer."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class AssetExportView(Endpoint):
    content_negotiation_class = _FormatIsOurs
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": ExportQuery}
    outputs = {"GET": None}
    query_kinds = {"org": "org", "client": "client", "project": "project", "collection": "collection"}

    def get(self, request: Request) -> StreamingHttpResponse:
        """Return all assets that match as a file, streamed."""
        query = self.query()
        self._check_places(query)
        form = FORMATS[query["format"]]
        pieces = services.export(
            self.actor,
            organization_id=self.organization_id,
            wanted=self._wanted(query),
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

    def _wanted(self, query: dict[str, Any]) -> AssetFilter:
        return AssetFilter(
            fields=queries.conditions_of(self.actor, query["fields"], project_id=query.get("project")),
            **{name: query[name] for name in FILTERS if name in query},
        )

    def _check_places(self, query: dict[str, Any]) -> None:
        """A place that the caller cannot see is not found, rather than empty."""
        if "project" in query:
            queries.check_project(self.actor, query["project"], self.required)
        if "client" in query:
            client_for(self.actor, query["client"], self.required)
        if "collection" in query:
            queries.collection_for(self.actor, query["collection"], self.required)
