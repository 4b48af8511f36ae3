"""Searches that people have saved."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel


class SavedSearch(TenantModel):
    """An object of the asset list's parameters under a name; its maker's own unless it is shared with everybody here."""

    name = models.CharField(max_length=300)
    query = models.JSONField(default=dict)
    is_shared = models.BooleanField(default=False)
    created_by = models.UUIDField()

    class Meta:
        db_table = "assets_savedsearch"
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="assets_savedsearch_list"),
        ]

    def __str__(self) -> str:
        return self.name
