"""Search also compares what reviewers decided, behind the same door."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

BEFORE = import_module("assets.migrations.0020_search_by_shoots")
SIGNATURE = import_module("assets.migrations.0015_search_by_conditions").SIGNATURE
FOUND = BEFORE.FOUND.replace("('folder', 'kind', 'codec',", "('approval', 'folder', 'kind', 'codec',")


class Migration(migrations.Migration):
    dependencies = [("assets", "0028_approval_index")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(SIGNATURE, "SETOF uuid", BEFORE.FOUND, language="plpgsql").sql,
        ),
        door(SIGNATURE, "SETOF uuid", FOUND, language="plpgsql"),
    ]
