"""Watermarked copies, fenced; and the door by which the sweeper finds those that nobody asks for."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import door, fence

STATES = [("building", "Building"), ("partial", "Partial"), ("ready", "Ready"), ("failed", "Failed")]


class Migration(migrations.Migration):
    dependencies = [("previews", "0003_edge"), ("core", "0003_fences")]

    operations = [
        migrations.CreateModel(
            name="MarkedCopy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("sha256", models.CharField(max_length=64)),
                ("source_generation", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "part",
                    models.CharField(choices=[("pictures", "Pictures"), ("film", "Film")], max_length=16),
                ),
                ("mark", models.JSONField()),
                ("generation", models.PositiveIntegerField(default=0)),
                ("state", models.CharField(choices=STATES, default="building", max_length=16)),
                ("reason", models.TextField(blank=True, default="")),
                ("published", models.JSONField(default=list)),
                ("renditions", models.JSONField(default=list)),
                ("job_id", models.UUIDField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                "db_table": "previews_marked_copy",
                "indexes": [
                    models.Index(fields=["organization", "sha256"], name="previews_copy_of"),
                    models.Index(fields=["used_at"], name="previews_copy_unused"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "digest", "part"), name="previews_copy_once"
                    )
                ],
            },
        ),
        *fence("previews_marked_copy", definer=True),
        door(
            "marked_copies_unused(moment timestamptz, most integer)",
            "TABLE (id uuid, organization_id uuid)",
            "SELECT c.id, c.organization_id FROM previews_marked_copy c WHERE c.used_at < moment "
            "ORDER BY c.used_at LIMIT most",
        ),
    ]
