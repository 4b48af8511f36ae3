"""Search asks for every condition of a list, and comes in every order of one, behind the same door."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

BEFORE = import_module("assets.migrations.0008_search_by_fields")
SIGNATURE = f"{BEFORE.SIGNATURE}, conditions jsonb)"

# What is sorted by and compared comes as data and is looked up here: no text of the caller's becomes part of a
# statement but as a literal. An order that some assets have no value for comes as an object, see
# `assets.queries.statements`; `first` where those without one are read first, because the list is read backwards.
SORTED = """
    IF sort LIKE '{%' THEN
        told := sort::jsonb;
        is_hollow := true;
        IF told->>'field' IS NOT NULL THEN
            sorted_by := 'f.' || CASE told->>'column' WHEN 'as_number' THEN 'as_number' WHEN 'as_time' THEN 'as_time' ELSE 'as_text' END;
            joined := format(' LEFT JOIN assets_fieldvalue f ON f.organization_id = %L AND f.asset_id = s.asset_id '
                'AND f.field_id = %L AND f.place = 0', tenant, (told->>'field')::uuid);
        ELSIF told->>'column' = 'position' THEN
            sorted_by := 'p.position';
            joined := format(' LEFT JOIN assets_collectionitem p ON p.organization_id = %L AND p.asset_id = s.asset_id '
                'AND p.collection_id = %L', tenant, in_collection);
        ELSE
            sorted_by := CASE told->>'column' WHEN 'captured_at' THEN 'a.captured_at' ELSE 'a.duration' END;
        END IF;
    ELSE
        sorted_by := CASE WHEN sort IN ('title', 'size', 'updated_at', 'kind', 'name') THEN 'a.' || sort
            WHEN sort = 'id' THEN 's.asset_id' ELSE 's.created_at' END;
    END IF;
