"""Search also compares texts without case, behind the same door."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

BEFORE = import_module("assets.migrations.0029_search_by_approvals")
SIGNATURE = BEFORE.SIGNATURE
FOUND = BEFORE.FOUND.replace("'as_text') THEN 'text'", "'as_text', 'as_folded') THEN 'text'")


class Migration(migrations.Migration):
    dependencies = [("assets", "0031_folded_index")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(SIGNATURE, "SETOF uuid", BEFORE.FOUND, language="plpgsql").sql,
        ),
        door(SIGNATURE, "SETOF uuid", FOUND, language="plpgsql"),
    ]
