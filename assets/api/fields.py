"""Endpoints of custom fields."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.fieldpresets import PRESETS
from assets.inputs.fields import (
    ChangedFieldOutput,
    FieldChange,
    FieldDeletion,
    FieldInput,
    FieldOutput,
    FieldsQuery,
    PresetInput,
)
from dam.core.access import Permission
from dam.core.web.api import Endpoint, IdempotentEndpoint, etag_of, single
from dam.core.web.outputs import all_of, page_of
from dam.core.web.pagination import paginate
from orgs.queries import project_for, require_in_organization


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
