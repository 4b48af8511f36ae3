"""Search also compares folders and shoots, behind the same door."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

BEFORE = import_module("assets.migrations.0017_relevance")
SIGNATURE = import_module("assets.migrations.0015_search_by_conditions").SIGNATURE
FOUND = BEFORE.FOUND.replace("('kind', 'codec',", "('folder', 'kind', 'codec',").replace(
    "('created_by', 'project_id',", "('shoot_id', 'created_by', 'project_id',"
)


class Migration(migrations.Migration):
    dependencies = [("assets", "0019_shoots")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(SIGNATURE, "SETOF uuid", BEFORE.FOUND, language="plpgsql").sql,
        ),
        door(SIGNATURE, "SETOF uuid", FOUND, language="plpgsql"),
    ]
