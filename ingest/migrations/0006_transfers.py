"""Uploads are summed up by time; the index is made beside everybody's work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    dependencies = [("ingest", "0005_purged_chains")]

    operations = [
        AddIndexConcurrently(
            "upload", models.Index(fields=["organization", "created_at"], name="ingest_upload_time")
        )
    ]
