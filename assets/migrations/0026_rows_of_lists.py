"""What a list shows of an asset's head and of its comments, as columns of the asset, so that it reads one table."""

from django.db import migrations, models

BATCH = 5000
FILL = """
    UPDATE assets_asset asset SET (head_sha256, head_number) = ROW (head.sha256, head.number)
    FROM assets_version head
    WHERE head.organization_id = asset.organization_id AND head.id = asset.current_version_id
      AND asset.id = ANY (%s::uuid[])
"""


def fill(apps, schema_editor):
    """Let the assets that are there say what their heads say, some thousands in one statement."""
    assets = apps.get_model("assets", "Asset").objects.order_by("id").values_list("id", flat=True)
    with schema_editor.connection.cursor() as cursor:
        batch = list(assets[:BATCH])
        while batch:
            cursor.execute(FILL, [batch])
            batch = list(assets.filter(id__gt=batch[-1])[:BATCH])


class Migration(migrations.Migration):
    dependencies = [("assets", "0025_versions_by_name")]

    operations = [
        migrations.AddField("asset", "head_sha256", models.CharField(max_length=64, null=True)),
        migrations.AddField("asset", "head_number", models.PositiveIntegerField(null=True)),
        migrations.AddField("asset", "comment_count", models.IntegerField(db_default=0, default=0)),
        # A comment changes its asset's count, which no index holds: with room left the row stays on its page.
        migrations.RunSQL(
            "ALTER TABLE assets_asset SET (fillfactor = 90)", "ALTER TABLE assets_asset RESET (fillfactor)"
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        # Foreign keys are checked late; what they wait for must be over before the table is changed again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
    ]
