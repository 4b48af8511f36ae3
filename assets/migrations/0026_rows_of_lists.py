"""What a list shows of an asset's head and of its comments, as columns of the asset, so that it reads one table."""

from django.db import migrations, models

from dam.core.steps import MigrationInSteps

#: As many rows are held at once, for a fraction of a second.
BATCH = 500
COLUMNS = """
    ALTER TABLE assets_asset
        ADD COLUMN IF NOT EXISTS head_sha256 varchar(64) NULL,
        ADD COLUMN IF NOT EXISTS head_number integer NULL CHECK (head_number >= 0),
        ADD COLUMN IF NOT EXISTS comment_count integer DEFAULT 0 NOT NULL
"""
NO_COLUMNS = """
    ALTER TABLE assets_asset DROP COLUMN head_sha256, DROP COLUMN head_number, DROP COLUMN comment_count
"""
FILL = """
    UPDATE assets_asset asset SET (head_sha256, head_number) = ROW (head.sha256, head.number)
    FROM assets_version head
    WHERE head.organization_id = asset.organization_id AND head.id = asset.current_version_id
      AND asset.id = ANY (%s::uuid[]) AND asset.head_sha256 IS NULL
"""


def fill(apps, schema_editor):
    """Let the assets that are there say what their heads say, some hundreds in one statement, each committed."""
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
    # Each step by itself: readers and writers wait for a batch, not for a million rows. Stopped halfway it goes on.
    dependencies = [("assets", "0025_versions_by_name")]

    operations = [
        migrations.RunSQL(
            COLUMNS,
            NO_COLUMNS,
            state_operations=[
                migrations.AddField("asset", "head_sha256", models.CharField(max_length=64, null=True)),
                migrations.AddField("asset", "head_number", models.PositiveIntegerField(null=True)),
                migrations.AddField("asset", "comment_count", models.IntegerField(db_default=0, default=0)),
            ],
        ),
        # A comment changes its asset's count, which no index holds: with room left the row stays on its page.
        migrations.RunSQL(
            "ALTER TABLE assets_asset SET (fillfactor = 90)", "ALTER TABLE assets_asset RESET (fillfactor)"
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
