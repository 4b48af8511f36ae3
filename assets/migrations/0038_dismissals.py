"""Proposals of shoots that people have dismissed: which assets of a project are proposed no more."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence


class Migration(migrations.Migration):
    dependencies = [("assets", "0037_search_for_newest"), ("orgs", "0003_tokens_of_one_project")]

    operations = [
        migrations.CreateModel(
            name="Dismissal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("created_by", models.UUIDField(null=True)),
                (
                    "asset",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assets.asset",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.project",
                    ),
                ),
            ],
            options={"db_table": "assets_dismissal"},
        ),
        migrations.AddConstraint(
            "dismissal",
            models.UniqueConstraint(
                fields=["organization", "project", "asset"], name="assets_dismissal_once"
            ),
        ),
        *fence("assets_dismissal", parents={"project_id": "orgs_project", "asset_id": "assets_asset"}),
    ]
