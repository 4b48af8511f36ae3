"""Texts of custom fields are found whatever the case of their letters, the newest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexes of a large table are built beside its writers.
    atomic = False
    dependencies = [("assets", "0030_folded_texts")]

    operations = [
        AddIndexConcurrently(
            "fieldvalue",
            models.Index(
                fields=["organization", "field", "as_folded", "-created_at", "-asset"],
                condition=models.Q(as_folded__isnull=False),
                name="assets_fieldvalue_folded",
            ),
        ),
    ]