"""
NARROWED = """
    FOR asked IN SELECT * FROM jsonb_array_elements(conditions) LOOP
        alternatives := NULL;
        FOR option IN SELECT * FROM jsonb_array_elements(asked.value->'alternatives') LOOP
            parts := NULL;
            FOR compared IN SELECT c.value->>'column' AS named, c.value->>'way' AS way, c.value->'value' AS plain
                    FROM jsonb_array_elements(option.value) c LOOP
                typed := CASE
                    WHEN compared.named IN ('kind', 'codec', 'preview_state', 'as_text') THEN 'text'
                    WHEN compared.named IN ('fps', 'duration', 'as_number') THEN 'float8'
                    WHEN compared.named IN ('width', 'height', 'lines', 'version_count') THEN 'integer'
                    WHEN compared.named = 'size' THEN 'bigint'
                    WHEN compared.named IN ('created_at', 'updated_at', 'captured_at', 'trashed_at', 'as_time') THEN 'timestamptz'
                    WHEN compared.named IN ('created_by', 'project_id', 'collection') THEN 'uuid'
                    WHEN compared.named = 'tags' THEN 'text[]' END;
                IF typed IS NULL THEN
                    RAISE EXCEPTION 'there is no such column to compare';
                END IF;
                named := CASE WHEN asked.value->>'field' IS NULL THEN 'a.' ELSE 'v.' END || compared.named;
                many := CASE WHEN jsonb_typeof(compared.plain) = 'array'
                    THEN ARRAY(SELECT jsonb_array_elements_text(compared.plain)) END;
                part := CASE
                    WHEN compared.named = 'collection' THEN format(
                        'EXISTS (SELECT 1 FROM assets_collectionitem i WHERE i.organization_id = %L '
                        'AND i.asset_id = s.asset_id AND i.collection_id = ANY (%L::uuid[]))', tenant, many)
                    WHEN compared.way = 'in' THEN format('%s = ANY (%L::%s[])', named, many, typed)
                    WHEN compared.way = 'has' THEN format('%s && %L::text[]', named, many)
                    WHEN compared.way = 'filled' AND typed = 'text[]' THEN format('%s <> %L', named, '{}')
                    WHEN compared.way = 'filled' THEN format('%s IS NOT NULL', named)
                    WHEN compared.way = 'prefix' THEN format('starts_with(%s, %L)', named, compared.plain#>>'{}')
                    ELSE format('%s %s %L::%s', named, CASE compared.way WHEN 'gte' THEN '>=' WHEN 'lte' THEN '<='
                        WHEN 'gt' THEN '>' WHEN 'lt' THEN '<' ELSE '=' END, compared.plain#>>'{}', typed) END;
                parts := concat_ws(' AND ', parts, part);
            END LOOP;
            alternatives := concat_ws(' OR ', alternatives, '(' || parts || ')');
        END LOOP;
        IF asked.value->>'field' IS NOT NULL THEN
            alternatives := format('EXISTS (SELECT 1 FROM assets_fieldvalue v WHERE v.organization_id = %L '
                'AND v.asset_id = s.asset_id AND v.field_id = %L AND (%s))', tenant, asked.value->>'field', alternatives);
        END IF;
        query := query || format(CASE WHEN (asked.value->>'negated')::boolean THEN ' AND (%s) IS NOT TRUE' ELSE ' AND (%s)' END, alternatives);
    END LOOP;
"""
BEHIND = """
    IF after_id IS NOT NULL AND is_hollow AND after_key IS NULL THEN
        query := query || format(' AND ((%1$s IS NULL AND s.asset_id %2$s %3$L)%4$s)', sorted_by,
            CASE WHEN is_descending THEN '<' ELSE '>' END, after_id,
            CASE WHEN (told->>'first')::boolean THEN format(' OR %s IS NOT NULL', sorted_by) ELSE '' END);
    ELSIF after_id IS NOT NULL THEN
        query := query || format(' AND ((%1$s, s.asset_id) %2$s (%3$L, %4$L)%5$s)', sorted_by,
            CASE WHEN is_descending THEN '<' ELSE '>' END, after_key, after_id,
            CASE WHEN is_hollow AND NOT (told->>'first')::boolean THEN format(' OR %s IS NULL', sorted_by) ELSE '' END);
    END IF;
    ordered := CASE WHEN is_hollow THEN
        format('(%s IS NULL) %s, ', sorted_by, CASE WHEN (told->>'first')::boolean THEN 'DESC' ELSE 'ASC' END) ELSE '' END;
    RETURN QUERY EXECUTE query || format(' ORDER BY %s%s %s, s.asset_id %s LIMIT %L OFFSET %L', ordered, sorted_by, direction, direction, most, skip);
END
"""


def _found():
    head, rest = BEFORE.FOUND.split("    sorted_by text := CASE", 1)
    rest = rest.split("END;\n", 1)[1]
    body, _ = rest.split("    FOR asked IN", 1)
    declared = (
        "    sorted_by text;\n    joined text := '';\n    is_hollow boolean := false;\n    told jsonb;\n"
        "    option record;\n    compared record;\n    typed text;\n    named text;\n    many text[];\n    part text;\n"
        "    parts text;\n    alternatives text;\n    ordered text;\n"
    )
    body = body.replace("    valued text;\n", "")
    body = body.replace("    query := format(\n", SORTED.lstrip("\n") + "    query := format(\n", 1)
    body = body.replace(
        "a.organization_id = %1$L '\n        'WHERE",
        "a.organization_id = %1$L' || joined ||\n        ' WHERE",
    )
    return head + declared + body + (NARROWED + BEHIND).strip("\n") + "\n"


FOUND = _found()


class Migration(migrations.Migration):
    dependencies = [("assets", "0014_heads_facts")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION assets_found",
            door(SIGNATURE, "SETOF uuid", BEFORE.FOUND, language="plpgsql").sql,
        ),
        door(SIGNATURE, "SETOF uuid", FOUND, language="plpgsql"),
    ]
