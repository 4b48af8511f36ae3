"""Endpoint of folders."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries
from assets.inputs.folders import FoldersOutput, FoldersQuery
from dam.core.access import Permission
from dam.core.web.api import Endpoint


class FoldersView(Endpoint):
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": FoldersQuery}
    outputs = {"GET": FoldersOutput}

    def get(self, request: Request) -> Response:
        """List the folders one level below a path, with how many assets they hold."""
        query = self.query()
        queries.check_project(self.actor, query["project"], self.required)
        path = query["path"]
        page = queries.folder_page(query["project"], path=path, request=self.page(query, sort="name"))
        beside = {"path": path, "direct_count": queries.assets_in_folder(query["project"], path)}
        return Response(page.envelope([each.document() for each in page.rows]) | beside)
