"""Mirrors of the catalogue, what lies where in them, and the files of exports."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel


class Mirror(TenantModel):
    """A tree of links or files that follows the catalogue: below an allowed root, or in the docs bucket where none is named.

    `content` is what lies there; `seen_until` is how far the record of changes was followed; `built_at` when the last
    whole build ended; `manifest_at` when the manifest was last written, `is_behind` that it lacks something. A mirror
    that `is_ending` takes its tree away and then itself.
    """

    class Content(models.TextChoices):
        LINK = "link"
        JSON = "json"
        MASTER = "master"

    name = models.CharField(max_length=200)
    project = models.ForeignKey(
        "orgs.Project",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    template = models.TextField()
    content = models.CharField(max_length=16, choices=Content.choices, default=Content.LINK)
    root = models.CharField(max_length=64, default="", blank=True)
    is_on = models.BooleanField(default=True)
    is_ending = models.BooleanField(default=False)
    job_id = models.UUIDField(null=True)
    runs = models.BigIntegerField(default=0)
    seen_until = models.DateTimeField(null=True)
    built_at = models.DateTimeField(null=True)
    manifest_at = models.DateTimeField(null=True)
    is_behind = models.BooleanField(default=False)
    fault = models.TextField(default="", blank=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "exchange_mirror"
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="exchange_mirror_name")]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="exchange_mirror_list"),
            models.Index(fields=["id"], condition=models.Q(is_on=True), name="exchange_mirror_on"),
        ]

    def __str__(self) -> str:
        return self.name


class MirrorEntry(TenantModel):
    """An asset's place in a mirror; it outlives the asset until its file is gone.

    `wanted` is what the template gives, `path` that with its number, `folded` what no two may share. `stamp` tells
    what lies there, empty while that is not sure; `old_path` still has to go.
    """

    mirror = models.ForeignKey(
        Mirror, on_delete=models.CASCADE, related_name="entries", db_constraint=False, db_index=False
    )
    asset_id = models.UUIDField()
    wanted = models.TextField()
    number = models.PositiveIntegerField(default=1)
    path = models.TextField()
    folded = models.TextField()
    old_path = models.TextField(default="", blank=True)
    stamp = models.TextField(default="", blank=True)
    sha256 = models.CharField(max_length=64, default="", blank=True)
    is_gone = models.BooleanField(default=False)

    class Meta:
        db_table = "exchange_mirrorentry"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "mirror", "asset_id"], name="exchange_mirrorentry_once"
            ),
            models.UniqueConstraint(
                fields=["organization", "mirror", "folded"], name="exchange_mirrorentry_place"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "mirror", "id"],
                condition=models.Q(stamp="") | ~models.Q(old_path="") | models.Q(is_gone=True),
                name="exchange_mirrorentry_open",
            )
        ]

    def __str__(self) -> str:
        return self.path


class ExportFile(TenantModel):
    """A file that a bulk export has written into the docs bucket, under the job's id; it lives for `EXPORT_TTL` days."""

    key = models.TextField()

    class Meta:
        db_table = "exchange_exportfile"
        indexes = [models.Index(fields=["updated_at"], name="exchange_exportfile_age")]

    def __str__(self) -> str:
        return self.key
