"""How many assets carry each tag, kept beside the assets so that nobody counts them by the hundred thousand."""

from __future__ import annotations

from typing import ClassVar, Self
from uuid import UUID

from django.db import models

from dam.core.db import TenantKey, TenantManager


class TagCount(models.Model):
    """What assets of a project outside the trash add to a tag's count, or take from it; the sum is the count.

    Triggers of `assets_asset` append lines (`is_new`), so that no two writers wait for one counter; they are folded
    into one line a tag and project now and then. `folded` is the tag without regard to case.
    """

    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    project = models.ForeignKey(
        "orgs.Project", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    tag = models.TextField(db_collation="C")
    folded = models.TextField(db_collation="C")
    number = models.BigIntegerField()
    is_new = models.BooleanField()

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "assets_tagcount"
        indexes = [
            models.Index(
                fields=["organization", "folded", "tag"],
                include=["project", "number"],
                name="assets_tagcount_list",
            ),
            models.Index(
                fields=["organization", "project", "folded", "tag"],
                include=["number"],
                name="assets_tagcount_project",
            ),
            models.Index(
                fields=["organization"], condition=models.Q(is_new=True), name="assets_tagcount_new"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.number:+d}"
