"""The endpoint of facets."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries
from assets.inputs.facets import FacetsOutput, FacetsQuery
from dam.core.access import Permission
from dam.core.web.api import Endpoint


class FacetsView(Endpoint):
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": FacetsQuery}
    outputs = {"GET": FacetsOutput}
    query_kinds = {"org": "org", "client": "client", "project": "project", "collection": "collection"}

    def get(self, request: Request) -> Response:
        """Count how the assets that match part by kind, tag and the like."""
        query = self.query()
        queries.check_places(self.actor, query["filters"], permission=self.required)
        wanted = queries.as_meant(self.actor, queries.filter_from(self.actor, query["filters"]))
        names = [each.strip() for each in query["facets"].split(",")]
        return Response({"facets": queries.facets_of(self.actor, wanted, names, most=query["limit"])})
