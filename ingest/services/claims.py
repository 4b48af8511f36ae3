"""The claim on a digest: whoever holds it alone writes, locks or removes what lies in masters under its key."""

from __future__ import annotations

from dam.core.db import new_id
from dam.core.tenancy import scope
from ingest.models import Promotion
from jobs.models import Job
from jobs.models import State as JobState
from jobs.services import JobRun

WAIT_S = 0.5


def take_claim(run: JobRun, *, sha256: str) -> Promotion:
    """Return this job's claim on the digest; while another job runs with it, wait.

    Locks and transaction: outside any; the row is the mutex of the master key, since stores ignore conditions
    on completing a multipart upload.
    """
    while True:
        run.progress(0)
        with scope(run.organization_id):
            claim, _ = Promotion.objects.select_for_update().get_or_create(
                sha256=sha256, defaults={"job_id": run.job_id, "asset_id": new_id(), "version_id": new_id()}
            )
            if claim.job_id == run.job_id:
                return claim
            if not Job.objects.filter(id=claim.job_id, state=JobState.RUNNING).exists():
                claim.job_id, claim.asset_id, claim.version_id = run.job_id, new_id(), new_id()
                claim.save()
                return claim
        run.lost.wait(WAIT_S)
