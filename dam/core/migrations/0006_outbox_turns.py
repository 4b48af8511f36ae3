"""The outbox by turns: each organisation gets its own, and what cannot be delivered is set aside with its reason."""

from django.conf import settings
from django.db import migrations, models

from dam.core.db import door

ROLES = settings.DATABASE_ROLES
# Walks from organisation to organisation by index probes, so that a burst of one costs the others nothing.
DUE = """
DECLARE here uuid := beginning; owner uuid; wrapped boolean := false; given integer := 0;
BEGIN
    WHILE given < most LOOP
        SELECT o.organization_id INTO owner FROM core_outbox o
            WHERE o.organization_id > here AND o.set_aside_at IS NULL ORDER BY o.organization_id LIMIT 1;
        IF owner IS NULL THEN
            EXIT WHEN wrapped;
            wrapped := true;
            here := '00000000-0000-0000-0000-000000000000';
            CONTINUE;
        END IF;
        EXIT WHEN wrapped AND owner > beginning;
        here := owner;
        IF EXISTS (SELECT 1 FROM core_outbox o WHERE o.organization_id = owner AND o.set_aside_at IS NULL
                   AND o.available_at <= now()) THEN
            given := given + 1;
            RETURN NEXT owner;
        END IF;
    END LOOP;
END
"""
TAKE = f"""
    CREATE FUNCTION outbox_take(most integer) RETURNS TABLE (sequence bigint, organization_id uuid)
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $door$
        SELECT o.sequence, o.organization_id FROM core_outbox o WHERE o.available_at <= now()
        ORDER BY o.sequence LIMIT most FOR UPDATE SKIP LOCKED $door$;
    REVOKE ALL ON FUNCTION outbox_take FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION outbox_take TO {ROLES["app"]}, {ROLES["migrator"]};
    ALTER FUNCTION outbox_take OWNER TO {ROLES["definer"]};
"""

LOAD_BEFORE = f"""
    CREATE FUNCTION outbox_load() RETURNS TABLE (messages bigint, oldest_s double precision)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $door$
        SELECT count(*), coalesce(extract(epoch FROM now() - min(o.available_at)), 0) FROM core_outbox o
        WHERE o.available_at <= now() $door$;
    REVOKE ALL ON FUNCTION outbox_load FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION outbox_load TO {ROLES["app"]}, {ROLES["migrator"]};
    ALTER FUNCTION outbox_load OWNER TO {ROLES["definer"]};
"""
LOAD = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(o.available_at)), 0) FROM core_outbox o
    WHERE o.available_at <= now() AND o.set_aside_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0005_outbox_load")]

    operations = [
        migrations.AddField("outbox", "attempts", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AddField("outbox", "reason", models.TextField(blank=True, default="", db_default="")),
        migrations.AddField("outbox", "set_aside_at", models.DateTimeField(null=True)),
        migrations.RemoveIndex("outbox", "core_outbox_due"),
        migrations.AddIndex(
            "outbox",
            models.Index(
                fields=["organization", "available_at", "sequence"],
                condition=models.Q(set_aside_at=None),
                name="core_outbox_turn",
            ),
        ),
        door(
            "outbox_due(beginning uuid, most integer)",
            "SETOF uuid",
            DUE,
            language="plpgsql",
        ),
        migrations.RunSQL("DROP FUNCTION outbox_take", TAKE),
        # What is set aside waits for a person, so it is no backlog; it is counted apart, per topic.
        migrations.RunSQL("DROP FUNCTION outbox_load", LOAD_BEFORE),
        door("outbox_load()", "TABLE (messages bigint, oldest_s double precision)", LOAD),
        door(
            "outbox_set_aside()",
            "TABLE (topic text, messages bigint)",
            "SELECT o.topic, count(*) FROM core_outbox o WHERE o.set_aside_at IS NOT NULL GROUP BY o.topic",
        ),
        door(
            "outbox_stuck()",
            "SETOF uuid",
            "SELECT DISTINCT o.organization_id FROM core_outbox o WHERE o.set_aside_at IS NOT NULL",
        ),
        migrations.AddIndex(
            "outbox",
            models.Index(
                fields=["topic"],
                condition=models.Q(set_aside_at__isnull=False),
                name="core_outbox_set_aside",
            ),
        ),
    ]
