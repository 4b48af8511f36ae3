"""The door that tells how many uploads are on their way."""

from django.db import migrations

from dam.core.db import door


class Migration(migrations.Migration):
    dependencies = [("ingest", "0002_fences")]

    operations = [
        # Numbers of all tenants together, no ids; the partial index holds what still lies in staging.
        door(
            "uploads_load()",
            "TABLE (state text, uploads bigint, reserved_bytes bigint)",
            "SELECT u.state, count(*), sum(u.reserved)::bigint FROM ingest_upload u WHERE u.is_staged GROUP BY 1",
        ),
    ]
