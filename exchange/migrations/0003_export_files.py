"""Files of exports, so that they can be found and deleted after their days."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import door, fence

OVERDUE = """
    SELECT e.id, e.organization_id FROM exchange_exportfile e
    WHERE e.updated_at < before ORDER BY e.updated_at LIMIT most
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_mirrors"), ("orgs", "0003_tokens_of_one_project")]

    operations = [
        migrations.CreateModel(
            name="ExportFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("key", models.TextField()),
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
            options={
                "db_table": "exchange_exportfile",
                "indexes": [models.Index(fields=["updated_at"], name="exchange_exportfile_age")],
            },
        ),
        *fence("exchange_exportfile", definer=True),
        door(
            "exports_overdue(before timestamptz, most integer)",
            "TABLE (id uuid, organization_id uuid)",
            OVERDUE,
        ),
    ]
