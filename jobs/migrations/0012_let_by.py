"""The door that lets a job by which has waited long behind what goes before it."""

import importlib

from django.db import migrations, models

from dam.core.db import door

_OWNERS = importlib.import_module("jobs.migrations.0005_turns").OWNERS
# Of each organisation the oldest usual job, where something goes before it and none is being let by already.
LET_BY = f"""
    {_OWNERS}, oldest AS (
        SELECT found.id FROM owners o CROSS JOIN LATERAL (
            SELECT j.id, j.due_at FROM jobs_job j WHERE j.state = 'queued' AND j.queue = wanted
                AND j.organization_id = o.id AND j.priority = usual
            ORDER BY j.due_at LIMIT 1 FOR UPDATE SKIP LOCKED) found
        WHERE o.id IS NOT NULL AND found.due_at < now() - make_interval(secs => after_s)
            AND EXISTS (SELECT 1 FROM jobs_job s WHERE s.state = 'queued' AND s.queue = wanted
                AND s.organization_id = o.id AND s.priority < usual)
            AND NOT EXISTS (SELECT 1 FROM jobs_job s WHERE s.state = 'queued' AND s.queue = wanted
                AND s.organization_id = o.id AND s.priority = sooner)),
    moved AS (UPDATE jobs_job j SET priority = sooner FROM oldest WHERE j.id = oldest.id AND j.state = 'queued'
        RETURNING 1)
    SELECT count(*) FROM moved
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0011_jobs_by_state")]

    operations = [
        migrations.AlterField(
            "job",
            "priority",
            models.SmallIntegerField(
                choices=[
                    (0, "somebody waits for it"),
                    (10, "has waited long"),
                    (20, "was sent just now"),
                    (50, "usual"),
                    (90, "when nothing else is to be done"),
                ],
                db_default=50,
                default=50,
            ),
        ),
        door(
            "jobs_let_by(wanted text, usual integer, sooner integer, after_s double precision)",
            "bigint",
            LET_BY,
            volatile=True,
        ),
    ]
