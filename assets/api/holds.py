"""Endpoints of legal holds: on a version, an asset, a project."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.inputs.holds import HoldInput, HoldOutput
from assets.queries.holds import Place
from dam.core.access import Permission
from dam.core.web.api import Endpoint, etag_of
from orgs.queries import project_for


class HoldEndpoint(Endpoint):
    """A place that can be held; subclasses load it."""

    permissions = {"GET": Permission.VIEW, "PUT": Permission.HOLD}
    inputs = {"PUT": HoldInput}
    outputs = {"GET": HoldOutput, "PUT": HoldOutput}
    statuses = {"PUT": 200}

    def place(self) -> Place:
        """Load what the path names."""
        raise NotImplementedError

    def get(self, request: Request, id: str) -> Response:
        """Tell whether this is under a legal hold, of its own or by what it is part of."""
        self.query()
        place = self.place()
        return self._answer(place, queries.hold_of(place))

    def put(self, request: Request, id: str) -> Response:
        """Set or release the legal hold; the file storage keeps it too."""
        self.query()
        place, given = self.place(), self.input()
        services.await_holds(place)
        self.check_if_match(_etag(queries.hold_of(place)))
        hold, job = services.set_hold(self.actor, place=place, on=given["on"], reason=given.get("reason", ""))
        return self._answer(place, hold, job_id=job.id if job else None)

    def _answer(self, place: Place, hold: Any, *, job_id: UUID | None = None) -> Response:
        document = queries.hold_document(place, hold, job_id=job_id)
        return Response(document, headers={"ETag": _etag(hold)})


def _etag(hold: Any) -> str:
    """Return the entity tag of a place's own hold; where there is none, that is a state like any other."""
    return etag_of(hold) if hold is not None else '"none"'


class VersionHoldView(HoldEndpoint):
    path_kind = "version"

    def place(self) -> Place:
        return queries.version_for(self.actor, self.path_id, self.required, trashed=True)


class AssetHoldView(HoldEndpoint):
    path_kind = "asset"

    def place(self) -> Place:
        is_write = self.request.method == "PUT"
        return queries.asset_for(self.actor, self.path_id, self.required, lock=is_write, trashed=True)


class ProjectHoldView(HoldEndpoint):
    path_kind = "project"

    def place(self) -> Place:
        return project_for(self.actor, self.path_id, self.required)
