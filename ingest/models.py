"""Uploads on their way to becoming masters, the claims on digests, and the manifests beside the masters."""

from __future__ import annotations

from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from dam.core.db import TenantKey, TenantManager, TenantModel
from ingest.multipart import PartPlan
from ingest.states import State


class Upload(TenantModel):
    """A file that a client brings in parts to a key in staging that the server chose.

    Units: `size`, `part_size` and `reserved` in bytes. `sha256` is what the client declared at first; `digest`
    what a promotion asked for last. `parts` is the ledger `[[number, size, etag], …]`, kept on completion.
    `is_staged` says that bytes may still lie in staging; the janitor clears them, then the flag.
    """

    project = models.ForeignKey(
        "orgs.Project", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(
        "assets.Asset", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    name = models.TextField()
    folder = models.TextField(default="", blank=True)
    size = models.BigIntegerField()
    content_type = models.TextField()
    sha256 = models.CharField(max_length=64, default="", blank=True)
    digest = models.CharField(max_length=64, default="", blank=True)
    staging_key = models.TextField()
    multipart_id = models.TextField()
    part_size = models.BigIntegerField()
    part_count = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    parts = models.JSONField(default=list)
    reserved = models.BigIntegerField(default=0)
    is_staged = models.BooleanField(default=True)
    job_id = models.UUIDField(null=True)
    version_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "ingest_upload"
        constraints = [
            models.UniqueConstraint(fields=["organization", "staging_key"], name="ingest_upload_key")
        ]
        indexes = [
            models.Index(fields=["project", "-created_at", "-id"], name="ingest_upload_list"),
            models.Index(fields=["organization", "created_at"], name="ingest_upload_time"),
            models.Index(
                fields=["expires_at"], condition=models.Q(is_staged=True), name="ingest_upload_staged"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    @property
    def plan(self) -> PartPlan:
        """The cut of the file into parts."""
        return PartPlan(self.size, self.part_size)


class Promotion(TenantModel):
    """The claim of one job on the master key of a digest: who holds it alone copies, locks and writes manifests.

    `asset_id` and `version_id` are the ids that the job will give, chosen before it starts, so that a repeated
    job writes the same manifest.
    """

    sha256 = models.CharField(max_length=64)
    job_id = models.UUIDField()
    asset_id = models.UUIDField()
    version_id = models.UUIDField()

    class Meta:
        db_table = "ingest_promotion"
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="ingest_promotion_digest")
        ]

    def __str__(self) -> str:
        return self.sha256


class LedgerLine(models.Model):
    """What a project took of the store on one day (UTC), and what it cost by the prices of that day.

    Bytes count once in an organisation, for the project that has had them longest; `project_id` is all zeros for what
    nothing of the catalogue has any more and the store still keeps. `remainder` is what would still be paid if all of
    it were deleted: the rest of locks and of the minimum duration. `price` is for 10^12 bytes in 30 days.
    """

    pk = models.CompositePrimaryKey("organization_id", "day", "project_id")
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    day = models.DateField()
    project_id = models.UUIDField()
    client_id = models.UUIDField(null=True)
    masters = models.BigIntegerField()
    master_bytes = models.BigIntegerField()
    preview_bytes = models.BigIntegerField()
    remainder = models.FloatField()
    price = models.DecimalField(max_digits=20, decimal_places=6)
    currency = models.CharField(max_length=16)
    written_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "ingest_ledger"

    def __str__(self) -> str:
        return f"{self.day} {self.project_id}"


class Manifest(TenantModel):
    """One entry of the chain beside a master, as it lies in storage; `digest` is the SHA-256 of its bytes."""

    sha256 = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    key = models.TextField()
    digest = models.CharField(max_length=64)
    storage_version = models.TextField(default="", blank=True)
    document = models.JSONField()

    class Meta:
        db_table = "ingest_manifest"
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256", "number"], name="ingest_manifest_chain")
        ]

    def __str__(self) -> str:
        return f"{self.sha256} {self.number}"
