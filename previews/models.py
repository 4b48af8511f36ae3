"""Which previews exist of which bytes: one row per digest, recipe and generation."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel


class Preview(TenantModel):
    """One build of the previews of a digest.

    `generation` n > 0 lies under `{organization}/g{n}/`. `is_active` marks the one that playback addresses; a
    rebuild is activated when it is done. A build that is tried again after its first file was published (at
    `started_at`) takes a generation of its own, since nothing published is ever overwritten. `published` holds
    the names that playback hands out, as soon as they can be fetched: `hls/live.m3u8`, `mp4/proxy.mp4`, …
    """

    class State(models.TextChoices):
        BUILDING = "building"
        PARTIAL = "partial"
        READY = "ready"
        FAILED = "failed"

    sha256 = models.CharField(max_length=64)
    recipe_version = models.PositiveIntegerField()
    generation = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.BUILDING)
    reason = models.TextField(default="", blank=True)
    published = models.JSONField(default=list)
    renditions = models.JSONField(default=list)
    job_id = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "previews_preview"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sha256", "generation"], name="previews_preview_generation"
            ),
            models.UniqueConstraint(
                fields=["organization", "sha256"],
                condition=models.Q(is_active=True),
                name="previews_preview_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} g{self.generation} {self.state}"
