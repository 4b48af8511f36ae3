"""Searches that people save."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence, kind


class Migration(migrations.Migration):
    dependencies = [("assets", "0021_positions"), ("orgs", "0003_tokens_of_one_project")]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
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
                ("query", models.JSONField(default=dict)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_by", models.UUIDField()),
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
            ],
            options={"db_table": "assets_savedsearch"},
        ),
        migrations.AddIndex(
            "savedsearch",
            models.Index(fields=["organization", "-created_at", "-id"], name="assets_savedsearch_list"),
        ),
        *fence("assets_savedsearch", definer=True),
        kind("search", "assets_savedsearch"),
    ]
