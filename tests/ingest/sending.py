"""Sending files as a client does: presign, parts by PUT, complete, promote."""

from __future__ import annotations

import hashlib
import secrets
import urllib.error
import urllib.request
from typing import Any
from uuid import UUID

from dam.core import storage, tenancy
from ingest.manifest import master_key
from jobs import services as jobs
from jobs.models import Job
from tests.cast import Answer, Api, Cast

ETags = list[dict[str, Any]]


def presign_body(cast: Cast, **changes: Any) -> dict[str, Any]:
    body = {"project": str(cast.project.id), "name": "clip.mov", "size": 11, "type": "video/quicktime"}
    return {name: value for name, value in (body | changes).items() if value is not ...}


def presign(cast: Cast, **changes: Any) -> Answer:
    return cast.editor.post("/api/presign", presign_body(cast, **changes))


def put(url: str, body: bytes) -> tuple[int, str]:
    """PUT bytes to a signed URL with nothing but their Content-Length; returns status and ETag."""
    request = urllib.request.Request(url, data=body, method="PUT")  # noqa: S310 - the store's own address
    request.add_unredirected_header("Content-Type", "")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            return answer.status, answer.headers["ETag"]
    except urllib.error.HTTPError as error:
        return error.code, ""


def send_parts(opened: Answer, body: bytes) -> ETags:
    size = opened["upload"]["part_size"]
    ledger = []
    for part in opened["parts"]:
        first = (part["number"] - 1) * size
        status, etag = put(part["url"], body[first : first + part["size"]])
        assert status == 200
        ledger.append({"number": part["number"], "etag": etag})
    return ledger


def upload(cast: Cast, body: bytes, *, api: Api | None = None, **changes: Any) -> dict[str, Any]:
    """Send a file and complete it; returns the upload's document."""
    api = api or cast.editor
    opened = api.post("/api/presign", presign_body(cast, size=len(body), **changes))
    assert opened.status == 201, opened
    done = api.post(f"/api/uploads/{opened['upload']['id']}/complete", {"parts": send_parts(opened, body)})
    assert done.status == 200, done
    document: dict[str, Any] = done.json
    return document


def promote(cast: Cast, staging_key: str, sha256: str, *, api: Api | None = None, **mapping: Any) -> Answer:
    mapping = {"project": str(cast.project.id), **mapping}
    return (api or cast.editor).post(
        "/api/promote", {"staging_key": staging_key, "mapping": mapping, "sha256": sha256}
    )


def run_job(answer: Answer) -> Job:
    """Do the job in this process, as a worker would, and return its row."""
    assert answer.status in {200, 202}, answer
    job_id, organization_id = UUID(answer["id"]), UUID(answer["organization"])
    jobs.run(job_id, organization_id=organization_id)
    with tenancy.scope(organization_id):
        return Job.objects.get(id=job_id)


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def fresh_bytes(size: int = 1000) -> bytes:
    """Bytes that start like a QuickTime file and exist nowhere else."""
    return b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + secrets.token_bytes(size - 20)


def acknowledged(cast: Cast, body: bytes, **mapping: Any) -> dict[str, Any]:
    """Bring a file all the way; returns the job's result."""
    done = upload(cast, body)
    job = run_job(promote(cast, done["staging_key"], digest(body), **mapping))
    return result_of(job)


def result_of(job: Job) -> dict[str, Any]:
    assert job.state == "succeeded", job.error
    result: dict[str, Any] = job.result or {}
    return result


def masters_of(cast: Cast, sha256: str) -> list[storage.Stored]:
    return storage.versions_of("promoter", "masters", master_key(cast.org_id, sha256))


def copies_of(cast: Cast, sha256: str) -> list[str]:
    return storage.open_multiparts("promoter", "masters", master_key(cast.org_id, sha256))


def error_of(job: Job) -> str:
    assert job.state == "failed", job.state
    return str((job.error or {})["type"]).rsplit("/", 1)[-1]
