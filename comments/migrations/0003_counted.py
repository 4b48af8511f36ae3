"""Every asset carries the number of its comments, kept by the database itself with whatever changes them."""

from django.db import migrations, transaction

from dam.core.steps import MigrationInSteps

# Who moves versions between assets holds the assets' locks, and so does who counts: whoever is second sees the first.
# Locks are taken in the order of ids. Looked up by keys in arrays, so that no plan ever reads a whole table.
_COUNT = """
CREATE OR REPLACE FUNCTION comments_counted_{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE versions uuid[]; changes integer[]; wanted uuid[]; held uuid[] := '{{}}';
BEGIN
    SELECT array_agg(c.version_id), array_agg(c.n) INTO versions, changes FROM (
        SELECT r.version_id, sum(r.n)::integer AS n FROM ({rows}) r GROUP BY r.version_id HAVING sum(r.n) <> 0) c;
    IF versions IS NULL THEN RETURN NULL; END IF;
    LOOP
        SELECT coalesce(array_agg(DISTINCT v.asset_id), '{{}}') INTO wanted
            FROM assets_version v WHERE v.id = ANY (versions);
        EXIT WHEN wanted <@ held;
        PERFORM 1 FROM assets_asset a WHERE a.id = ANY (wanted) ORDER BY a.id FOR NO KEY UPDATE;
        held := held || wanted;
    END LOOP;
    UPDATE assets_asset a SET comment_count = a.comment_count + d.n
        FROM (SELECT v.asset_id, sum(c.n)::integer AS n FROM unnest(versions, changes) AS c(id, n)
              JOIN assets_version v ON v.id = c.id GROUP BY v.asset_id) d
        WHERE a.id = d.asset_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER counted_{name} AFTER {event} ON comments_comment REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION comments_counted_{name}();
"""
_COME = "SELECT version_id, 1 AS n FROM fresh WHERE deleted_at IS NULL"
_GO = "SELECT version_id, -1 AS n FROM former WHERE deleted_at IS NULL"
_MADE = _COUNT.format(name="made", event="INSERT", tables="NEW TABLE AS fresh", rows=_COME)
_GONE = _COUNT.format(name="gone", event="DELETE", tables="OLD TABLE AS former", rows=_GO)
_CHANGED = _COUNT.format(
    name="changed",
    event="UPDATE",
    tables="OLD TABLE AS former NEW TABLE AS fresh",
    rows=f"{_COME} UNION ALL {_GO}",
)
_NUMBER = """(SELECT count(*) FROM assets_version v JOIN comments_comment c
    ON c.organization_id = v.organization_id AND c.version_id = v.id AND c.deleted_at IS NULL
    WHERE v.organization_id = a.organization_id AND v.asset_id = a.id)"""
_RECOUNT = f"""
    PERFORM 1 FROM assets_asset a WHERE a.id = ANY (touched) ORDER BY a.id FOR NO KEY UPDATE;
    UPDATE assets_asset a SET comment_count = {_NUMBER} WHERE a.id = ANY (touched) AND a.comment_count <> {_NUMBER};
"""
_MOVED = f"""
CREATE OR REPLACE FUNCTION comments_moved() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE touched uuid[];
BEGIN
    SELECT array_agg(DISTINCT t.id) INTO touched FROM (
        SELECT former.asset_id, fresh.asset_id FROM former JOIN fresh ON fresh.id = former.id
        WHERE fresh.asset_id <> former.asset_id) m(one, other), unnest(ARRAY[m.one, m.other]) t(id);
    IF touched IS NULL THEN RETURN NULL; END IF;
    {_RECOUNT}
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER comments_moved AFTER UPDATE ON assets_version
    REFERENCING OLD TABLE AS former NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION comments_moved();
"""
_BACK = """
    DROP TRIGGER counted_made ON comments_comment;
    DROP TRIGGER counted_gone ON comments_comment;
    DROP TRIGGER counted_changed ON comments_comment;
    DROP TRIGGER comments_moved ON assets_version;
    DROP FUNCTION comments_counted_made, comments_counted_gone, comments_counted_changed, comments_moved;
"""
#: As many assets are held at once, for a fraction of a second.
BATCH = 500
LOCK = "SELECT FROM assets_asset a WHERE a.id = ANY (%s::uuid[]) ORDER BY a.id FOR NO KEY UPDATE"
FILL = f"UPDATE assets_asset a SET comment_count = {_NUMBER} WHERE a.id = ANY (%s::uuid[]) AND a.comment_count <> {_NUMBER}"


def fill(apps, schema_editor):
    """Count the comments that are there, for some hundreds of assets at a time, each time committed.

    Whoever comments meanwhile is counted by the triggers: what is counted here is held first, and read after.
    """
    assets = (
        apps.get_model("assets", "Asset")
        .objects.using(schema_editor.connection.alias)
        .order_by("id")
        .values_list("id", flat=True)
    )
    with schema_editor.connection.cursor() as cursor:
        batch = list(assets[:BATCH])
        while batch:
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute(LOCK, [batch])
                cursor.execute(FILL, [batch])
            batch = list(assets.filter(id__gt=batch[-1])[:BATCH])


class Migration(MigrationInSteps):
    # Each step by itself: the triggers' lock is held for a moment, not while the comments are counted.
    dependencies = [("comments", "0002_fences"), ("assets", "0026_rows_of_lists")]

    operations = [
        migrations.RunSQL(_MADE + _GONE + _CHANGED + _MOVED, _BACK),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
