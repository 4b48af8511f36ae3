"""What is approved, and what is to be changed, is found without a look at the rest."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    # Indexes of a large table are built beside its writers.
    dependencies = [("assets", "0027_approvals")]

    operations = [
        AddIndexConcurrently(
            "asset",
            models.Index(
                fields=["organization", "approval", "-created_at", "-id"],
                condition=models.Q(trashed_at=None)
                & models.Q(approval__in=["approved", "changes_requested"]),
                name="assets_asset_approval",
            ),
        ),
    ]
