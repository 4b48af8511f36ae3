"""Endpoints of saved searches."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.inputs.searches import SavedSearchOutput, SearchChange, SearchInput
from dam.core.access import Permission
from dam.core.web.api import Endpoint, IdempotentEndpoint, ListQuery, etag_of, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate


class SearchesView(IdempotentEndpoint):
    body_kinds = {"org": "org"}
    permissions = {"GET": Permission.VIEW, "POST": Permission.VIEW}
    inputs = {"POST": SearchInput}
    queries = {"GET": ListQuery}
    outputs = {"GET": page_of(SavedSearchOutput), "POST": SavedSearchOutput}

    def get(self, request: Request) -> Response:
        """List the searches that the caller saved, and those that are shared with everybody here."""
        page = paginate(queries.visible_searches(self.actor), self.page(self.query(), sort="-created_at"))
        return Response(page.envelope(queries.search_documents(self.actor, page.rows)))

    def post(self, request: Request) -> Response:
        """Save a search."""
        given = self.input()
        row = services.save_search(
            self.actor,
            user_id=self.actor.user_id,
            name=given["name"],
            query=given["query"],
            shared=given["shared"],
        )
        return single(queries.search_documents(self.actor, [row])[0], row, status=201)

    def judge_again(self) -> None:
        """Let whoever saved it have the answer again: a search asks for no more than its maker sees."""


class SearchView(Endpoint):
    path_kind = "search"
    permissions = dict.fromkeys(("GET", "PATCH", "DELETE"), Permission.VIEW)
    inputs = {"PATCH": SearchChange}
    outputs = {"GET": SavedSearchOutput, "PATCH": SavedSearchOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a saved search."""
        self.query()
        row = queries.search_for(self.actor, self.path_id)
        return single(queries.search_documents(self.actor, [row])[0], row)

    def patch(self, request: Request, id: str) -> Response:
        """Change a saved search: its maker may, and an admin where it is shared."""
        self.query()
        row = queries.search_for(self.actor, self.path_id, lock=True, edits=True)
        self.check_if_match(etag_of(row))
        row = services.edit_search(row, actor=self.actor, changes=self.partial_input())
        return single(queries.search_documents(self.actor, [row])[0], row)

    def delete(self, request: Request, id: str) -> Response:
        """Throw a saved search away."""
        self.query()
        row = queries.search_for(self.actor, self.path_id, lock=True, edits=True)
        self.check_if_match(etag_of(row))
        services.delete_search(row)
        return Response(status=204)
