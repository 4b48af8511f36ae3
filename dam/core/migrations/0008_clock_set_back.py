"""The door through which messages become due again that were written before the clock was set back."""

from django.db import migrations

from dam.core.db import door


class Migration(migrations.Migration):
    dependencies = [("core", "0007_request_context")]

    operations = [
        door(
            "outbox_straighten(most_ahead_s double precision)",
            "bigint",
            "WITH straightened AS (UPDATE core_outbox o SET available_at = now() WHERE o.set_aside_at IS NULL "
            "AND o.available_at > now() + make_interval(secs => most_ahead_s) RETURNING 1) "
            "SELECT count(*) FROM straightened",
            volatile=True,
        )
    ]
