"""Shoots: what was recorded at one place, at one time, for one client; and what is none, whatever it looks like."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel


class Shoot(TenantModel):
    """One shoot of a project. An asset belongs to one at most (`Asset.shoot`). Positions in degrees."""

    project = models.ForeignKey(
        "orgs.Project", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    client = models.ForeignKey(
        "orgs.Client", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    name = models.CharField(max_length=300)
    date = models.DateField(null=True)
    place = models.CharField(max_length=300, default="", blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_shoot"
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="assets_shoot_list"),
            models.Index(
                fields=["organization", "project", "-created_at", "-id"], name="assets_shoot_project"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Dismissal(TenantModel):
    """Somebody said that this asset of a project is part of no shoot that is proposed; of another project it may be."""

    project = models.ForeignKey(
        "orgs.Project", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey("assets.Asset", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_dismissal"
        constraints = [
            models.UniqueConstraint(fields=["organization", "project", "asset"], name="assets_dismissal_once")
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.asset_id}"
