"""Files that stand beside a version, and which versions are parts of packages."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence
from dam.core.steps import MigrationInSteps

CASCADE, PROTECT = django.db.models.deletion.CASCADE, django.db.models.deletion.PROTECT


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [("assets", "0008_search_by_fields"), ("orgs", "0003_tokens_of_one_project")]

    operations = [
        migrations.AddField("version", "package", models.TextField(null=True)),
        AddIndexConcurrently(
            "version",
            models.Index(
                fields=["organization", "package"],
                condition=models.Q(package__isnull=False),
                name="assets_version_package",
            ),
        ),
        migrations.CreateModel(
            name="Sidecar",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("kind", models.CharField(max_length=32)),
                ("name", models.TextField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=dam.core.tenancy.current_organization,
                        on_delete=CASCADE,
                        related_name="+",
                        to="orgs.organization",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=CASCADE,
                        related_name="sidecars",
                        to="assets.version",
                    ),
                ),
                (
                    "master",
                    models.ForeignKey(
                        db_constraint=False, on_delete=PROTECT, related_name="+", to="assets.master"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=CASCADE,
                        related_name="+",
                        to="assets.version",
                    ),
                ),
            ],
            options={"db_table": "assets_sidecar"},
        ),
        migrations.AddConstraint(
            "sidecar",
            models.UniqueConstraint(fields=["organization", "version", "master"], name="assets_sidecar_once"),
        ),
        *fence(
            "assets_sidecar",
            parents={
                "version_id": "assets_version",
                "master_id": "assets_master",
                "source_id": "assets_version",
            },
        ),
    ]
