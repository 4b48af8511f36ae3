"""Assets for tests, made through the room's own door; no bytes lie behind them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.models import Asset, Version
from assets.services import acknowledge_master
from dam.core import tenancy
from dam.core.access import SYSTEM
from orgs.models import Project


def new_digest() -> str:
    return hashlib.sha256(secrets.token_bytes(8)).hexdigest()


def deliver(project: Project, **changes: Any) -> tuple[Asset, Version]:
    """Enter a delivery in the catalogue; by default a new video of one megabyte."""
    digest = changes.pop("sha256", None) or new_digest()
    given: dict[str, Any] = {
        "actor": SYSTEM,
        "project_id": project.id,
        "name": "Opening shot.mov",
        "content_type": "video/quicktime",
        "kind": "video",
        "sha256": digest,
        "size": 1_000_000,
        "key": f"{project.organization_id}/{digest}/master",
        "version_id": "v1",
        "lock_mode": "GOVERNANCE",
        "locked_until": datetime.now(UTC) + timedelta(days=30),
    } | changes
    with tenancy.scope(project.organization_id):
        return acknowledge_master(**given)


def titles(answer: Any) -> list[str]:
    return [each["title"] for each in answer["results"]]


def queries_of(call: Any) -> int:
    """Return how many statements a call sends, transaction control left out."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return sum(not each["sql"].startswith(("SAVEPOINT", "RELEASE")) for each in captured.captured_queries)
