"""`jobs_next` opens the scope of the job that it chooses, so that the claim can follow it in the same message."""

import importlib

from django.db import migrations

from dam.core.db import door

_TURNS = importlib.import_module("jobs.migrations.0005_turns")
SIGNATURE = "jobs_next(wanted text, limits jsonb, most integer, bulk integer)"
RETURNS = "TABLE (id uuid, organization_id uuid)"
BEFORE = f"#variable_conflict use_column {_TURNS.NEXT}"
# Both last until the transaction ends. Without a job the second is empty, and the claim finds nothing.
AFTER = BEFORE.replace("BEGIN\n", "BEGIN\n    PERFORM set_config('app.job_id', '', true);\n", 1).replace(
    "        id := chosen;\n",
    "        PERFORM set_config('app.organization_id', owner::text, true), set_config('app.job_id', chosen::text, true);\n"
    "        id := chosen;\n",
)


def _next(body: str) -> migrations.RunSQL:
    return door(SIGNATURE, RETURNS, body, language="plpgsql", volatile=True)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0007_pressure")]

    operations = [
        # Made and dropped in this order, so that going back leaves the function as it was.
        migrations.RunSQL("DROP FUNCTION jobs_next", _next(BEFORE).sql),
        _next(AFTER),
    ]
