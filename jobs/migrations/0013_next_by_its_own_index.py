"""What a job's turn costs does not grow with those that ended: neither their key nor a list's index serves to find it."""

import importlib

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from dam.core.db import door
from dam.core.steps import MigrationInSteps

_BEFORE = importlib.import_module("jobs.migrations.0008_next_in_one_message")
# Not `=`: by it, the planner would read an organisation's index, full of what ran a moment ago, for the few that run.
NEXT = _BEFORE.AFTER.replace("r.organization_id = o.id", "r.organization_id IS NOT DISTINCT FROM o.id")
KEY = "(organization_id, kind, idem_key)"


def _build(apps, editor):
    """Build the key's new index while others write; one that was not finished is built anew."""
    editor.execute("DROP INDEX CONCURRENTLY IF EXISTS jobs_job_once_new")
    editor.execute(
        f"CREATE UNIQUE INDEX CONCURRENTLY jobs_job_once_new ON jobs_job {KEY} WHERE idem_key IS NOT NULL"
    )


def _next(body):
    return door(_BEFORE.SIGNATURE, _BEFORE.RETURNS, body, language="plpgsql", volatile=True)


def _by_state(states):
    return models.Index(
        fields=["organization", "state", "-created_at", "-id"],
        condition=models.Q(state__in=states),
        name="jobs_job_state",
    )


class Migration(MigrationInSteps):
    dependencies = [("jobs", "0012_let_by")]

    operations = [
        # Found by it is who asks by key alone. A plan made while there were few jobs, and kept, would otherwise look for one
        # job among all of its organisation.
        migrations.RunPython(_build, migrations.RunPython.noop),
        migrations.RunSQL(
            "ALTER TABLE jobs_job DROP CONSTRAINT jobs_job_once; "
            "ALTER INDEX jobs_job_once_new RENAME TO jobs_job_once",
            f"DROP INDEX jobs_job_once; ALTER TABLE jobs_job ADD CONSTRAINT jobs_job_once UNIQUE {KEY}",
            state_operations=[
                migrations.RemoveConstraint("job", "jobs_job_once"),
                migrations.AddConstraint(
                    "job",
                    models.UniqueConstraint(
                        fields=["organization", "kind", "idem_key"],
                        condition=models.Q(idem_key__isnull=False),
                        name="jobs_job_once",
                    ),
                ),
            ],
        ),
        # What waits and what runs has indexes of its own: entering and leaving this one cost each job twice.
        RemoveIndexConcurrently("job", "jobs_job_state"),
        AddIndexConcurrently("job", _by_state(["failed", "cancelled"])),
        migrations.RunSQL("DROP FUNCTION jobs_next", _next(_BEFORE.AFTER).sql),
        _next(NEXT),
    ]
