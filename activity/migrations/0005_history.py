"""The record is asked by person and by verb, too; both indexes are made beside everybody's work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    dependencies = [("activity", "0004_operations")]

    operations = [
        AddIndexConcurrently(
            "event",
            models.Index(
                fields=["organization", "actor_id", "-created_at", "-id"],
                condition=models.Q(actor_id__isnull=False),
                name="activity_event_actor",
            ),
        ),
        AddIndexConcurrently(
            "event",
            models.Index(fields=["organization", "verb", "-created_at", "-id"], name="activity_event_verb"),
        ),
    ]
