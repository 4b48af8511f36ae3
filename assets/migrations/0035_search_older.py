"""The index by which entries of an older form are found; made beside everybody's work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    dependencies = [("assets", "0034_search_names_and_symbols")]

    operations = [
        AddIndexConcurrently(
            "searchentry",
            models.Index(
                fields=["organization", "asset"], condition=models.Q(form__lt=3), name="assets_search_older"
            ),
        )
    ]
