"""Search also answers what is found best first: the newest finds, weighed."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

BEFORE = import_module("assets.migrations.0015_search_by_conditions")

# Only so many finds are weighed, the newest: to weigh all of a common word's would take longer than anybody waits.
SORTED = """
        IF told->>'column' = 'relevance' THEN
            is_ranking := true;
            is_hollow := false;
            sorted_by := 's.created_at';
        ELSIF told->>'field' IS NOT NULL THEN"""
RANKED = """
    IF is_ranking THEN
        query := format(
            'SELECT r.asset_id FROM (SELECT c.asset_id, ts_rank(%1$L, c.words, %2$L::tsquery) + ts_rank(%1$L, c.words, %3$L::tsquery) AS rank FROM (',
            '{0.05,0.2,0.5,1}', told->>'ranked', told->>'exact')
            || 'SELECT s.asset_id, s.words' || substr(query, length('SELECT s.asset_id') + 1)
            || ' ORDER BY s.created_at DESC, s.asset_id DESC LIMIT 5000) c) r';
        IF after_id IS NOT NULL THEN
            query := query || format(' WHERE (r.rank, r.asset_id) %s (%L::float4, %L)',
                CASE WHEN is_descending THEN '<' ELSE '>' END, after_key, after_id);
        END IF;
        RETURN QUERY EXECUTE query || format(' ORDER BY r.rank %1$s, r.asset_id %1$s LIMIT %2$L OFFSET %3$L', direction, most, skip);
        RETURN;
    END IF;
"""
BEHIND = "    IF after_id IS NOT NULL AND is_hollow"


def _once(text, old, new):
    if text.count(old) != 1:
        raise ValueError(f"the function before has changed: {old}")
    return text.replace(old, new)


FOUND = _once(BEFORE.FOUND, "\n        IF told->>'field' IS NOT NULL THEN", SORTED)
FOUND = _once(
    FOUND,
    "    is_hollow boolean := false;\n",
    "    is_hollow boolean := false;\n    is_ranking boolean := false;\n",
)
FOUND = _once(FOUND, BEHIND, RANKED.lstrip("\n") + BEHIND)


class Migration(migrations.Migration):
    dependencies = [("assets", "0016_clones")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(BEFORE.SIGNATURE, "SETOF uuid", BEFORE.FOUND, language="plpgsql").sql,
        ),
        door(BEFORE.SIGNATURE, "SETOF uuid", FOUND, language="plpgsql"),
    ]
