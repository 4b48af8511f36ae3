"""The job row: the truth of every piece of background work."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from dam.core.db import TenantModel


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Queue(models.TextChoices):
    SHORT = "short"
    ENCODE = "encode"
    GPU = "gpu"


class Priority(models.IntegerChoices):
    """What goes first among the jobs of one organisation: the lower, the sooner."""

    WATCHED = 0, "somebody waits for it"
    LET_BY = 10, "has waited long"
    SENT = 20, "was sent just now"
    USUAL = 50, "usual"
    BULK = 90, "when nothing else is to be done"


class Job(TenantModel):
    """One piece of work; a Celery message only wakes someone who claims this row.

    `fence` grows with every claim and every cancellation: whoever holds an older one may write nothing any more.
    `lease_until` is renewed while the work goes on; a lease that ran out means that the worker died.
    `attempts` counts claims since the job was queued or retried; `progress` runs from 0 to 1;
    `error` is a problem document. `due_at` is when a queued job may run, `woken_at` when a worker was last told.
    `lane` says what the work costs a machine, as words joined by slashes (`heavy/hevc`), empty while that is not
    known; `expected_s` how many seconds of work it is thought to be.
    `request_id` and `traceparent` (W3C) are those of the request or job that queued it.
    """

    kind = models.CharField(max_length=32)
    project = models.ForeignKey(
        "orgs.Project",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    version_id = models.UUIDField(null=True)
    idem_key = models.TextField()
    queue = models.CharField(max_length=16, choices=Queue.choices)
    priority = models.SmallIntegerField(
        choices=Priority.choices, default=Priority.USUAL, db_default=Priority.USUAL
    )
    lane = models.CharField(max_length=64, default="", db_default="", blank=True)
    expected_s = models.FloatField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    progress = models.FloatField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    woken_at = models.DateTimeField(db_default=Now())
    payload = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    renditions = models.JSONField(default=list)
    created_by = models.UUIDField(null=True)
    request_id = models.CharField(max_length=128, default="", db_default="")
    traceparent = models.CharField(max_length=64, default="", db_default="")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "jobs_job"
        constraints = [
            # The condition always holds. It keeps plans that look for a job by its id from walking an organisation's keys.
            models.UniqueConstraint(
                fields=["organization", "kind", "idem_key"],
                condition=models.Q(idem_key__isnull=False),
                name="jobs_job_once",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="jobs_job_list"),
            models.Index(fields=["project", "-created_at", "-id"], name="jobs_job_project"),
            models.Index(
                fields=["organization", "state", "-created_at", "-id"],
                condition=models.Q(state__in=["failed", "cancelled"]),
                name="jobs_job_state",
            ),
            models.Index(
                fields=["organization", "created_by", "-created_at", "-id"],
                condition=models.Q(project=None),
                name="jobs_job_own",
            ),
            models.Index(fields=["version_id"], name="jobs_job_version"),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="jobs_job_leases"),
            models.Index(fields=["due_at"], condition=models.Q(state="queued"), name="jobs_job_queued"),
            models.Index(
                fields=["queue", "organization", "priority", "due_at"],
                condition=models.Q(state="queued"),
                name="jobs_job_turn",
            ),
            models.Index(
                fields=["finished_at"],
                condition=models.Q(finished_at__isnull=False),
                name="jobs_job_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {self.state}"
