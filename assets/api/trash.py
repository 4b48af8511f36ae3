"""Endpoints of the trash: out of it again, and what a delete costs."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.inputs.assets import AssetDetailOutput
from assets.inputs.costs import DeleteCostOutput
from assets.inputs.words import NoInput
from dam.core.access import Permission
from dam.core.web.api import Endpoint, etag_of, single


class AssetRestoreView(Endpoint):
    path_kind = "asset"
    permissions = {"POST": Permission.TRASH}
    inputs = {"POST": NoInput}
    statuses = {"POST": 200}
    outputs = {"POST": AssetDetailOutput}

    def post(self, request: Request, id: str) -> Response:
        """Take an asset out of the trash."""
        self.query()
        self.input()
        asset = queries.asset_for(self.actor, self.path_id, self.required, lock=True, trashed=True)
        self.check_if_match(etag_of(asset))
        asset = services.restore_asset(self.actor, asset=asset)
        return single(queries.asset_document(self.actor, asset), asset)


class DeleteCostView(Endpoint):
    path_kind = "asset"
    permissions = {"GET": Permission.TRASH}
    outputs = {"GET": DeleteCostOutput}

    def get(self, request: Request, id: str) -> Response:
        """Tell what purging an asset now would cost, before it happens."""
        self.query()
        asset = queries.asset_for(self.actor, self.path_id, self.required, trashed=True)
        return Response(queries.delete_cost(asset))
