"""What lists compare of an asset's head, as columns of the asset, and the indexes that filter and sort by them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from dam.core.steps import MigrationInSteps

COLUMNS = {
    "name": models.TextField(blank=True, default=""),
    "codec": models.TextField(null=True),
    "fps": models.FloatField(null=True),
    "duration": models.FloatField(null=True),
    "width": models.PositiveIntegerField(null=True),
    "height": models.PositiveIntegerField(null=True),
    "lines": models.PositiveIntegerField(null=True),
    "captured_at": models.DateTimeField(null=True),
    "preview_state": models.CharField(
        choices=[
            ("none", "None"),
            ("building", "Building"),
            ("partial", "Partial"),
            ("ready", "Ready"),
            ("failed", "Failed"),
        ],
        default="none",
        max_length=16,
    ),
}
THERE = models.Q(trashed_at=None)
INDEXES = (
    ("updated", ["updated_at", "id"]),
    ("name", ["name", "id"]),
    ("kinds", ["kind", "id"]),
    ("duration", ["duration", "id"]),
    ("captured", ["captured_at", "id"]),
    ("codec", ["codec", "-created_at", "-id"]),
    ("fps", ["fps", "-created_at", "-id"]),
    ("lines", ["lines", "-created_at", "-id"]),
    ("person", ["created_by", "-created_at", "-id"]),
    ("state", ["preview_state", "-created_at", "-id"]),
)
BATCH = 5000
FILL = """
    UPDATE assets_asset asset SET (name, codec, fps, duration, width, height, lines, captured_at, preview_state) = ROW (
        head.name, lower(head.codec),
        CASE WHEN head.frame_rate ~ '^[0-9]{1,9}(/[1-9][0-9]{0,8})?$' THEN split_part(head.frame_rate, '/', 1)::float8
            / coalesce(nullif(split_part(head.frame_rate, '/', 2), ''), '1')::float8 END,
        head.duration, head.width, head.height, least(head.width, head.height), head.captured_at, head.preview_state)
    FROM assets_version head
    WHERE head.organization_id = asset.organization_id AND head.id = asset.current_version_id
      AND asset.id = ANY (%s::uuid[]) AND asset.name = ''
"""


def fill(apps, schema_editor):
    """Let the assets that are there say what their heads say, some thousands in one statement."""
    assets = (
        apps.get_model("assets", "Asset")
        .objects.using(schema_editor.connection.alias)
        .order_by("id")
        .values_list("id", flat=True)
    )
    with schema_editor.connection.cursor() as cursor:
        batch = list(assets[:BATCH])
        while batch:
            cursor.execute(FILL, [batch])
            batch = list(assets.filter(id__gt=batch[-1])[:BATCH])


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [("assets", "0013_holds_and_purges")]

    operations = [
        *[migrations.AddField("asset", name, field) for name, field in COLUMNS.items()],
        migrations.RunPython(fill, migrations.RunPython.noop),
        # Foreign keys are checked late; what they wait for must be over before the table gets new indexes.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        *[
            AddIndexConcurrently(
                "asset",
                models.Index(fields=["organization", *fields], condition=THERE, name=f"assets_asset_{name}"),
            )
            for name, fields in INDEXES
        ],
        *[
            AddIndexConcurrently(
                "fieldvalue",
                models.Index(
                    fields=["organization", "field", f"as_{name}", "asset"],
                    condition=models.Q(**{f"as_{name}__isnull": False}),
                    name=f"assets_fieldvalue_by_{name}",
                ),
            )
            for name in ("text", "number", "time")
        ],
    ]
