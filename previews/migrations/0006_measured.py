"""How many bytes previews take, counted once they rest."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from dam.core.db import door
from dam.core.steps import MigrationInSteps

UNMEASURED = models.Q(measured_at=None) | models.Q(measured_at__lt=models.F("updated_at"))
DUE = """
    (SELECT p.id, p.organization_id, false FROM previews_preview p
        WHERE (p.measured_at IS NULL OR p.measured_at < p.updated_at) AND p.state <> 'building'
        ORDER BY p.updated_at LIMIT most)
    UNION ALL
    (SELECT c.id, c.organization_id, true FROM previews_marked_copy c
        WHERE (c.measured_at IS NULL OR c.measured_at < c.updated_at) AND c.state <> 'building'
        ORDER BY c.updated_at LIMIT most)
"""


class Migration(MigrationInSteps):
    dependencies = [("previews", "0005_life")]

    operations = [
        *[
            migrations.AddField(model, name, field)
            for model in ("preview", "markedcopy")
            for name, field in (
                ("bytes", models.BigIntegerField(null=True)),
                ("measured_at", models.DateTimeField(null=True)),
            )
        ],
        AddIndexConcurrently(
            "preview",
            models.Index(fields=["updated_at"], condition=UNMEASURED, name="previews_preview_unmeasured"),
        ),
        AddIndexConcurrently(
            "markedcopy",
            models.Index(fields=["updated_at"], condition=UNMEASURED, name="previews_copy_unmeasured"),
        ),
        door(
            "previews_unmeasured(most integer)",
            "TABLE (id uuid, organization_id uuid, is_copy boolean)",
            DUE,
        ),
    ]
