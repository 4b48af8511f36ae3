"""Imports find assets by the names of their files through an index, made while the catalogue is being used."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models

from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    dependencies = [("assets", "0024_trash_days")]

    operations = [
        AddIndexConcurrently(
            "version", models.Index(fields=["organization", "name"], name="assets_version_name")
        )
    ]
