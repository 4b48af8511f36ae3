"""One of everything, so that generated requests meet things that exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assets.models import Sidecar, Version
from dam.core import tenancy
from dam.core.web.parsing import as_uuid
from tests.cast import Api, Cast
from tests.ingest.sending import presign
from tests.shares.gallery import VIDEO_FACTS, make_asset, share


@dataclass
class World:
    """Ids by the word that stands before them in a path, and the owner who may do everything."""

    owner: Api
    ids: dict[str, str]
    token: str
    calls: int = 0

    def place(self, case: Any) -> None:
        """Let every other request name things that exist, and leave conditions and keys to the rest."""
        self.calls += 1
        if self.calls % 2 == 0:
            return
        for name in ("If-Match", "Idempotency-Key"):
            (case.headers or {}).pop(name, None)
        words = case.path.split("/")
        for name in case.path_parameters or {}:
            place = next(index for index, word in enumerate(words) if f"{{{name}}}" in word)
            case.path_parameters[name] = (
                self.token if name == "token" else self.ids.get(words[place - 1], "0")
            )
        for name in ("project", "org", "client"):
            if isinstance(case.body, dict) and as_uuid(case.body.get(name)):
                case.body[name] = self.ids[f"{name}s"]

    def headers_for(self, case: Any) -> dict[str, str]:
        """Guests hold a link and nothing else."""
        return {} if case.path.startswith("/api/s/") else self.owner.headers


def put_beside(version: Version) -> Sidecar:
    with tenancy.scope(version.organization_id):
        return Sidecar.objects.create(version=version, master_id=version.master_id, kind="srt", name="en.srt")


def make_world(cast: Cast) -> World:
    """Make one of everything in the cast's organisation."""
    asset, version = make_asset(cast, **VIDEO_FACTS)
    made = share(cast, asset, allow_comments=True, allow_download=True)
    comment = cast.owner.post(f"/api/versions/{version.id}/comments", {"body": "Nice."})
    collection = cast.owner.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"})
    client = cast.owner.post("/api/clients", {"name": "Client"})
    members = cast.owner.get(f"/api/projects/{cast.project.id}/members")["results"]
    upload = presign(cast)
    beside = put_beside(version)
    job = cast.owner.post("/api/preview", {"version_sha": version.sha256})
    field = cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    mirror = cast.owner.post("/api/mirrors", {"name": "Mirror", "template": "{name}"})
    token = cast.owner.post("/api/tokens", {"name": "Other"})
    shoot = cast.owner.post("/api/shoots", {"project": str(cast.project.id), "name": "Harbour"})
    make_asset(cast, **VIDEO_FACTS)  # the same bytes once more: a pair of duplicates
    pair = cast.owner.get("/api/duplicates")["results"][0]
    ids = {
        "assets": asset.id,
        "versions": version.id,
        "sidecars": beside.id,
        "frames": 7,
        "shares": made["id"],
        "comments": comment["id"],
        "collections": collection["id"],
        "searches": cast.owner.post("/api/searches", {"name": "Saved", "query": {}})["id"],
        "fields": field["id"],
        "mirrors": mirror["id"],
        "clients": client["id"],
        "duplicates": pair["id"],
        "shoots": shoot["id"],
        "projects": cast.project.id,
        "project": cast.project.id,
        "orgs": cast.org_id,
        "members": members[0]["id"],
        "uploads": upload["upload"]["id"],
        "jobs": job["jobs"][0]["id"],
        "tokens": token.json.get("id", cast.org_id),
    }
    return World(cast.owner, {name: str(each) for name, each in ids.items()}, made["token"])
