"""Work over many assets: what was asked, the set it was asked for, and what each asset was before."""

from __future__ import annotations

from typing import ClassVar, Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dam.core.db import TenantKey, TenantManager, TenantModel


class Operation(TenantModel):
    """What a job of this room does; it has the job's id, and goes with the job.

    `by` narrows the person who asked as their token did. A set is chosen once (`is_gathered`) and lies in `Part`s,
    of which `next_part` is the first not done, but for the first `place` of it; `after` is the place where gathering goes on. `undoes` is the
    operation whose changes this one takes back. Watchers of the `untold` projects are yet to hear that something
    changed; the last ones did at `told_at`. `queries` tells of the kept queries that follow, and how far they do.
    """

    by = models.JSONField(default=dict)
    action = models.JSONField(default=dict)
    query = models.JSONField(null=True)
    is_dry = models.BooleanField(default=False)
    undoes = models.UUIDField(null=True)
    is_gathered = models.BooleanField(default=False)
    after = models.JSONField(null=True)
    matched = models.IntegerField(default=0)
    parts = models.IntegerField(default=0)
    next_part = models.IntegerField(default=0)
    place = models.IntegerField(default=0, db_default=0)
    done = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    errors = models.JSONField(default=list)
    skipped = models.JSONField(default=list)
    untold = models.JSONField(default=list)
    told_at = models.DateTimeField(null=True)
    queries = models.JSONField(default=dict, db_default={})

    class Meta:
        db_table = "bulk_operation"

    def __str__(self) -> str:
        return str(self.id)


class Part(models.Model):
    """Some hundred assets of an operation's set: the most that one transaction works on."""

    pk = models.CompositePrimaryKey("organization_id", "operation_id", "number")
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    number = models.IntegerField()
    ids = ArrayField(models.UUIDField())

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "bulk_part"

    def __str__(self) -> str:
        return f"{self.operation_id} {self.number}"


class Change(models.Model):
    """What an operation changed on one asset: the columns' values before.

    `was` and `stamp` are the times at which the asset was last written, before the change and by it: an asset whose
    time is no longer `stamp` was edited since. The asset is a plain id: its row may go.
    """

    pk = models.CompositePrimaryKey("organization_id", "operation_id", "asset_id")
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    asset_id = models.UUIDField()
    before = models.JSONField()
    left = ArrayField(models.UUIDField(), default=list)
    was = models.DateTimeField()
    stamp = models.DateTimeField()

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "bulk_change"
        indexes = [models.Index(fields=["organization", "asset_id", "stamp"], name="bulk_change_asset")]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.asset_id}"


class QueryChange(TenantModel):
    """A saved search or smart collection that an operation has put in other words: its query before and after.

    The search or collection is a plain id: its row may go.
    """

    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=16)
    target_id = models.UUIDField()
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        db_table = "bulk_querychange"
        indexes = [models.Index(fields=["organization", "operation", "id"], name="bulk_querychange_order")]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.target_id}"
