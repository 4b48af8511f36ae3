"""Looking at everything that was there before: one job for an organisation, which goes on where it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection

from assets.models import Master
from dam.core import tenancy
from dam.core.db import new_id
from dam.core.tenancy import current_organization
from jobs import services as jobs
from jobs.errors import JobFailed
from jobs.models import Job, Priority
from jobs.services import JobRun
from similarity.models import Fingerprint
from similarity.services.looking import QUEUE, RECIPE, look_at
from similarity.services.pairing import pair_digest

BACKFILL_KIND = "find-duplicates"
_PAGE = 200
_TWINS = """
    SELECT sha256 FROM assets_version WHERE organization_id = %s AND sha256 > %s
    GROUP BY sha256 HAVING count(DISTINCT asset_id) > 1 ORDER BY sha256 LIMIT %s
"""


def request_backfill(organization_id: UUID) -> Job:
    """Queue the search through everything that an organisation has; while one is under way, that is the answer."""
    with tenancy.scope(organization_id):
        waiting = Job.objects.filter(kind=BACKFILL_KIND, state__in=["queued", "running"]).first()
        if waiting is not None:
            return waiting
        job, _ = jobs.enqueue(
            kind=BACKFILL_KIND,
            project_id=None,
            version_id=None,
            payload={},
            idem_key=str(new_id()),
            queue=QUEUE,
            created_by=None,
            priority=Priority.BULK,
        )
        return job


def backfill(run: JobRun) -> dict[str, Any]:
    """Take the fingerprints that are missing, and pair what is the same; safe to kill and to repeat.

    Raises:
        LeaseLost: the job was cancelled or taken over.
    """
    with tenancy.scope(run.organization_id):
        total = max(1, Master.objects.count())
    seen = looked = pairs = unread = 0
    for digests in _masters(run.organization_id):
        for sha256, is_known in digests:
            run.check()
            seen += 1
            if is_known:
                continue
            try:
                is_fresh = look_at(sha256, organization_id=run.organization_id)
            except JobFailed:
                unread += 1
                continue
            if is_fresh:
                looked += 1
                pairs += _paired(run, sha256)
        run.progress(min(0.9, 0.9 * seen / total))
    for sha256 in _twins(run.organization_id):
        pairs += _paired(run, sha256)
        run.progress(0.95)
    return {"looked_at": looked, "unreadable": unread, "pairs": pairs}


def _paired(run: JobRun, sha256: str) -> int:
    run.check()
    with tenancy.scope(run.organization_id):
        return pair_digest(sha256)


def _masters(organization_id: UUID) -> Iterator[list[tuple[str, bool]]]:
    """Yield pages of digests, and whether their fingerprint is known."""
    after: UUID | None = None
    while True:
        with tenancy.scope(organization_id):
            rows = Master.objects.order_by("id") if after is None else Master.objects.filter(id__gt=after)
            page = list(rows.order_by("id").values_list("id", "sha256")[:_PAGE])
            known = set(
                Fingerprint.objects.filter(
                    master_id__in=[each for each, _ in page], recipe=RECIPE
                ).values_list("master_id", flat=True)
            )
        if not page:
            return
        yield [(sha256, identity in known) for identity, sha256 in page]
        after = page[-1][0]


def _twins(organization_id: UUID) -> Iterator[str]:
    """Yield the digests that several assets hold."""
    after = ""
    while True:
        with tenancy.scope(organization_id), connection.cursor() as cursor:
            cursor.execute(_TWINS, [current_organization(), after, _PAGE])
            page = [row[0] for row in cursor.fetchall()]
        yield from page
        if not page:
            return
        after = page[-1]
