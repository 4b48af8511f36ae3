"""What is approved, and what is to be changed, is found without a look at the rest."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexes of a large table are built beside its writers.
    atomic = False
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
