"""Lines of one work over many things share its id."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [("activity", "0003_rights_and_forgetting")]

    operations = [
        migrations.AddField("event", "operation_id", models.UUIDField(null=True)),
        AddIndexConcurrently(
            "event",
            models.Index(
                fields=["operation_id", "id"],
                condition=models.Q(operation_id__isnull=False),
                name="activity_event_operation",
            ),
        ),
    ]
