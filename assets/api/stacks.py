"""Endpoints of versions and their stacks."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.inputs.assets import AssetDetailOutput
from assets.inputs.stacks import AttachInput, CloneInput, VersionOutput
from assets.inputs.words import NoInput
from dam.core.access import Permission
from dam.core.web.api import Endpoint, ListQuery, etag_of, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate


class AssetVersionsView(Endpoint):
    path_kind = "asset"
    permissions = {"GET": Permission.VIEW, "POST": Permission.EDIT}
    inputs = {"POST": CloneInput}
    queries = {"GET": ListQuery}
    outputs = {"GET": page_of(VersionOutput), "POST": VersionOutput}
    statuses = {"POST": 201}

    def post(self, request: Request, id: str) -> Response:
        """Make a new version that repeats one of the asset, without another file; one with a file comes by promotion."""
        self.query()
        given = self.input()
        asset = queries.asset_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(asset))
        source = queries.version_of_stack(asset, given.get("version"))
        version = services.clone_version(self.actor, asset=asset, source=source, name=given.get("name"))
        return single(queries.version_document(version), version, status=201)

    def get(self, request: Request, id: str) -> Response:
        """List an asset's versions, newest first."""
        query = self.query()
        asset = queries.asset_for(self.actor, self.path_id, self.required)
        page = paginate(queries.versions_of([asset.id]), self.page(query, sort="-number"))
        return Response(page.envelope([queries.version_document(each) for each in page.rows]))


class VersionView(Endpoint):
    path_kind = "version"
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": VersionOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a version with its media facts."""
        self.query()
        version = queries.version_for(self.actor, self.path_id, self.required)
        return single(queries.version_document(version), version)


class VersionPromoteView(Endpoint):
    path_kind = "version"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": NoInput}
    statuses = {"POST": 200}
    outputs = {"POST": AssetDetailOutput}

    def post(self, request: Request, id: str) -> Response:
        """Make a version the head of its stack; answers with the asset."""
        self.query()
        self.input()
        asset, version = queries.version_in_stack(self.actor, self.path_id, self.required)
        self.check_if_match(etag_of(asset), etag_of(version))
        asset = services.promote_version(self.actor, asset=asset, version=version)
        return single(queries.asset_document(self.actor, asset), asset)


class AssetAttachView(Endpoint):
    path_kind = "asset"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": AttachInput}
    statuses = {"POST": 200}
    outputs = {"POST": AssetDetailOutput}

    def post(self, request: Request, id: str) -> Response:
        """Put another asset's versions on top of this one's; the other is no more."""
        self.query()
        named = self.input()["asset"]
        queries.lock_assets(self.path_id, named)
        asset = queries.asset_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(asset))
        other = queries.asset_in_body(self.actor, named, self.required, lock=True)
        asset = services.attach_asset(self.actor, asset=asset, other=other)
        return single(queries.asset_document(self.actor, asset), asset)


class VersionDetachView(Endpoint):
    path_kind = "version"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": NoInput}
    statuses = {"POST": 201}
    outputs = {"POST": AssetDetailOutput}

    def post(self, request: Request, id: str) -> Response:
        """Make a version an asset of its own; answers with that asset."""
        self.query()
        self.input()
        asset, version = queries.version_in_stack(self.actor, self.path_id, self.required)
        self.check_if_match(etag_of(asset), etag_of(version))
        fresh = services.detach_version(self.actor, asset=asset, version=version)
        return single(queries.asset_document(self.actor, fresh), fresh, status=201)


class VersionDownloadView(Endpoint):
    path_kind = "version"
    permissions = {"GET": Permission.DOWNLOAD}
    statuses = {"GET": 302}

    def get(self, request: Request, id: str) -> Response:
        """Redirect to a short-lived address of the master."""
        self.query()
        version = queries.version_for(self.actor, self.path_id, self.required)
        return Response(status=302, headers={"Location": services.download_url(self.actor, version=version)})
