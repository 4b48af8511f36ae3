"""How long a queue keeps people waiting: what is done in bulk may wait, and is not counted."""

from django.db import migrations

from dam.core.db import door

BEFORE = (
    "SELECT j.queue, CASE WHEN j.due_at <= now() THEN 'queued' ELSE 'waiting' END, count(*), "
    "extract(epoch FROM now() - min(j.due_at)) FROM jobs_job j WHERE j.state = 'queued' GROUP BY 1, 2 "
    "UNION ALL SELECT j.queue, 'running', count(*), extract(epoch FROM now() - min(j.started_at)) "
    "FROM jobs_job j WHERE j.state = 'running' GROUP BY 1"
)
AFTER = BEFORE.replace("min(j.due_at)", "coalesce(min(j.due_at) FILTER (WHERE j.priority < 90), now())")
LOAD = ("jobs_load()", "TABLE (queue text, state text, jobs bigint, oldest_s double precision)")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0006_gpu_queue")]

    operations = [
        # Made and dropped in this order, so that going back leaves the function as it was.
        migrations.RunSQL("DROP FUNCTION jobs_load", door(*LOAD, BEFORE).sql),
        door(*LOAD, AFTER),
        door(
            "jobs_waiting(wanted text, bulk integer)",
            "double precision",
            "SELECT coalesce(extract(epoch FROM now() - min(j.due_at)), 0) FROM jobs_job j "
            "WHERE j.state = 'queued' AND j.queue = wanted AND j.priority < bulk AND j.due_at <= now()",
        ),
    ]
