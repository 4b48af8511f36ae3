"""Reads of the room: the jobs that an actor sees."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from dam.core import reads
from dam.core.access import Actor, Permission, Target, may, require
from dam.core.errors import NotFound
from dam.core.observing.gauges import Reading
from dam.core.web.pagination import in_places
from jobs.models import Job, Priority, Queue

#: Beyond so many jobs of one organisation nobody needs to know how long the wait is.
MOST_COUNTED = 200
_LEFT = "SELECT jobs_left(%(queue)s, %(most)s)"


def jobs_in(
    actor: Actor, organization_id: UUID, *, project_id: UUID | None = None, state: str | None = None
) -> list[QuerySet[Job]]:
    """Return the jobs of the organisation in scope that the actor sees, in parts for `paginate`.

    A job of no project is seen by whoever started it and by admins.
    """
    jobs = Job.objects.filter(state=state) if state else Job.objects.all()
    seen = actor.visible_projects(organization_id)
    if project_id is not None:
        return in_places(jobs, {project_id} if seen is None else seen & {project_id})
    if seen is None:
        return [jobs]
    own = [jobs.filter(project=None, created_by=actor.id)] if actor.id else []
    return in_places(jobs, seen) + own


def job_for(actor: Actor, job_id: UUID, permission: Permission, *, lock: bool = False) -> Job:
    """Load a job of the organisation in scope.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Job.objects.select_for_update() if lock else Job.objects.all()
    job = rows.filter(id=job_id).first()
    if job is None:
        raise NotFound
    target = Target(job.organization_id, job.project_id)
    if job.project_id is not None:
        require(actor, permission, target)
    elif not (_is_own(job, actor) or may(actor, Permission.SETTINGS, target)):
        raise NotFound
    return job


def _is_own(job: Job, actor: Actor) -> bool:
    return actor.id is not None and job.created_by == actor.id and job.organization_id in actor.organizations


@dataclass(frozen=True)
class Wait:
    """What comes before a job that waits: how many jobs, and about how many seconds until its own turn."""

    jobs: int
    seconds: float


def wait_of(job_id: UUID, *, usual_s: float) -> Wait | None:
    """Return what comes before a job, or None where it does not wait (any more).

    A job whose length nobody knows counts `usual_s`; as many jobs as run now are thought to run side by side.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT jobs, seconds FROM jobs_ahead(%s, %s, %s, %s)",
            [job_id, MOST_COUNTED, Priority.BULK, usual_s],
        )
        found = cursor.fetchone()
    return None if found is None else Wait(found[0], found[1])


def waiting_s(queue: str) -> float:
    """Return for how many seconds the oldest due job of a queue has waited, work in bulk left aside; 0 for none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT jobs_waiting(%s, %s)", [queue, Priority.BULK])
        return float(cursor.fetchone()[0])


def left_in(queue: str, *, most: int) -> int:
    """Return how many due jobs of a queue nobody has taken, of all organisations, counted up to `most`."""
    return int(reads.row(_LEFT, {"queue": queue, "most": most})[0])


def load() -> list[Reading]:
    """Return how many live jobs each queue holds, and how old the oldest is; over all tenants, outside any scope.

    `queued` is due, `waiting` is a retry's back-off. Queues that hold nothing, or only what was set running by hand
    without a time, are told as 0.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue, state, jobs, oldest_s FROM jobs_load()")
        found = {(queue, state): (jobs, oldest_s) for queue, state, jobs, oldest_s in cursor.fetchall()}
    names = [(queue, state) for queue in Queue.values for state in ("queued", "waiting", "running")]
    readings = []
    for queue, state in names:
        jobs, oldest_s = found.get((queue, state), (0, 0.0))
        labels = {"queue": queue, "state": state}
        readings.append(Reading("dam_jobs", "Jobs by queue and state", jobs, labels))
        readings.append(
            Reading(
                "dam_job_oldest_seconds",
                "Age of the oldest job by queue and state",
                max(oldest_s or 0, 0),
                labels,
            )
        )
    return readings
