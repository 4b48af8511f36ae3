"""Fences around the outbox and the idempotency keys, and the relay's door."""

from django.db import migrations

from dam.core.db import door, fence, let_definer_read


class Migration(migrations.Migration):
    dependencies = [("core", "0002_outbox_and_keys")]

    operations = [
        *fence("core_idempotencykey"),
        *fence("core_outbox", definer=True, keyed=False),
        migrations.RunSQL(*let_definer_read("core_outbox", "UPDATE")),
        # The rows stay locked to the caller's transaction, which deletes them after handing them on.
        door(
            "outbox_take(most integer)",
            "TABLE (sequence bigint, organization_id uuid)",
            "SELECT o.sequence, o.organization_id FROM core_outbox o WHERE o.available_at <= now() "
            "ORDER BY o.sequence LIMIT most FOR UPDATE SKIP LOCKED",
            volatile=True,
        ),
    ]
