"""Legal holds, and masters that wait for the purger."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import door, fence, let_definer_read
from dam.core.steps import MigrationInSteps

CASCADE, PROTECT = django.db.models.deletion.CASCADE, django.db.models.deletion.PROTECT
# What has lain in the trash long enough and is under no hold: ids only, the longest there first.
TRASH_DUE = """
    SELECT a.id, a.organization_id FROM assets_asset a
    WHERE a.trashed_at < before
        AND NOT EXISTS (SELECT 1 FROM assets_hold h WHERE h.organization_id = a.organization_id
            AND (h.asset_id = a.id OR h.project_id = a.project_id))
        AND NOT EXISTS (SELECT 1 FROM assets_hold h JOIN assets_version v
            ON v.organization_id = h.organization_id AND v.id = h.version_id
            WHERE h.organization_id = a.organization_id AND v.asset_id = a.id)
    ORDER BY a.trashed_at LIMIT most
"""
# Bytes that nothing of the catalogue has any more and whose lock, as far as we know, has ended.
RELEASED_DUE = """
    SELECT m.id, m.organization_id FROM assets_master m
    WHERE m.released_at IS NOT NULL AND m.updated_at < before
        AND coalesce(m.locked_until, m.released_at) < now()
    ORDER BY m.locked_until LIMIT most
"""


def place(name, target):
    key = models.ForeignKey(
        db_constraint=False, db_index=False, null=True, on_delete=PROTECT, related_name="+", to=target
    )
    return (name, key)


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [("assets", "0012_behind"), ("orgs", "0003_tokens_of_one_project")]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("reason", models.TextField(blank=True, default="")),
                ("set_by", models.UUIDField(null=True)),
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
                place("project", "orgs.project"),
                place("asset", "assets.asset"),
                place("version", "assets.version"),
            ],
            options={"db_table": "assets_hold"},
        ),
        *[
            migrations.AddConstraint(
                "hold",
                models.UniqueConstraint(fields=["organization", name], name=f"assets_hold_{name}"),
            )
            for name in ("project", "asset", "version")
        ],
        migrations.AddConstraint(
            "hold",
            models.CheckConstraint(
                condition=models.Q(project=None, asset=None, version__isnull=False)
                | models.Q(project=None, asset__isnull=False, version=None)
                | models.Q(project__isnull=False, asset=None, version=None),
                name="assets_hold_one_place",
            ),
        ),
        *fence(
            "assets_hold",
            parents={
                "project_id": "orgs_project",
                "asset_id": "assets_asset",
                "version_id": "assets_version",
            },
            definer=True,
        ),
        migrations.AddField("master", "held_at", models.DateTimeField(null=True)),
        migrations.AddField("master", "released_at", models.DateTimeField(null=True)),
        AddIndexConcurrently(
            "master",
            models.Index(
                fields=["locked_until"],
                condition=models.Q(released_at__isnull=False),
                name="assets_master_released",
            ),
        ),
        AddIndexConcurrently(
            "asset",
            models.Index(
                fields=["trashed_at"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_trashed",
            ),
        ),
        migrations.RunSQL(
            "CREATE POLICY definer ON assets_master TO dam_definer USING (true) WITH CHECK (true)",
            "DROP POLICY definer ON assets_master",
        ),
        migrations.RunSQL(*let_definer_read("assets_master")),
        door(
            "trash_due(before timestamptz, most integer)", "TABLE (id uuid, organization_id uuid)", TRASH_DUE
        ),
        door(
            "masters_released(before timestamptz, most integer)",
            "TABLE (id uuid, organization_id uuid)",
            RELEASED_DUE,
        ),
    ]
