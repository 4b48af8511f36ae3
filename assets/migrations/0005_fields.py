"""Custom fields, and their values typed for filters and sorting."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence, kind


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_fill_search"),
        ("orgs", "0003_tokens_of_one_project"),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldDefinition",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("key", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=100)),
                ("type", models.CharField(max_length=16)),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("required", models.BooleanField(default=False)),
                ("default", models.JSONField(null=True)),
                ("help", models.TextField(blank=True, default="")),
                ("order", models.IntegerField(default=0)),
                (
                    "projects",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), null=True, size=None
                    ),
                ),
                ("created_by", models.UUIDField(null=True)),
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
                "db_table": "assets_field",
            },
        ),
        migrations.CreateModel(
            name="FieldValue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "asset_id",
                        "field_id",
                        "place",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("place", models.SmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("as_text", models.TextField(null=True)),
                ("as_number", models.FloatField(null=True)),
                ("as_time", models.DateTimeField(null=True)),
                (
                    "asset",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assets.asset",
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assets.fielddefinition",
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
                "db_table": "assets_fieldvalue",
            },
        ),
        migrations.AddIndex(
            model_name="fielddefinition",
            index=models.Index(fields=["organization", "order", "id"], name="assets_field_list"),
        ),
        migrations.AddConstraint(
            model_name="fielddefinition",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="assets_field_key"),
        ),
        migrations.AddIndex(
            model_name="fieldvalue",
            index=models.Index(
                condition=models.Q(("as_text__isnull", False)),
                fields=["organization", "field", "as_text", "-created_at", "-asset"],
                name="assets_fieldvalue_text",
            ),
        ),
        migrations.AddIndex(
            model_name="fieldvalue",
            index=models.Index(
                condition=models.Q(("as_number__isnull", False)),
                fields=["organization", "field", "as_number", "-created_at", "-asset"],
                name="assets_fieldvalue_number",
            ),
        ),
        migrations.AddIndex(
            model_name="fieldvalue",
            index=models.Index(
                condition=models.Q(("as_time__isnull", False)),
                fields=["organization", "field", "as_time", "-created_at", "-asset"],
                name="assets_fieldvalue_time",
            ),
        ),
        *fence("assets_field", definer=True),
        *fence(
            "assets_fieldvalue",
            parents={"asset_id": "assets_asset", "field_id": "assets_field"},
            definer=True,
            keyed=False,
        ),
        kind("field", "assets_field"),
    ]
