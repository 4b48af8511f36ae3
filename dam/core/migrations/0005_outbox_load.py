"""The door that tells how much waits in the outbox, and for how long."""

from django.db import migrations

from dam.core.db import door


class Migration(migrations.Migration):
    dependencies = [("core", "0004_schedule")]

    operations = [
        # Numbers of all tenants together, no ids. Not due yet is no backlog: retries and delayed wake-ups.
        door(
            "outbox_load()",
            "TABLE (messages bigint, oldest_s double precision)",
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(o.available_at)), 0) FROM core_outbox o "
            "WHERE o.available_at <= now()",
        ),
    ]
