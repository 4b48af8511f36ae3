"""The chain of a digest goes with its master, from its end: the one way in which rows of manifests are ever deleted."""

from django.db import migrations

from dam.core.db import door, let_definer_read

# Inside the scope of one organisation, which the caller cannot choose by an argument, and only of a master that
# is gone, or that nothing of the catalogue has any more.
FORGET = """
DECLARE owner uuid := nullif(current_setting('app.organization_id', true), '')::uuid; gone bigint;
BEGIN
    IF owner IS NULL THEN RAISE EXCEPTION 'no organisation is in scope'; END IF;
    DELETE FROM ingest_manifest e WHERE e.organization_id = owner AND e.sha256 = purged AND e.number >= since
        AND NOT EXISTS (SELECT 1 FROM assets_master m WHERE m.organization_id = owner AND m.sha256 = purged
            AND m.released_at IS NULL);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
"""


class Migration(migrations.Migration):
    dependencies = [("ingest", "0004_organizations"), ("assets", "0013_holds_and_purges")]

    operations = [
        migrations.RunSQL(
            "CREATE POLICY definer ON ingest_manifest TO dam_definer USING (true) WITH CHECK (true)",
            "DROP POLICY definer ON ingest_manifest",
        ),
        migrations.RunSQL(*let_definer_read("ingest_manifest", "SELECT, DELETE")),
        door(
            "manifests_forget(purged text, since integer)",
            "bigint",
            FORGET,
            language="plpgsql",
            volatile=True,
        ),
    ]
