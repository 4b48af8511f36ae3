"""What has lain in the trash for its organisation's days."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import models

from dam.core.db import door
from dam.core.steps import MigrationInSteps

# Ids only, the longest there first, and nothing that is held. Each organisation is asked by itself: what another
# keeps for years is not looked at again and again.
OVERDUE = """
    SELECT lain.id, o.id FROM orgs_organization o CROSS JOIN LATERAL (
        SELECT a.id, a.trashed_at FROM assets_asset a
        WHERE a.organization_id = o.id
            AND a.trashed_at < now() - make_interval(days => coalesce(o.trash_days, unless_set))
            AND NOT EXISTS (SELECT 1 FROM assets_hold h WHERE h.organization_id = a.organization_id
                AND (h.asset_id = a.id OR h.project_id = a.project_id))
            AND NOT EXISTS (SELECT 1 FROM assets_hold h JOIN assets_version v
                ON v.organization_id = h.organization_id AND v.id = h.version_id
                WHERE h.organization_id = a.organization_id AND v.asset_id = a.id)
        ORDER BY a.trashed_at LIMIT most
    ) lain
    ORDER BY lain.trashed_at LIMIT most
"""


class Migration(MigrationInSteps):
    # Indexes of a large table are built beside its writers.
    dependencies = [("assets", "0023_tags"), ("orgs", "0004_trash_days")]

    operations = [
        AddIndexConcurrently(
            "asset",
            models.Index(
                fields=["organization", "trashed_at"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_overdue",
            ),
        ),
        RemoveIndexConcurrently("asset", "assets_asset_trashed"),
        # `trash_due` stays for processes of the release before.
        door(
            "trash_overdue(unless_set integer, most integer)",
            "TABLE (id uuid, organization_id uuid)",
            OVERDUE,
        ),
    ]
