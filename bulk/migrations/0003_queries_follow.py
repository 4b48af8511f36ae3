"""What an operation changes in saved searches and smart collections, so that it can be taken back."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence


class Migration(migrations.Migration):
    dependencies = [("bulk", "0002_told_later"), ("orgs", "0004_trash_days")]

    operations = [
        migrations.AddField("operation", "queries", models.JSONField(db_default={}, default=dict)),
        migrations.CreateModel(
            name="QueryChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("kind", models.CharField(max_length=16)),
                ("target_id", models.UUIDField()),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                (
                    "operation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="bulk.operation",
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
            ],
            options={
                "db_table": "bulk_querychange",
                "indexes": [
                    models.Index(fields=["organization", "operation", "id"], name="bulk_querychange_order")
                ],
            },
        ),
        *fence("bulk_querychange"),
        # Goes with its operation, which goes with the job.
        migrations.RunSQL(
            "ALTER TABLE bulk_querychange ADD CONSTRAINT bulk_querychange_operation_tenant "
            "FOREIGN KEY (organization_id, operation_id) REFERENCES bulk_operation (organization_id, id) "
            "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE bulk_querychange DROP CONSTRAINT bulk_querychange_operation_tenant",
        ),
    ]
