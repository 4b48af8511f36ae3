"""Fences around the jobs, and the sweeper's door."""

from django.db import migrations

from dam.core.db import door, fence, kind


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_jobs"), ("orgs", "0002_fences")]

    operations = [
        *fence("jobs_job", parents={"project_id": "orgs_project"}, definer=True),
        kind("job", "jobs_job"),
        # Running without a lease: the worker died. Queued for long since anybody was woken: the message got lost.
        door(
            "jobs_due(rewake_s integer, most integer)",
            "TABLE (id uuid, organization_id uuid)",
            "(SELECT j.id, j.organization_id FROM jobs_job j WHERE j.state = 'running' AND j.lease_until < now() "
            "ORDER BY j.lease_until LIMIT most) UNION ALL "
            "(SELECT j.id, j.organization_id FROM jobs_job j WHERE j.state = 'queued' AND j.due_at < now() "
            "AND j.woken_at < now() - make_interval(secs => rewake_s) ORDER BY j.due_at LIMIT most)",
        ),
    ]
