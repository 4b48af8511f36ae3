"""The trash of a project is found without a look at everybody else's; the index is made beside everybody's work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    dependencies = [("assets", "0038_dismissals")]

    operations = [
        AddIndexConcurrently(
            "asset",
            models.Index(
                fields=["organization", "project", "-created_at", "-id"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_project_trash",
            ),
        ),
    ]
