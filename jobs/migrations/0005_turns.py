"""Turns: which organisation's job is next, what a machine has room for, and how long the wait will be."""

from django.db import migrations, models

from dam.core.db import door, fence, let_definer_read

# Walks from organisation to organisation by index probes, so that a burst of one costs the others nothing.
OWNERS = """
    WITH RECURSIVE owners (id) AS (
        (SELECT j.organization_id FROM jobs_job j WHERE j.state = 'queued' AND j.queue = wanted
            ORDER BY j.organization_id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.organization_id FROM jobs_job j WHERE j.state = 'queued' AND j.queue = wanted
            AND j.organization_id > o.id ORDER BY j.organization_id LIMIT 1)
        FROM owners o WHERE o.id IS NOT NULL)
"""
CAN_RUN = """
    j.state = 'queued' AND j.queue = wanted AND j.due_at <= now() AND j.attempts < most
    AND NOT string_to_array(j.lane, '/') && taken
"""
RUNNING = "SELECT count(*) FROM jobs_job r WHERE r.state = 'running' AND r.queue = wanted"
# The turn's row is skipped where somebody is just writing it: what that one writes says the same.
NEXT = f"""
DECLARE taken text[]; owner uuid; chosen uuid;
BEGIN
    SELECT coalesce(array_agg(l.key), '{{}}') INTO taken FROM jsonb_each_text(limits) l
        WHERE ({RUNNING} AND l.key = ANY (string_to_array(r.lane, '/'))) >= l.value::integer;
    FOR owner IN {OWNERS}
        SELECT o.id FROM owners o
        CROSS JOIN LATERAL (SELECT j.priority FROM jobs_job j WHERE j.organization_id = o.id AND {CAN_RUN}
            ORDER BY j.priority, j.due_at LIMIT 1) best
        LEFT JOIN jobs_turn t ON t.queue = wanted AND t.organization_id = o.id
        WHERE o.id IS NOT NULL
        ORDER BY best.priority >= bulk, ({RUNNING} AND r.organization_id = o.id), t.served_at NULLS FIRST
    LOOP
        SELECT j.id INTO chosen FROM jobs_job j WHERE j.organization_id = owner AND {CAN_RUN}
            ORDER BY j.priority, j.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN chosen IS NULL;
        PERFORM 1 FROM jobs_turn t WHERE t.queue = wanted AND t.organization_id = owner;
        IF NOT FOUND THEN
            INSERT INTO jobs_turn (queue, organization_id, served_at) VALUES (wanted, owner, clock_timestamp())
                ON CONFLICT DO NOTHING;
        ELSE
            UPDATE jobs_turn SET served_at = clock_timestamp() WHERE ctid IN (SELECT t.ctid FROM jobs_turn t
                WHERE t.queue = wanted AND t.organization_id = owner FOR UPDATE SKIP LOCKED);
        END IF;
        id := chosen;
        organization_id := owner;
        RETURN NEXT;
        RETURN;
    END LOOP;
END
"""
# The lock makes those who ask at the same moment see each other; it is held until the asker has entered the lane.
HAS_ROOM = """
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('jobs-lane', 0));
    RETURN NOT EXISTS (SELECT 1 FROM jsonb_each_text(limits) l
        WHERE l.key = ANY (string_to_array(wished, '/')) AND l.value::integer <= (
            SELECT count(*) FROM jobs_job r WHERE r.state = 'running' AND r.id <> asking
            AND l.key = ANY (string_to_array(r.lane, '/'))));
END
"""
# By turns: before the job in place n of its organisation come the first n of every other one, and what is running.
AHEAD = f"""
DECLARE mine jobs_job; wanted text; place integer;
BEGIN
    SELECT * INTO mine FROM jobs_job j WHERE j.id = asking AND j.state = 'queued';
    IF NOT FOUND THEN RETURN; END IF;
    wanted := mine.queue;
    SELECT count(*) INTO place FROM (SELECT 1 FROM jobs_job j WHERE j.state = 'queued' AND j.queue = wanted
        AND j.organization_id = mine.organization_id
        AND (j.priority, j.due_at, j.id) < (mine.priority, mine.due_at, mine.id) LIMIT most) before;
    RETURN QUERY {OWNERS},
        waiting AS (SELECT j.expected_s FROM owners o CROSS JOIN LATERAL (
            SELECT q.id, q.expected_s FROM jobs_job q WHERE q.state = 'queued' AND q.queue = wanted
                AND q.organization_id = o.id AND (mine.priority >= bulk OR q.priority < bulk)
            ORDER BY q.priority, q.due_at, q.id
            LIMIT CASE WHEN o.id = mine.organization_id THEN place ELSE place + 1 END) j
            WHERE o.id IS NOT NULL),
        busy AS (SELECT r.expected_s * (1 - r.progress) AS expected_s FROM jobs_job r
            WHERE r.state = 'running' AND r.queue = wanted)
    SELECT (SELECT count(*) FROM waiting)::integer,
        ((SELECT coalesce(sum(coalesce(w.expected_s, usual)), 0) FROM waiting w)
         + (SELECT coalesce(sum(coalesce(b.expected_s, usual)), 0) FROM busy b))
        / greatest(1, (SELECT count(*) FROM busy));
END
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_forgetting")]

    operations = [
        migrations.AddField(
            "job",
            "priority",
            models.SmallIntegerField(
                choices=[
                    (0, "somebody waits for it"),
                    (50, "usual"),
                    (90, "when nothing else is to be done"),
                ],
                db_default=50,
                default=50,
            ),
        ),
        migrations.AddField(
            "job", "lane", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField("job", "expected_s", models.FloatField(null=True)),
        migrations.AddIndex(
            "job",
            models.Index(
                fields=["queue", "organization", "priority", "due_at"],
                condition=models.Q(state="queued"),
                name="jobs_job_turn",
            ),
        ),
        # When each organisation was last served. Not logged: after a crash everybody begins anew, at no loss.
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE jobs_turn (queue text NOT NULL, organization_id uuid NOT NULL "
            "REFERENCES orgs_organization (id) ON DELETE CASCADE, served_at timestamptz NOT NULL, "
            "PRIMARY KEY (queue, organization_id)) WITH (fillfactor = 50)",
            "DROP TABLE jobs_turn",
        ),
        *fence("jobs_turn", keyed=False, definer=True),
        migrations.RunSQL(*let_definer_read("jobs_turn", "INSERT, UPDATE")),
        door(
            "jobs_next(wanted text, limits jsonb, most integer, bulk integer)",
            "TABLE (id uuid, organization_id uuid)",
            f"#variable_conflict use_column {NEXT}",
            language="plpgsql",
            volatile=True,
        ),
        door(
            "jobs_lane_has_room(asking uuid, wished text, limits jsonb)",
            "boolean",
            HAS_ROOM,
            language="plpgsql",
            volatile=True,
        ),
        door(
            "jobs_ahead(asking uuid, most integer, bulk integer, usual double precision)",
            "TABLE (jobs integer, seconds double precision)",
            AHEAD,
            language="plpgsql",
        ),
    ]
