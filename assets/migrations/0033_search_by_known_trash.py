"""Search says outright whether it means the trash, so that the planner knows how much of the organisation that is."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

BEFORE = import_module("assets.migrations.0032_search_by_folded_texts")
SIGNATURE = BEFORE.SIGNATURE
FOUND = BEFORE.FOUND.replace(
    " AND (a.trashed_at IS NOT NULL) = %3$L',",
    " AND a.trashed_at IS ' || CASE WHEN is_trashed THEN 'NOT NULL' ELSE 'NULL' END,",
)


class Migration(migrations.Migration):
    dependencies = [("assets", "0032_search_by_folded_texts")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(SIGNATURE, "SETOF uuid", BEFORE.FOUND, language="plpgsql").sql,
        ),
        door(SIGNATURE, "SETOF uuid", FOUND, language="plpgsql"),
    ]
