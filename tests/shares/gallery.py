"""Assets to share and comment on, and guests to show them to."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from assets.models import Asset, Version
from assets.services import acknowledge_master, set_facts
from dam.core import tenancy
from tests.cast import Answer, Api, Cast

VIDEO_FACTS: dict[str, Any] = {
    "duration": 4.0,
    "frame_rate": "25/1",
    "frame_count": 100,
    "start_timecode": "10:00:00:00",
    "drop_frame": False,
    "width": 320,
    "height": 180,
}


def make_asset(
    cast: Cast,
    title: str = "Clip",
    *,
    asset: Asset | None = None,
    project_id: UUID | None = None,
    **facts: Any,
) -> tuple[Asset, Version]:
    """Enter bytes that nobody reads; with `asset`, as its next version."""
    project_id = project_id or cast.project.id
    sha256 = hashlib.sha256(f"{title} {project_id} {facts}".encode()).hexdigest()
    organization_id = cast.org_id if project_id == cast.project.id else cast.foreign.organization_id
    with tenancy.scope(organization_id):
        made, version = acknowledge_master(
            actor=cast.owner.actor,
            project_id=project_id,
            asset_id=asset.id if asset else None,
            title=title,
            name=f"{title}.mov",
            content_type="video/quicktime",
            kind="video",
            sha256=sha256,
            size=1000,
            key=f"{organization_id}/{sha256}/master",
            version_id="v1",
            lock_mode="GOVERNANCE",
            locked_until=None,
        )
        if facts:
            set_facts(sha256=sha256, facts=facts)
        version.refresh_from_db()
    return made, version


def share(cast: Cast, *assets: Asset, by: str = "editor", **terms: Any) -> Answer:
    """Make a share through the API."""
    body = {"project": str(cast.project.id), "assets": [str(each.id) for each in assets]} | terms
    answer: Answer = getattr(cast, by).post("/api/shares", body)
    assert answer.status == 201, answer
    return answer


class Guest(Api):
    """A browser without an account: it keeps cookies."""

    def __init__(self, token: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(headers=headers)
        self.base = f"/api/s/{token}"

    def look(self) -> Answer:
        return self.get(self.base)

    def unlock(self, **body: Any) -> Answer:
        return self.post(f"{self.base}/unlock", body)

    def assets(self) -> Answer:
        return self.get(f"{self.base}/assets")

    def comments(self, version: Version) -> Answer:
        return self.get(f"{self.base}/versions/{version.id}/comments")

    def comment(self, version: Version, **body: Any) -> Answer:
        return self.post(f"{self.base}/versions/{version.id}/comments", body)

    def download(self, version: Version) -> Answer:
        return self.get(f"{self.base}/versions/{version.id}/download")
