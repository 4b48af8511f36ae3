"""Endpoints of the catalogue: assets, versions, collections."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.fieldtypes import PRESETS
from assets.inputs import (
    AssetChange,
    AssetDetailOutput,
    AssetOutput,
    AssetsQuery,
    AttachInput,
    ChangedFieldOutput,
    CollectionChange,
    CollectionInput,
    CollectionOutput,
    CollectionsQuery,
    FieldChange,
    FieldDeletion,
    FieldInput,
    FieldOutput,
    FieldsQuery,
    ItemsInput,
    NoInput,
    OneAssetQuery,
    PresetInput,
    SidecarOutput,
    VersionOutput,
)
from dam.core.access import Permission
from dam.core.web.api import Endpoint, IdempotentEndpoint, ListQuery, encoded, etag_of, single
from dam.core.web.outputs import all_of, page_of
from dam.core.web.pagination import paginate
from orgs.queries import client_for, project_for, project_in_body, require_in_organization

FILTERS = ("project", "client", "q", "kind", "tag", "collection", "created_after", "trashed")


class AssetsView(Endpoint):
    is_hot = asks_ahead = True
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": AssetsQuery}
    outputs = {"GET": page_of(AssetOutput)}
    query_kinds = {"org": "org", "client": "client", "project": "project", "collection": "collection"}

    def get(self, request: Request) -> HttpResponse:
        """List the assets that the caller sees."""
        query = self.query()
        self._check_places(query)
        page = queries.asset_page(
            self.actor,
            queries.AssetFilter(
                fields=queries.conditions_of(self.actor, query["fields"], project_id=query.get("project")),
                **{name: query[name] for name in FILTERS if name in query},
            ),
            self.page(query, sort=query["sort"]),
            include=[query["include"]] if "include" in query else [],
        )
        return encoded(page.encoded())

    def _check_places(self, query: dict[str, Any]) -> None:
        """A place that the caller cannot see is not found, rather than empty."""
        if "project" in query:
            queries.check_project(self.actor, query["project"], self.required)
        if "client" in query:
            client_for(self.actor, query["client"], self.required)
        if "collection" in query:
            queries.collection_for(self.actor, query["collection"], self.required)


class AssetView(Endpoint):
    is_hot = True
    path_kind = "asset"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.EDIT, "DELETE": Permission.TRASH}
    inputs = {"PATCH": AssetChange}
    queries = {"GET": OneAssetQuery}
    outputs = {"GET": AssetDetailOutput, "PATCH": AssetDetailOutput}

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
        """Move an asset to the trash."""
        self.query()
        asset = queries.asset_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(asset))
        services.trash_asset(self.actor, asset=asset)
        return Response(status=204)


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
        asset = services.restore_asset(self.actor, asset=asset)
        return single(queries.asset_document(self.actor, asset), asset)


class AssetVersionsView(Endpoint):
    path_kind = "asset"
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": ListQuery}
    outputs = {"GET": page_of(VersionOutput)}

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


class VersionSidecarsView(Endpoint):
    path_kind = "version"
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": ListQuery}
    outputs = {"GET": page_of(SidecarOutput)}

    def get(self, request: Request, id: str) -> Response:
        """List the files that stand beside a version."""
        query = self.query()
        version = queries.version_for(self.actor, self.path_id, self.required)
        page = paginate(queries.sidecars_of(version), self.page(query, sort="created_at"))
        return Response(page.envelope([queries.sidecar_document(each) for each in page.rows]))


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
        version = queries.version_for(self.actor, self.path_id, self.required)
        asset = queries.asset_for(self.actor, version.asset_id, self.required, lock=True)
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
        version = queries.version_for(self.actor, self.path_id, self.required)
        asset = queries.asset_for(self.actor, version.asset_id, self.required, lock=True)
        version = queries.version_for(self.actor, self.path_id, self.required, lock=True)
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


class CollectionsView(IdempotentEndpoint):
    permissions = {"GET": Permission.VIEW, "POST": Permission.EDIT}
    inputs = {"POST": CollectionInput}
    queries = {"GET": CollectionsQuery}
    outputs = {"GET": page_of(CollectionOutput), "POST": CollectionOutput}

    def get(self, request: Request) -> Response:
        """List the collections that the caller sees."""
        query = self.query()
        if "project" in query:
            project_for(self.actor, query["project"], self.required)
        rows = queries.visible_collections(self.actor, project_id=query.get("project"))
        page = paginate(rows, self.page(query, sort="-created_at"))
        return Response(page.envelope([queries.collection_document(each) for each in page.rows]))

    def post(self, request: Request) -> Response:
        """Create an empty collection."""
        given = self.input()
        project = project_in_body(self.actor, given["project"], self.required)
        parent = (
            queries.collection_in_body(self.actor, given["parent"], self.required, field="parent")
            if given.get("parent")
            else None
        )
        row = services.create_collection(
            actor=self.actor, project_id=project.id, name=given["name"], parent=parent
        )
        return single(queries.collection_document(row), row, status=201)


class CollectionView(Endpoint):
    path_kind = "collection"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.EDIT, "DELETE": Permission.EDIT}
    inputs = {"PATCH": CollectionChange}
    outputs = {"GET": CollectionOutput, "PATCH": CollectionOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a collection."""
        self.query()
        row = queries.collection_for(self.actor, self.path_id, self.required)
        return single(queries.collection_document(row), row)

    def patch(self, request: Request, id: str) -> Response:
        """Rename or move a collection."""
        self.query()
        row = queries.collection_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        given = self.partial_input()
        parent = (
            queries.collection_in_body(self.actor, given["parent"], self.required, field="parent")
            if given.get("parent")
            else None
        )
        row = services.edit_collection(
            row, actor=self.actor, name=given.get("name"), parent=parent, moves="parent" in given
        )
        return single(queries.collection_document(row), row)

    def delete(self, request: Request, id: str) -> Response:
        """Delete a collection; its assets stay."""
        self.query()
        row = queries.collection_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        services.delete_collection(row, actor=self.actor)
        return Response(status=204)


