"""Endpoints of previews: have them built, play them, look at one frame."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from assets.queries import version_for
from dam.core.access import Permission, Target, require
from dam.core.errors import NotFound, unseen
from dam.core.web.api import Endpoint
from dam.core.web.guests import GuestEndpoint
from dam.core.web.pagination import paginate
from jobs.presentation import job_document
from previews import queries, services
from previews.inputs import (
    ConformanceOutput,
    EgressPageOutput,
    EgressQuery,
    PlaybackOutput,
    PlaybackQuery,
    PlaybacksInput,
    PlaybacksOutput,
    PreviewInput,
    PreviewJobsOutput,
)

MAX_FRAME_DIGITS = 12


class PreviewView(Endpoint):
    permissions = {"POST": Permission.REBUILD}
    body_kinds = {"org": "org"}
    inputs = {"POST": PreviewInput}
    outputs = {"POST": PreviewJobsOutput}
    repeated = {"POST": 200}
    statuses = {"POST": 202}

    def post(self, request: Request) -> Response:
        """Have the previews of a digest built; again, the same jobs."""
        self.query()
        given = self.input()
        version = queries.version_with_digest(self.actor, given["version_sha"], self.required)
        jobs, is_new = services.request_renditions(
            given.get("renditions") or (),
            sha256=version.sha256,
            version_id=version.id,
            project_id=version.asset.project_id,
            actor_id=self.actor.id,
            force=given["force"],
        )
        return Response({"jobs": [job_document(each) for each in jobs]}, status=202 if is_new else 200)


class PlaybackView(Endpoint):
    path_kind = "version"
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": PlaybackOutput}
    queries = {"GET": PlaybackQuery}

    def get(self, request: Request, id: str) -> Response:
        """Return the signed addresses at which a version plays."""
        is_missing = self.query()["missing"]
        version = version_for(self.actor, self.path_id, self.required)
        return Response(services.play(self.actor, version, is_missing=is_missing))


class GuestPlaybackView(GuestEndpoint):
    path_kind = "version"
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": PlaybackOutput}
    queries = {"GET": PlaybackQuery}

    def get(self, request: Request, token: str, id: str) -> Response:
        """Return the signed addresses at which a version that the link shows plays."""
        is_missing = self.query()["missing"]
        version = version_for(self.actor, self.path_id, self.required)
        if self.actor.share is not None and self.actor.share.watermark:
            services.look_at(self.actor, version, is_missing=is_missing)
            return Response(services.marked_playback(self.actor, version))
        return Response(services.play(self.actor, version, is_missing=is_missing))


class PlaybacksView(Endpoint):
    reads_by_post = True
    needs_organization = False
    permissions = {"POST": Permission.VIEW}
    inputs = {"POST": PlaybacksInput}
    outputs = {"POST": PlaybacksOutput}
    statuses = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Return the addresses of many versions at once; those that cannot be seen are left out."""
        self.query()
        given = self.input()
        organizations = self._organizations(given.get("org"))
        found = queries.playbacks(self.actor, given["versions"], organization_ids=organizations)
        return Response({"results": {str(version): document for version, document in found.items()}})

    def _organizations(self, wanted: UUID | None) -> list[UUID]:
        """Look everywhere the caller belongs, unless one organisation is named."""
        if wanted is None:
            return list(self.actor.organizations)
        if wanted not in self.actor.organizations:
            raise unseen("org")
        return [wanted]


class FrameView(Endpoint):
    path_kind = "version"
    permissions = {"GET": Permission.VIEW}
    statuses = {"GET": 302}

    def get(self, request: Request, id: str, number: str) -> Response:
        """Redirect to one exact frame as a still; frames count from 0."""
        self.query()
        version = version_for(self.actor, self.path_id, self.required)
        address = services.frame_url(self.actor, version=version, number=_frame(number))
        return Response(status=302, headers={"Location": address})


class EgressView(Endpoint):
    path_kind = "org"
    permissions = {"GET": Permission.SETTINGS}
    outputs = {"GET": EgressPageOutput}
    queries = {"GET": EgressQuery}

    def get(self, request: Request, id: str) -> Response:
        """List what the edges sent for an organisation, by day (UTC) and share, the newest first; with the sum."""
        query = self.query()
        require(self.actor, self.required, Target(self.organization_id))
        rows = queries.egress(first=query.get("from"), last=query.get("to"))
        page = paginate(rows, self.page(query, sort="-created_at"))
        document = page.envelope([queries.egress_document(each) for each in page.rows])
        return Response(document | {"total": queries.egress_total(rows)})


class GuestFrameView(GuestEndpoint):
    path_kind = "version"
    permissions = {"GET": Permission.VIEW}
    statuses = {"GET": 302}

    def get(self, request: Request, token: str, id: str, number: str) -> Response:
        """Redirect to one exact frame of a version that the link shows; watermarked where the link is."""
        self.query()
        version = version_for(self.actor, self.path_id, self.required)
        address = services.frame_url(self.actor, version=version, number=_frame(number))
        return Response(status=302, headers={"Location": address})


def _frame(number: str) -> int:
    """Read the frame that a path names.

    Raises:
        NotFound: it names none.
    """
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_FRAME_DIGITS):
        raise NotFound
    return int(number)


class ConformanceView(Endpoint):
    """Open to anybody: the clips belong to no organisation and show nothing but numbers."""

    authentication_classes: list[Any] = []
    allows_anonymous = True
    needs_organization = False
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": ConformanceOutput}

    def get(self, request: Request) -> Response:
        """Return clips whose pictures carry their own frame number, to prove what a player shows."""
        self.query()
        return Response(services.conformance_document())


class ConformanceFrameView(Endpoint):
    """Open to anybody, like the clips."""

    authentication_classes: list[Any] = []
    allows_anonymous = True
    needs_organization = False
    permissions = {"GET": Permission.VIEW}
    statuses = {"GET": 302}

    def get(self, request: Request, name: str, number: str) -> Response:
        """Redirect to one exact frame of a conformance clip as a still."""
        self.query()
        address = services.conformance_frame_url(name, number=_frame(number), ip=self.actor.ip)
        return Response(status=302, headers={"Location": address})
