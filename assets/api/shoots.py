"""Endpoints of shoots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.inputs.shoots import (
    DecidedInput,
    DecidedOutput,
    ProposalOutput,
    ProposalsQuery,
    ShootAssetsInput,
    ShootChange,
    ShootInput,
    ShootOutput,
    ShootsQuery,
)
from assets.queries.shoots import Cut, Proposal
from dam.core.access import Permission
from dam.core.errors import NotFound, unseen
from dam.core.web.api import Endpoint, IdempotentEndpoint, etag_of, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from orgs.queries import client_for, project_for, project_in_body


def _described(view: Endpoint, given: dict[str, Any]) -> dict[str, Any]:
    """Return what a body says of a shoot, by column; its client must be one that the caller sees."""
    said: dict[str, Any] = {
        name: given[name] for name in ("name", "date", "place", "latitude", "longitude") if name in given
    }
    if "client" in given:
        try:
            named = given["client"]
            said["client_id"] = named and client_for(view.actor, named, Permission.VIEW).id
        except NotFound:
            raise unseen("client") from None
    return said


class ShootsView(IdempotentEndpoint):
    # Not by its client: that one is judged after the project, so that nobody learns which clients there are.
    body_kinds = {"project": "project", "org": "org"}
    permissions = {"GET": Permission.VIEW, "POST": Permission.EDIT}
    inputs = {"POST": ShootInput}
    queries = {"GET": ShootsQuery}
    outputs = {"GET": page_of(ShootOutput), "POST": ShootOutput}

    def get(self, request: Request) -> Response:
        """List the shoots that the caller sees, newest first."""
        query = self.query()
        if "project" in query:
            project_for(self.actor, query["project"], self.required)
        if "client" in query:
            client_for(self.actor, query["client"], self.required)
        rows = queries.visible_shoots(
            self.actor, project_id=query.get("project"), client_id=query.get("client")
        )
        page = paginate(rows, self.page(query, sort="-created_at"))
        return Response(page.envelope([queries.shoot_document(each) for each in page.rows]))

    def post(self, request: Request) -> Response:
        """Make a shoot, by hand or of a proposal."""
        given = self.input()
        project = project_in_body(self.actor, given["project"], self.required)
        row = services.create_shoot(
            actor=self.actor,
            project_id=project.id,
            given=_described(self, given),
            asset_ids=given["assets"],
            proposal=Proposal.of(given["proposal"]) if "proposal" in given else None,
        )
        return single(queries.shoot_document(row), row, status=201)


class ShootView(Endpoint):
    path_kind = "shoot"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.EDIT, "DELETE": Permission.EDIT}
    inputs = {"PATCH": ShootChange}
    outputs = {"GET": ShootOutput, "PATCH": ShootOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a shoot."""
        self.query()
        row = queries.shoot_for(self.actor, self.path_id, self.required)
        return single(queries.shoot_document(row), row)

    def patch(self, request: Request, id: str) -> Response:
        """Describe a shoot otherwise."""
        self.query()
        row = queries.shoot_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        changes = _described(self, self.partial_input())
        row = services.edit_shoot(row, actor=self.actor, changes=changes)
        return single(queries.shoot_document(row), row)

    def delete(self, request: Request, id: str) -> Response:
        """Delete a shoot; its assets stay."""
        self.query()
        row = queries.shoot_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        services.delete_shoot(row, actor=self.actor)
        return Response(status=204)


class ShootAssetsView(Endpoint):
    path_kind = "shoot"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": ShootAssetsInput}
    statuses = {"POST": 200}
    outputs = {"POST": ShootOutput}

    def post(self, request: Request, id: str) -> Response:
        """Put assets into a shoot, and take others out."""
        self.query()
        row = queries.shoot_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(row))
        given = self.input()
        services.change_shoot_assets(row, actor=self.actor, add=given["add"], remove=given["remove"])
        return single(queries.shoot_document(row), row)


class ShootProposalsView(Endpoint):
    permissions = {"GET": Permission.VIEW}
    queries = {"GET": ProposalsQuery}
    outputs = {"GET": page_of(ProposalOutput)}

    def get(self, request: Request) -> Response:
        """Propose shoots: what was recorded one after the other, at one place, and is in none yet."""
        query = self.query()
        queries.check_project(self.actor, query["project"], self.required)
        page = queries.proposals(
            query["project"],
            cut=Cut(gap=timedelta(minutes=query["gap"]), distance_km=query["distance"]),
            least=query["least"],
            dismissed=query["dismissed"],
            request=self.page(query, sort="-captured_at"),
        )
        return Response(page.envelope([each.document() for each in page.rows]))


class ProposalDecidedView(Endpoint):
    """What both decisions of a proposal share."""

    body_kinds = {"project": "project", "org": "org"}
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": DecidedInput}
    statuses = {"POST": 200}
    outputs = {"POST": DecidedOutput}

    def decided(self, decide: Callable[..., int]) -> Response:
        self.query()
        given = self.input()
        project = project_in_body(self.actor, given["project"], self.required)
        proposal = Proposal.of(given["proposal"])
        number = decide(actor=self.actor, project_id=project.id, proposal=proposal)
        return Response({"asset_count": number})


class ProposalDismissView(ProposalDecidedView):
    def post(self, request: Request) -> Response:
        """Propose no more what this holds, for everybody and for ever. Again: the same."""
        return self.decided(services.dismiss_proposal)


class ProposalTakeBackView(ProposalDecidedView):
    def post(self, request: Request) -> Response:
        """Propose again what was dismissed. Again: the same."""
        return self.decided(services.take_back_proposal)
