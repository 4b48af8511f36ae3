"""Let a path name a sidecar: `organization_of('sidecar', id)` finds whose it is."""

from django.conf import settings
from django.db import migrations

from dam.core.db import kind, let_definer_read

_POLICY = "CREATE POLICY definer ON assets_sidecar TO {role} USING (true) WITH CHECK (true)"


class Migration(migrations.Migration):
    dependencies = [("assets", "0009_sidecars")]

    operations = [
        migrations.RunSQL(*let_definer_read("assets_sidecar")),
        migrations.RunSQL(
            _POLICY.format(role=settings.DATABASE_ROLES["definer"]), "DROP POLICY definer ON assets_sidecar"
        ),
        kind("sidecar", "assets_sidecar"),
    ]
