"""Jobs that have not succeeded are found by their state, and those of no project by whoever started them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    # Both indexes are made beside everybody's work.
    dependencies = [("jobs", "0010_clock_set_back")]

    operations = [
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["organization", "state", "-created_at", "-id"],
                condition=models.Q(state__in=["queued", "running", "failed", "cancelled"]),
                name="jobs_job_state",
            ),
        ),
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["organization", "created_by", "-created_at", "-id"],
                condition=models.Q(project=None),
                name="jobs_job_own",
            ),
        ),
    ]
