"""Collections and what they hold."""

from __future__ import annotations

from django.db import models

from assets.models.assets import Asset, Version
from dam.core.db import TenantModel

#: Positions of everything that is ever put into collections, one after another.
NEXT = models.Func(models.Value("assets_collectionitem_next"), function="nextval")


class Collection(TenantModel):
    """A set of assets of one project. A frozen one is hidden: it holds what a share was made of.

    A smart one holds nothing itself: `query`, an object of the asset list's parameters, says anew each time what is in it.
    """

    class CollectionKind(models.TextChoices):
        MANUAL = "manual"
        SMART = "smart"
        FROZEN = "frozen"

    project = models.ForeignKey(
        "orgs.Project", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=16, choices=CollectionKind.choices, default=CollectionKind.MANUAL)
    query = models.JSONField(null=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_collection"
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="assets_collection_list"),
            models.Index(
                fields=["organization", "project", "-created_at", "-id"], name="assets_collection_project"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionItem(TenantModel):
    """An asset in a collection; `version` is set where it was frozen, null where the head counts.

    What comes later stands further down; people change the order by exchanging positions within a collection.
    """

    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, related_name="items", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    position = models.BigIntegerField(db_default=NEXT)

    class Meta:
        db_table = "assets_collectionitem"
        indexes = [
            models.Index(
                fields=["organization", "collection", "position", "asset"],
                name="assets_collectionitem_order",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "collection", "asset"], name="assets_collectionitem_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.collection_id} {self.asset_id}"
