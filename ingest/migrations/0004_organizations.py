"""The door that names every organisation, for the check of everything."""

from django.db import migrations

from dam.core.db import door


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_load"), ("orgs", "0002_fences")]

    operations = [
        door(
            "organizations_after(after uuid, most integer)",
            "TABLE (id uuid)",
            "SELECT o.id FROM orgs_organization o WHERE after IS NULL OR o.id > after ORDER BY o.id LIMIT most",
        ),
    ]
