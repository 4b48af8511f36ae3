"""Doors that look at what is left before anybody is woken, and that find a lost wake-up without walking the backlog."""

from django.db import migrations

from dam.core.db import door

BEFORE = (
    "jobs_due(rewake_s integer, most integer)",
    "TABLE (id uuid, organization_id uuid)",
    "(SELECT j.id, j.organization_id FROM jobs_job j WHERE j.state = 'running' AND j.lease_until < now() "
    "ORDER BY j.lease_until LIMIT most) UNION ALL "
    "(SELECT j.id, j.organization_id FROM jobs_job j WHERE j.state = 'queued' AND j.due_at < now() "
    "AND j.woken_at < now() - make_interval(secs => rewake_s) ORDER BY j.due_at LIMIT most)",
)
# The order of an index that holds waiting jobs alone: without one a plan might walk all that ever ended.
IN_TURN = "ORDER BY j.organization_id, j.priority, j.due_at"
# A wake-up belongs to no job, so of each queue one job that waits is as good as all of them.
WAITS = (
    "SELECT found.id, found.organization_id FROM unnest(queues) AS q (name) CROSS JOIN LATERAL ("
    "SELECT j.id, j.organization_id FROM jobs_job j WHERE j.state = 'queued' AND j.queue = q.name "
    "AND j.due_at < now() AND j.woken_at < now() - make_interval(secs => {after}) "
    f"{IN_TURN} LIMIT 1) found"
)
AFTER = (
    "jobs_due(queues text[], rewake_s integer, forgotten_s integer, most integer)",
    "TABLE (id uuid, organization_id uuid)",
    "(SELECT j.id, j.organization_id FROM jobs_job j WHERE j.state = 'running' AND j.lease_until < now() "
    "ORDER BY j.lease_until LIMIT most) UNION ALL "
    f"({WAITS.format(after='rewake_s')}) UNION ALL ({WAITS.format(after='forgotten_s')})",
)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_next_in_one_message")]

    operations = [
        # A number of all tenants together, no ids. Not `now()`: the caller's transaction may be older than the job.
        door(
            "jobs_left(wanted text, most integer)",
            "integer",
            "SELECT count(*)::integer FROM (SELECT 1 FROM jobs_job j WHERE j.state = 'queued' AND j.queue = wanted "
            f"AND j.due_at <= statement_timestamp() {IN_TURN} LIMIT most) waiting",
        ),
        # Made and dropped in this order, so that going back leaves the function as it was.
        migrations.RunSQL("DROP FUNCTION jobs_due", door(*BEFORE).sql),
        door(*AFTER),
    ]
