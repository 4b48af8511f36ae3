"""The schedule, the relay's wake-up, and the door through which old idempotency keys go."""

import django.db.models.functions.datetime
from django.db import migrations, models

from dam.core.db import door, let_definer_read


class Migration(migrations.Migration):
    dependencies = [("core", "0003_fences")]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "core_schedule"},
        ),
        # Sent at commit, once a transaction; the relay also sweeps, so a lost one costs a second at most.
        migrations.RunSQL(
            """
            CREATE FUNCTION core_outbox_wake() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NOTIFY dam_outbox; RETURN NULL; END $$;
            CREATE TRIGGER core_outbox_wake AFTER INSERT ON core_outbox
                FOR EACH STATEMENT EXECUTE FUNCTION core_outbox_wake();
            """,
            "DROP TRIGGER core_outbox_wake ON core_outbox; DROP FUNCTION core_outbox_wake;",
        ),
        migrations.RunSQL(
            "CREATE POLICY definer ON core_idempotencykey TO dam_definer USING (true)",
            "DROP POLICY definer ON core_idempotencykey",
        ),
        migrations.RunSQL(*let_definer_read("core_idempotencykey", "SELECT, DELETE")),
        door(
            "idempotency_forget(older_than_s integer)",
            "bigint",
            "WITH gone AS (DELETE FROM core_idempotencykey k "
            "WHERE k.created_at < now() - make_interval(secs => older_than_s) RETURNING 1) "
            "SELECT count(*) FROM gone",
            volatile=True,
        ),
    ]
