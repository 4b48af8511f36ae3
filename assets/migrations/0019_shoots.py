"""Shoots, and the indexes by which lists show one, or a folder."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence, kind
from dam.core.steps import MigrationInSteps


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [
        ("assets", "0018_fields_have_owners"),
        ("orgs", "0003_tokens_of_one_project"),
    ]

    operations = [
        migrations.CreateModel(
            name="Shoot",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=300)),
                ("date", models.DateField(null=True)),
                ("place", models.CharField(blank=True, default="", max_length=300)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("created_by", models.UUIDField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="orgs.client",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=dam.core.tenancy.current_organization,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.organization",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.project",
                    ),
                ),
            ],
            options={
                "db_table": "assets_shoot",
            },
        ),
        migrations.AddField(
            model_name="asset",
            name="shoot",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="assets.shoot",
            ),
        ),
        AddIndexConcurrently(
            model_name="asset",
            index=models.Index(
                condition=models.Q(("trashed_at", None)),
                fields=["organization", "project", "folder", "-created_at", "-id"],
                name="assets_asset_folder",
            ),
        ),
        AddIndexConcurrently(
            model_name="asset",
            index=models.Index(
                condition=models.Q(("trashed_at", None), ("shoot__isnull", False)),
                fields=["organization", "shoot", "-created_at", "-id"],
                name="assets_asset_shoot",
            ),
        ),
        AddIndexConcurrently(
            model_name="shoot",
            index=models.Index(fields=["organization", "-created_at", "-id"], name="assets_shoot_list"),
        ),
        AddIndexConcurrently(
            model_name="shoot",
            index=models.Index(
                fields=["organization", "project", "-created_at", "-id"], name="assets_shoot_project"
            ),
        ),
        *fence(
            "assets_shoot", parents={"project_id": "orgs_project", "client_id": "orgs_client"}, definer=True
        ),
        migrations.RunSQL(
            "ALTER TABLE assets_asset ADD CONSTRAINT assets_asset_shoot_id_tenant "
            "FOREIGN KEY (organization_id, shoot_id) REFERENCES assets_shoot (organization_id, id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE assets_asset DROP CONSTRAINT assets_asset_shoot_id_tenant",
        ),
        kind("shoot", "assets_shoot"),
    ]
