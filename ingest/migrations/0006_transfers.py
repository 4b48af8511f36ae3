"""Uploads are summed up by time; the index is made beside everybody's work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ingest", "0005_purged_chains")]

    operations = [
        AddIndexConcurrently(
            "upload", models.Index(fields=["organization", "created_at"], name="ingest_upload_time")
        )
    ]
