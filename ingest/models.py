"""Uploads on their way to becoming masters, the claims on digests, and the manifests beside the masters."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel
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
