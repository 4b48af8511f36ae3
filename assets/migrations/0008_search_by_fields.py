"""Search also asks for the values of custom fields, behind the same door."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

WITHOUT = import_module("assets.migrations.0003_search_and_indexes").FOUND
SIGNATURE = (
    "assets_found(wanted text, sort text, is_descending boolean, after_key text, after_id uuid, "
    "most integer, skip integer, places uuid[], of_kind text, made_after timestamptz, "
    "in_collection uuid, is_trashed boolean"
)
ASKED_OF_FIELDS = """
    FOR asked IN SELECT * FROM jsonb_array_elements(conditions) LOOP
        valued := CASE asked.value->>'column' WHEN 'as_number' THEN 'number' WHEN 'as_time' THEN 'time' ELSE 'text' END;
        query := query || format(
            ' AND EXISTS (SELECT 1 FROM assets_fieldvalue v WHERE v.organization_id = %L AND v.asset_id = s.asset_id '
            'AND v.field_id = %L AND v.as_%s %s ANY (%L::%s[]))', tenant, asked.value->>'field', valued,
            CASE asked.value->>'way' WHEN 'gte' THEN '>=' WHEN 'lte' THEN '<=' ELSE '=' END,
            ARRAY(SELECT jsonb_array_elements_text(asked.value->'values')),
            CASE valued WHEN 'number' THEN 'float8' WHEN 'time' THEN 'timestamptz' ELSE 'text' END);
    END LOOP;
"""
BEFORE_THE_CURSOR = "    IF after_id IS NOT NULL THEN"
FOUND = WITHOUT.replace(
    "    query text;\n", "    query text;\n    asked record;\n    valued text;\n"
).replace(BEFORE_THE_CURSOR, ASKED_OF_FIELDS.strip("\n") + "\n" + BEFORE_THE_CURSOR)


class Migration(migrations.Migration):
    dependencies = [("assets", "0007_stacks")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(f"{SIGNATURE})", "SETOF uuid", WITHOUT, language="plpgsql").sql,
        ),
        door(f"{SIGNATURE}, conditions jsonb)", "SETOF uuid", FOUND, language="plpgsql"),
    ]
