"""Custom fields and their values."""

from __future__ import annotations

from typing import ClassVar, Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from assets.models.assets import Asset
from dam.core.db import TenantKey, TenantManager, TenantModel


class FieldDefinition(TenantModel):
    """A custom field of an organisation's assets; `projects` is null where all of them have it.

    What a value may be is said by `assets.fieldtypes`. `key` never changes: assets hold their values under it.
    """

    key = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=16)
    choices = ArrayField(models.TextField(), default=list)
    required = models.BooleanField(default=False)
    default = models.JSONField(null=True)
    help = models.TextField(default="", blank=True)
    order = models.IntegerField(default=0)
    projects = ArrayField(models.UUIDField(), null=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_field"
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="assets_field_key")]
        indexes = [models.Index(fields=["organization", "order", "id"], name="assets_field_list")]

    def __str__(self) -> str:
        return self.key


class FieldValue(models.Model):
    """One value of one custom field of one asset, typed: what filters and sorts, beside the asset that is the truth.

    A choice among several has a row for each. Types are those whose comparison row-level security lets an index
    decide. `created_at` is the asset's, so that the newest finds come in order without the asset itself.
    """

    pk = models.CompositePrimaryKey("organization_id", "asset_id", "field_id", "place")
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    asset = models.ForeignKey(
        Asset, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    field = models.ForeignKey(
        FieldDefinition, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    place = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    as_text = models.TextField(null=True)  # noqa: DJ001 - null is "of another type"
    as_folded = models.GeneratedField(
        expression=Lower("as_text"), output_field=models.TextField(null=True), db_persist=True
    )
    as_number = models.FloatField(null=True)
    as_time = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "assets_fieldvalue"
        indexes = (
            [
                models.Index(
                    fields=["organization", "field", f"as_{name}", "-created_at", "-asset"],
                    condition=models.Q(**{f"as_{name}__isnull": False}),
                    name=f"assets_fieldvalue_{name}",
                )
                for name in ("text", "number", "time")
            ]
            + [
                # Sorting by a field walks equal values in the order of the assets' ids, whichever way it goes.
                models.Index(
                    fields=["organization", "field", f"as_{name}", "asset"],
                    condition=models.Q(**{f"as_{name}__isnull": False}),
                    name=f"assets_fieldvalue_by_{name}",
                )
                for name in ("text", "number", "time")
            ]
            + [
                models.Index(
                    fields=["organization", "field", "as_folded", "-created_at", "-asset"],
                    condition=models.Q(as_folded__isnull=False),
                    name="assets_fieldvalue_folded",
                )
            ]
        )

    def __str__(self) -> str:
        return f"{self.asset_id} {self.field_id}"
