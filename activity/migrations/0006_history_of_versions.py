"""The record of one version is found by an index of its own, made beside everybody's work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    dependencies = [("activity", "0005_history")]

    operations = [
        AddIndexConcurrently(
            "event",
            models.Index(
                fields=["version_id", "-created_at", "-id"],
                condition=models.Q(version_id__isnull=False),
                name="activity_event_version",
            ),
        ),
    ]
