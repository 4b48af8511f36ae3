"""Endpoints of assets: list, one, into the trash."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.inputs.assets import (
    AssetChange,
    AssetDetailOutput,
    AssetListOutput,
    AssetsQuery,
    DeleteQuery,
    OneAssetQuery,
)
from dam.core import ahead
from dam.core.access import Permission
from dam.core.web.api import Endpoint, encoded, etag_of, single
from jobs.inputs import JobOutput
from jobs.presentation import job_document


class AssetsView(Endpoint):
    is_hot = asks_ahead = True
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": AssetsQuery}
    outputs = {"GET": AssetListOutput}
    query_kinds = {"org": "org", "client": "client", "project": "project", "collection": "collection"}

    def get(self, request: Request) -> HttpResponse:
        """List the assets that the caller sees."""
        query = self.query()
        queries.check_places(self.actor, query["filters"], permission=self.required)
        page = queries.asset_page(
            self.actor,
            queries.filter_from(self.actor, query["filters"]),
            self.page(query, sort=query["sort"]),
            include=query.get("include", []),
        )
        ahead.learn(page.rote)
        return encoded(page.encoded())


class AssetView(Endpoint):
    is_hot = True
    path_kind = "asset"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.EDIT, "DELETE": Permission.TRASH}
    inputs = {"PATCH": AssetChange}
    queries = {"GET": OneAssetQuery, "DELETE": DeleteQuery}
    outputs = {"GET": AssetDetailOutput, "PATCH": AssetDetailOutput, "DELETE": JobOutput}
    statuses = {"DELETE": 204}
    repeated = {"DELETE": 202}

    def get(self, request: Request, id: str) -> Response:
        """Return an asset with its versions and shares."""
        include = self.query().get("include")
        asset = queries.asset_for(self.actor, self.path_id, self.required)
        document = queries.asset_document(self.actor, asset, include=[include] if include else [])
        return single(document, asset)

    def patch(self, request: Request, id: str) -> Response:
        """Change an asset's title, tags or fields."""
        self.query()
        asset = queries.asset_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(asset))
        asset = services.edit_asset(self.actor, asset=asset, changes=self.partial_input())
        return single(queries.asset_document(self.actor, asset), asset)

    def delete(self, request: Request, id: str) -> Response:
        """Move an asset to the trash; with `purge`, take it out of there for good, by a job that it answers with."""
        if self.query()["purge"]:
            return self._purge()
        asset = queries.asset_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(asset))
        services.trash_asset(self.actor, asset=asset)
        return Response(status=204)

    def _purge(self) -> Response:
        asset = queries.asset_for(self.actor, self.path_id, Permission.PURGE, lock=True, trashed=True)
        self.check_if_match(etag_of(asset))
        return Response(job_document(services.purge_asset(self.actor, asset=asset)), status=202)
