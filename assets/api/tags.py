"""Endpoint of tags in use."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries
from assets.inputs.tags import TagOutput, TagsQuery
from dam.core.access import Permission
from dam.core.web.api import Endpoint
from dam.core.web.outputs import page_of


class TagsView(Endpoint):
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": TagsQuery}
    outputs = {"GET": page_of(TagOutput)}

    def get(self, request: Request) -> Response:
        """List the tags of what the caller sees in alphabetical order, each with how many assets carry it."""
        query = self.query()
        if "project" in query:
            queries.check_project(self.actor, query["project"], self.required)
        page = queries.tag_page(
            self.actor,
            self.page(query, sort=query["sort"]),
            prefix=query["q"],
            project_id=query.get("project"),
        )
        return Response(page.envelope([{"name": name, "count": count} for name, count in page.rows]))
