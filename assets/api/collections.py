"""Endpoints of collections."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.inputs.collections import (
    CollectionChange,
    CollectionInput,
    CollectionOutput,
    CollectionsQuery,
    ItemsInput,
)
from dam.core.access import Permission
from dam.core.web.api import Endpoint, IdempotentEndpoint, etag_of, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from orgs.queries import project_for, project_in_body


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
        return Response(page.envelope(queries.collection_documents(self.actor, page.rows)))

    def post(self, request: Request) -> Response:
        """Create an empty collection, or a smart one, which shows what its query finds."""
        given = self.input()
        project = project_in_body(self.actor, given["project"], self.required)
        if given.get("parent"):
            services.keep_nesting_still()
        parent = (
            queries.collection_in_body(self.actor, given["parent"], self.required, field="parent")
            if given.get("parent")
            else None
        )
        row = services.create_collection(
            actor=self.actor,
            project_id=project.id,
            name=given["name"],
            parent=parent,
            query=given.get("query"),
        )
        return single(queries.collection_document(row, actor=self.actor), row, status=201)


class CollectionView(Endpoint):
    path_kind = "collection"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.EDIT, "DELETE": Permission.EDIT}
    inputs = {"PATCH": CollectionChange}
    outputs = {"GET": CollectionOutput, "PATCH": CollectionOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a collection."""
        self.query()
        row = queries.collection_for(self.actor, self.path_id, self.required)
        return single(queries.collection_document(row, actor=self.actor), row)

    def patch(self, request: Request, id: str) -> Response:
        """Rename or move a collection, or give a smart one another query."""
        self.query()
        services.keep_nesting_still()
        row = queries.collection_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        given = self.partial_input()
        parent = (
            queries.collection_in_body(self.actor, given["parent"], self.required, field="parent")
            if given.get("parent")
            else None
        )
        row = services.edit_collection(
            row,
            actor=self.actor,
            name=given.get("name"),
            parent=parent,
            moves="parent" in given,
            query=given.get("query"),
        )
        return single(queries.collection_document(row, actor=self.actor), row)

    def delete(self, request: Request, id: str) -> Response:
        """Delete a collection; its assets stay."""
        self.query()
        services.keep_nesting_still()
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
        """Put assets into a collection, take others out, and order them."""
        row = queries.collection_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        given = self.input()
        moved = given.get("order", given["add"] if "before" in given else None)
        order = None
        if moved is not None:
            order = services.Order(
                moved, before=given.get("before"), at_end="before" in given and given["before"] is None
            )
        services.change_items(row, actor=self.actor, add=given["add"], remove=given["remove"], order=order)
        return single(queries.collection_document(row, actor=self.actor), row)
