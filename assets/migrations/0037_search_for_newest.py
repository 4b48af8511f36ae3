"""The newest finds of words alone are asked of the index by themselves: what the assets tell is read of few, by a kept plan."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

BEFORE = import_module("assets.migrations.0033_search_by_known_trash")
SIGNATURE = BEFORE.SIGNATURE

# To plan a join with the table of assets, which has thirty indexes, takes longer than a rare word takes to be found. So
# the entries are asked alone, planned for the organisation and the words, and what lies in the trash is left out by a
# statement that is planned once. A few entries more than are wanted come with them in its place; where all that came were
# too few, the next ones are asked for.
NEWEST = """
    IF sort = 'created_at' AND NOT is_trashed AND skip = 0 AND conditions = '[]' AND places IS NULL
            AND of_kind IS NULL AND made_after IS NULL AND in_collection IS NULL THEN
        LOOP
            reach := least(most::bigint - given + 16, 2147483647);
            EXECUTE format('SELECT ARRAY(SELECT s.asset_id FROM assets_search s '
                'WHERE s.organization_id = %1$L AND s.words @@ %2$L::tsquery', tenant, wanted)
                || CASE WHEN after_id IS NULL THEN '' ELSE format(' AND (s.created_at, s.asset_id) %s (%L::timestamptz, %L::uuid)',
                    CASE WHEN is_descending THEN '<' ELSE '>' END, after_key, after_id) END
                || format(' ORDER BY s.created_at %1$s, s.asset_id %1$s LIMIT %2$s)', direction, reach) INTO hits;
            RETURN QUERY SELECT a.id FROM unnest(hits) WITH ORDINALITY AS hit(id, place) CROSS JOIN LATERAL (
                SELECT asset.id FROM assets_asset asset
                WHERE asset.id = hit.id AND asset.organization_id = tenant AND asset.trashed_at IS NULL LIMIT 1) a
                ORDER BY hit.place LIMIT most - given;
            GET DIAGNOSTICS number = ROW_COUNT;
            given := given + number;
            IF given >= most OR cardinality(hits) < reach THEN
                RETURN;
            END IF;
            SELECT s.created_at::text, s.asset_id INTO after_key, after_id FROM assets_search s
            WHERE s.organization_id = tenant AND s.asset_id = hits[reach];
        END LOOP;
    END IF;
"""
BEGIN = "    IF sort LIKE '{%' THEN"
DECLARED = "    asked record;\n"


def _once(text, old, new):
    if text.count(old) != 1:
        raise ValueError(f"the function before has changed: {old}")
    return text.replace(old, new)


FOUND = _once(BEFORE.FOUND, BEGIN, NEWEST.lstrip("\n") + BEGIN)
FOUND = _once(
    FOUND,
    DECLARED,
    DECLARED + "    reach integer;\n    given integer := 0;\n    number integer;\n    hits uuid[];\n",
)


class Migration(migrations.Migration):
    dependencies = [("assets", "0036_search_behind_no_more")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(SIGNATURE, "SETOF uuid", BEFORE.FOUND, language="plpgsql").sql,
        ),
        door(SIGNATURE, "SETOF uuid", FOUND, language="plpgsql"),
    ]
