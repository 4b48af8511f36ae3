"""Mirrors, what lies where in them, their fences, and the door by which the sweep finds them."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import door, fence, kind


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0001_sidecar_door"),
        ("orgs", "0002_fences"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mirror",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=200)),
                ("template", models.TextField()),
                (
                    "content",
                    models.CharField(
                        choices=[("link", "Link"), ("json", "Json"), ("master", "Master")],
                        default="link",
                        max_length=16,
                    ),
                ),
                ("root", models.CharField(blank=True, default="", max_length=64)),
                ("is_on", models.BooleanField(default=True)),
                ("is_ending", models.BooleanField(default=False)),
                ("job_id", models.UUIDField(null=True)),
                ("runs", models.BigIntegerField(default=0)),
                ("seen_until", models.DateTimeField(null=True)),
                ("built_at", models.DateTimeField(null=True)),
                ("manifest_at", models.DateTimeField(null=True)),
                ("is_behind", models.BooleanField(default=False)),
                ("fault", models.TextField(blank=True, default="")),
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
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.project",
                    ),
                ),
            ],
            options={
                "db_table": "exchange_mirror",
            },
        ),
        migrations.CreateModel(
            name="MirrorEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("asset_id", models.UUIDField()),
                ("wanted", models.TextField()),
                ("number", models.PositiveIntegerField(default=1)),
                ("path", models.TextField()),
                ("folded", models.TextField()),
                ("old_path", models.TextField(blank=True, default="")),
                ("stamp", models.TextField(blank=True, default="")),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("is_gone", models.BooleanField(default=False)),
                (
                    "mirror",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="exchange.mirror",
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
                "db_table": "exchange_mirrorentry",
            },
        ),
        migrations.AddIndex(
            model_name="mirror",
            index=models.Index(fields=["organization", "-created_at", "-id"], name="exchange_mirror_list"),
        ),
        migrations.AddIndex(
            model_name="mirror",
            index=models.Index(condition=models.Q(("is_on", True)), fields=["id"], name="exchange_mirror_on"),
        ),
        migrations.AddConstraint(
            model_name="mirror",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="exchange_mirror_name"),
        ),
        migrations.AddIndex(
            model_name="mirrorentry",
            index=models.Index(
                condition=models.Q(
                    ("stamp", ""),
                    models.Q(("old_path", ""), _negated=True),
                    ("is_gone", True),
                    _connector="OR",
                ),
                fields=["organization", "mirror", "id"],
                name="exchange_mirrorentry_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="mirrorentry",
            constraint=models.UniqueConstraint(
                fields=("organization", "mirror", "asset_id"), name="exchange_mirrorentry_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="mirrorentry",
            constraint=models.UniqueConstraint(
                fields=("organization", "mirror", "folded"), name="exchange_mirrorentry_place"
            ),
        ),
        *fence("exchange_mirror", parents={"project_id": "orgs_project"}, definer=True),
        *fence("exchange_mirrorentry", parents={"mirror_id": "exchange_mirror"}),
        kind("mirror", "exchange_mirror"),
        door(
            "mirrors_on()",
            "TABLE (id uuid, organization_id uuid)",
            "SELECT m.id, m.organization_id FROM exchange_mirror m WHERE m.is_on ORDER BY m.id",
        ),
    ]
