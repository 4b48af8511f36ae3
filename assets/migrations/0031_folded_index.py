"""Texts of custom fields are found whatever the case of their letters, the newest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    # Indexes of a large table are built beside its writers.
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
