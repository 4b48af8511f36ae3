"""A journey of a clip through the running platform, in one trace and under one request id."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from dam.core import tenancy
from jobs.models import Job
from tests.cast import Api, Cast, build_cast
from tests.ingest import sending
from tests.observability.platform_processes import Platform
from tests.previews.media import clip

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
REQUEST = "journey-of-a-clip"


class Caller(Api):
    """A person whose requests go to the running API, in one trace and under one id."""

    platform: Platform

    def send(self, method: str, path: str, body: Any = None, **_: Any) -> Any:
        headers = self.headers | {"X-Request-ID": REQUEST, "traceparent": TRACEPARENT}
        return _Reply(self.platform.send(method, path, orjson.dumps(body), headers=headers))


class _Reply:
    """An answer as `tests.ingest.sending` reads it."""

    def __init__(self, answer: Any) -> None:
        self.status, self.json = answer.status, answer.json

    def __getitem__(self, name: str) -> Any:
        return self.json[name]


@dataclass
class Journey:
    """A clip that was sent, promoted and made into previews by the running platform."""

    cast: Cast
    promote: Job
    preview: Job
    name: str


def travel(running: Platform) -> Journey:
    """Send a clip, and wait until both jobs have ended."""
    cast = build_cast()
    caller = Caller(cast.editor.person)
    caller.platform = running
    path = clip("observed.mov", "25", frames=30)
    body = path.read_bytes()
    done = sending.upload(cast, body, api=caller, name="secret-name-of-a-film.mov")
    asked = sending.promote(cast, done["staging_key"], sending.digest(body), api=caller)
    assert asked.status == 202, asked.json
    promote = _ended(cast.org_id, id=UUID(asked["id"]))
    preview = _ended(cast.org_id, kind="preview")
    return Journey(cast, promote, preview, "secret-name-of-a-film.mov")


def _ended(organization_id: UUID, **wanted: Any) -> Job:
    deadline = time.monotonic() + 60
    while True:
        with tenancy.scope(organization_id):
            job = Job.objects.filter(**wanted).first()
        connection.close()
        if job is not None and job.state == "succeeded":
            return job
        assert job is None or job.state != "failed", job.error
        assert time.monotonic() < deadline, f"{wanted} has not ended"
        time.sleep(0.1)
