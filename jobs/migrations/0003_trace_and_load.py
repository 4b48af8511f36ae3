"""What a job remembers of the request that asked for it, and the door that tells how busy the queues are."""

from django.db import migrations, models

from dam.core.db import door


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_fences")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="request_id",
            field=models.CharField(db_default="", default="", max_length=128),
        ),
        migrations.AddField(
            model_name="job",
            name="traceparent",
            field=models.CharField(db_default="", default="", max_length=64),
        ),
        # Numbers of all tenants together, no ids. Each half reads a partial index that holds live jobs alone.
        door(
            "jobs_load()",
            "TABLE (queue text, state text, jobs bigint, oldest_s double precision)",
            "SELECT j.queue, CASE WHEN j.due_at <= now() THEN 'queued' ELSE 'waiting' END, count(*), "
            "extract(epoch FROM now() - min(j.due_at)) FROM jobs_job j WHERE j.state = 'queued' GROUP BY 1, 2 "
            "UNION ALL SELECT j.queue, 'running', count(*), extract(epoch FROM now() - min(j.started_at)) "
            "FROM jobs_job j WHERE j.state = 'running' GROUP BY 1",
        ),
    ]