class CollectionAssetsView(Endpoint):
    path_kind = "collection"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": ItemsInput}
    statuses = {"POST": 200}
    outputs = {"POST": CollectionOutput}

    def post(self, request: Request, id: str) -> Response:
        """Put assets into a collection and take others out."""
        row = queries.collection_for(self.actor, self.path_id, self.required, lock=True)
        given = self.input()
        services.change_items(row, actor=self.actor, add=given["add"], remove=given["remove"])
        return single(queries.collection_document(row), row)


class FieldsView(IdempotentEndpoint):
    body_kinds = {"org": "org"}
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_FIELDS}
    inputs = {"POST": FieldInput}
    queries = {"GET": FieldsQuery}
    outputs = {"GET": page_of(FieldOutput), "POST": FieldOutput}

    def get(self, request: Request) -> Response:
        """List the custom fields of an organisation, or those that a project's assets have, in their order."""
        query = self.query()
        if "project" in query:
            project_for(self.actor, query["project"], self.required)
        rows = queries.visible_fields(self.actor, project_id=query.get("project"))
        page = paginate(rows, self.page(query, sort="order"))
        return Response(page.envelope([queries.field_document(each) for each in page.rows]))

    def post(self, request: Request) -> Response:
        """Define a custom field."""
        require_in_organization(self.actor, self.organization_id, self.required)
        given = {name: value for name, value in self.input().items() if name != "org"}
        row = services.create_field(actor=self.actor, given=given)
        return single(queries.field_document(row), row, status=201)


class FieldView(Endpoint):
    path_kind = "field"
    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.MANAGE_FIELDS,
        "DELETE": Permission.MANAGE_FIELDS,
    }
    inputs = {"PATCH": FieldChange}
    queries = {"DELETE": FieldDeletion}
    outputs = {"GET": FieldOutput, "PATCH": ChangedFieldOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a custom field."""
        self.query()
        row = queries.field_for(self.actor, self.path_id, self.required)
        return single(queries.field_document(row), row)

    def patch(self, request: Request, id: str) -> Response:
        """Change a custom field; `effect` tells what that does, or with `dry_run` would do, to values in use."""
        row = queries.field_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        changes = self.partial_input()
        migrates, is_trial = changes.pop("migrate", False), changes.pop("dry_run", False)
        effect = services.edit_field(
            row, actor=self.actor, changes=changes, migrates=migrates, is_trial=is_trial
        )
        return single(queries.field_document(row) | {"effect": effect.document()}, row)

    def delete(self, request: Request, id: str) -> Response:
        """Take a custom field away; with `force=true` also where assets have values of it."""
        query = self.query()
        row = queries.field_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        services.delete_field(row, actor=self.actor, even_if_used=query["force"])
        return Response(status=204)


class FieldPresetsView(Endpoint):
    body_kinds = {"org": "org"}
    permissions = {"POST": Permission.MANAGE_FIELDS}
    inputs = {"POST": PresetInput}
    statuses = {"POST": 201}
    outputs = {"POST": all_of(FieldOutput)}

    def post(self, request: Request) -> Response:
        """Define the fields of a set that the organisation lacks; answers with all of the set's."""
        require_in_organization(self.actor, self.organization_id, self.required)
        rows = services.apply_preset(actor=self.actor, preset=PRESETS[self.input()["preset"]])
        return Response({"results": [queries.field_document(each) for each in rows]}, status=201)
