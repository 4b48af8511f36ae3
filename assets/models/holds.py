"""Legal holds: what nobody may put in the trash or purge."""

from __future__ import annotations

from django.db import models

from assets.models.assets import Asset, Version
from dam.core.db import TenantModel


class Hold(TenantModel):
    """A legal hold on one project, asset or version; it lasts until somebody releases it, and then its row is gone.

    What is held is the whole of it: every version of an asset, every asset of a project, also those to come.
    """

    project = models.ForeignKey(
        "orgs.Project",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    reason = models.TextField(default="", blank=True)
    set_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_hold"
        constraints = [
            models.UniqueConstraint(fields=["organization", "project"], name="assets_hold_project"),
            models.UniqueConstraint(fields=["organization", "asset"], name="assets_hold_asset"),
            models.UniqueConstraint(fields=["organization", "version"], name="assets_hold_version"),
            models.CheckConstraint(
                condition=models.Q(project=None, asset=None, version__isnull=False)
                | models.Q(project=None, asset__isnull=False, version=None)
                | models.Q(project__isnull=False, asset=None, version=None),
                name="assets_hold_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"hold on {self.project_id or self.asset_id or self.version_id}"
