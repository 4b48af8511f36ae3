"""Deliveries with real bytes in the masters bucket, and real jobs run in this process."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, TypeVar

from assets.models import Asset, Version
from dam.core import storage, tenancy
from dam.core.db import TenantModel
from jobs.models import Job
from jobs.services import run
from orgs.models import Project
from previews.models import Preview
from previews.services import request_build
from tests.assets.catalogue import deliver

_Row = TypeVar("_Row", bound=TenantModel)


def store(project: Project, path: Path, **changes: Any) -> tuple[Asset, Version]:
    """Put a file into the masters bucket and enter it in the catalogue."""
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    key = f"{project.organization_id}/{digest}/master"
    stored = storage.put_bytes("promoter", "masters", key, body, content_type="application/octet-stream")
    given = {"sha256": digest, "size": len(body), "name": path.name, "version_id": stored.version_id}
    return deliver(project, key=key, **(given | changes))


def request(version: Version, *, force: bool = False) -> tuple[Preview, list[Job], bool]:
    with tenancy.scope(version.organization_id):
        return request_build(
            sha256=version.sha256,
            version_id=version.id,
            project_id=version.asset.project_id,
            actor_id=None,
            force=force,
        )


def build(version: Version, *, force: bool = False) -> Job:
    """Ask for the previews and do the job here and now."""
    _, [job], _ = request(version, force=force)
    assert run(job.id, organization_id=version.organization_id)
    return fresh(job)


def fresh(row: _Row) -> _Row:
    with tenancy.scope(row.organization_id):
        return type(row).objects.get(pk=row.pk)


def preview_of(version: Version) -> Preview:
    with tenancy.scope(version.organization_id):
        return Preview.objects.get(sha256=version.sha256, is_active=True)
