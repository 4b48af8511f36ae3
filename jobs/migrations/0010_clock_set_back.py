"""The door through which jobs become due again that were queued or claimed before the clock was set back."""

from django.db import migrations

from dam.core.db import door


class Migration(migrations.Migration):
    dependencies = [("jobs", "0009_looking_before_waking")]

    operations = [
        # Whoever still holds a claim renews it as ever; of one who died the lease now runs out in time.
        door(
            "jobs_straighten(most_ahead_s double precision, lease_s double precision)",
            "bigint",
            "WITH queued AS (UPDATE jobs_job j SET due_at = now(), woken_at = now() WHERE j.state = 'queued' "
            "AND j.due_at > now() + make_interval(secs => most_ahead_s) RETURNING 1), "
            "running AS (UPDATE jobs_job j SET lease_until = now() + make_interval(secs => lease_s) "
            "WHERE j.state = 'running' AND j.lease_until > now() + make_interval(secs => lease_s + most_ahead_s) "
            "RETURNING 1) "
            "SELECT (SELECT count(*) FROM queued) + (SELECT count(*) FROM running)",
            volatile=True,
        )
    ]
