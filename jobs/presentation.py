"""The job's document, as the contract writes it: the API's answer and the live event's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.models import Job


def job_document(job: Job) -> dict[str, Any]:
    """Return the document of one job."""
    return {
        "id": job.id,
        "kind": job.kind,
        "organization": job.organization_id,
        "project": job.project_id,
        "version": job.version_id,
        "state": job.state,
        "progress": job.progress,
        "attempts": job.attempts,
        "error": job.error,
        "result": job.result,
        "renditions": job.renditions,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }
