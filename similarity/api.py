"""Endpoints of duplicates."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries as catalogue
from assets.inputs.assets import AssetDetailOutput
from assets.inputs.words import NoInput
from dam.core.access import Permission
from dam.core.web.api import Endpoint, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from orgs.queries import project_for
from similarity import queries, services
from similarity.inputs import DuplicateOutput, DuplicatesQuery, MergeInput


class DuplicatesView(Endpoint):
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": DuplicatesQuery}
    outputs = {"GET": page_of(DuplicateOutput)}

    def get(self, request: Request) -> Response:
        """List the pairs that may be the same, newest find first."""
        query = self.query()
        if "project" in query:
            project_for(self.actor, query["project"], self.required)
        rows = queries.visible_pairs(self.actor, project_id=query.get("project"), kind=query.get("kind"))
        page = paginate(rows, self.page(query, sort="-created_at"))
        return Response(page.envelope(queries.pair_rows(self.actor, page.rows)))


class DuplicateMergeView(Endpoint):
    path_kind = "duplicate"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": MergeInput}
    statuses = {"POST": 200}
    outputs = {"POST": AssetDetailOutput}

    def post(self, request: Request, id: str) -> Response:
        """Make one stack of the two; answers with the asset that stays. Again: the same."""
        self.query()
        given = self.input()
        pair = queries.locked_pair(self.actor, self.path_id, self.required)
        asset = services.merge_pair(self.actor, pair=pair, into=given.get("into"), head=given.get("head"))
        return single(catalogue.asset_document(self.actor, asset), asset)


class DuplicateDismissView(Endpoint):
    path_kind = "duplicate"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": NoInput}
    statuses = {"POST": 200}
    outputs = {"POST": DuplicateOutput}

    def post(self, request: Request, id: str) -> Response:
        """Tell the two apart for ever. Again: the same."""
        self.query()
        self.input()
        pair = queries.locked_pair(self.actor, self.path_id, self.required)
        pair = services.dismiss_pair(self.actor, pair=pair)
        return Response(queries.pair_rows(self.actor, [pair])[0])
