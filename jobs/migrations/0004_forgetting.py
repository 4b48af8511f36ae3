"""Doors through which jobs that ended long ago go, and wake-ups that nobody could deliver."""

from django.db import migrations, models

from dam.core.db import door, let_definer_read


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_trace_and_load"), ("core", "0004_schedule")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["finished_at"],
                condition=models.Q(finished_at__isnull=False),
                name="jobs_job_ended",
            ),
        ),
        # Locking a row, so that one which is just being retried is passed over, takes the right to change it.
        migrations.RunSQL(*let_definer_read("jobs_job", "DELETE, UPDATE")),
        migrations.RunSQL(*let_definer_read("core_outbox", "DELETE")),
        door(
            "jobs_forget(ended_s integer, failed_s integer, most integer)",
            "bigint",
            "WITH gone AS (DELETE FROM jobs_job j WHERE j.id IN (SELECT o.id FROM jobs_job o "
            "WHERE o.finished_at < now() - make_interval(secs => least(ended_s, failed_s)) "
            "AND ((o.state IN ('succeeded', 'cancelled') "
            "AND o.finished_at < now() - make_interval(secs => ended_s)) "
            "OR (o.state = 'failed' AND o.finished_at < now() - make_interval(secs => failed_s))) "
            "ORDER BY o.finished_at LIMIT most FOR UPDATE SKIP LOCKED) RETURNING 1) SELECT count(*) FROM gone",
            volatile=True,
        ),
        # Live events are a record and stay until they are delivered; a wake-up is a hint.
        door(
            "wakeups_forget(older_than_s integer)",
            "bigint",
            "WITH gone AS (DELETE FROM core_outbox o WHERE o.topic = 'job' "
            "AND o.created_at < now() - make_interval(secs => older_than_s) RETURNING 1) "
            "SELECT count(*) FROM gone",
            volatile=True,
        ),
    ]
