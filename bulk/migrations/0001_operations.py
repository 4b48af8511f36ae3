"""Operations on many assets, their sets, and what each asset was before; all of it goes with the job."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence


def goes_with(table: str, column: str, parent: str) -> migrations.RunSQL:
    """Return the composite key by which rows go with their parent, wherever that is deleted."""
    name = f"{table}_{column}_tenant"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organization_id, {column}) "
        f"REFERENCES {parent} (organization_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orgs", "0003_tokens_of_one_project"),
        ("jobs", "0007_pressure"),
    ]

    operations = [
        migrations.CreateModel(
            name="Operation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("by", models.JSONField(default=dict)),
                ("action", models.JSONField(default=dict)),
                ("query", models.JSONField(null=True)),
                ("is_dry", models.BooleanField(default=False)),
                ("undoes", models.UUIDField(null=True)),
                ("is_gathered", models.BooleanField(default=False)),
                ("after", models.JSONField(null=True)),
                ("matched", models.IntegerField(default=0)),
                ("parts", models.IntegerField(default=0)),
                ("next_part", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("changed", models.IntegerField(default=0)),
                ("failed", models.IntegerField(default=0)),
                ("errors", models.JSONField(default=list)),
                ("skipped", models.JSONField(default=list)),
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
                "db_table": "bulk_operation",
            },
        ),
        migrations.CreateModel(
            name="Part",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "operation_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.IntegerField()),
                ("ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
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
                "db_table": "bulk_part",
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "operation_id",
                        "asset_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("asset_id", models.UUIDField()),
                ("before", models.JSONField()),
                (
                    "left",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("was", models.DateTimeField()),
                ("stamp", models.DateTimeField()),
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
                    "operation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="bulk.operation",
                    ),
                ),
            ],
            options={
                "db_table": "bulk_change",
                "indexes": [
                    models.Index(fields=["organization", "asset_id", "stamp"], name="bulk_change_asset")
                ],
            },
        ),
        *fence("bulk_operation"),
        *fence("bulk_part", keyed=False),
        *fence("bulk_change", keyed=False),
        goes_with("bulk_operation", "id", "jobs_job"),
        goes_with("bulk_part", "operation_id", "bulk_operation"),
        goes_with("bulk_change", "operation_id", "bulk_operation"),
    ]
