"""Which previews exist of which bytes: one row per digest, recipe and generation."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from dam.core.db import TenantModel

#: What lies in storage to no use: a generation that another has taken the place of, what was dropped.
_LEFT = models.Q(started_at__isnull=False) & (
    (models.Q(is_active=False) & ~models.Q(state="building"))
    | (models.Q(is_active=True, state="none") & ~models.Q(renditions=[]))
)


#: Whose files nobody has counted since they changed.
_UNMEASURED = models.Q(measured_at=None) | models.Q(measured_at__lt=models.F("updated_at"))


class Preview(TenantModel):
    """One build of the previews of a digest.

    `generation` n > 0 lies under `{organization}/g{n}/`. `is_active` marks the one that playback addresses; a
    rebuild is activated when it is done. A build that is tried again after its first file was published (at
    `started_at`) takes a generation of its own, since nothing published is ever overwritten. `published` holds
    the names that playback hands out, as soon as they can be fetched: `hls/live.m3u8`, `mp4/proxy.mp4`, …

    `none` is what nobody played for so long that it was dropped, or what has vanished from storage: it is built
    anew when somebody plays it; its pictures stay. Once all else is gone from storage, it has no `renditions`. `played_at` is right to the hour; `checked_at` is when storage was last asked.
    `withheld` names kinds of renditions that were left out while the queue was long. `lane` and `work`
    (`previews.kinds`) are known once the master has been probed. `bytes` is what its files came to at `measured_at`.
    """

    class State(models.TextChoices):
        NONE = "none"
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
    played_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(db_default=Now())
    withheld = models.JSONField(default=list, db_default=[])
    lane = models.CharField(max_length=64, default="", db_default="", blank=True)
    work = models.FloatField(null=True)
    bytes = models.BigIntegerField(null=True)
    measured_at = models.DateTimeField(null=True)

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
        indexes = [
            models.Index(fields=["updated_at"], condition=_LEFT, name="previews_preview_left"),
            models.Index(
                fields=["played_at"], condition=models.Q(is_active=True), name="previews_preview_played"
            ),
            models.Index(
                fields=["checked_at"], condition=models.Q(is_active=True), name="previews_preview_checked"
            ),
            models.Index(
                fields=["organization", "sha256"],
                condition=models.Q(is_active=True) & ~models.Q(withheld=[]),
                name="previews_preview_withheld",
            ),
            models.Index(fields=["updated_at"], condition=_UNMEASURED, name="previews_preview_unmeasured"),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} g{self.generation} {self.state}"


class Revocation(models.Model):
    """An end that an operator set to addresses before their time; belongs to no organisation.

    `entry` is what the edges read: `o:{organisation}` or `a:{digest}` (`previews.edge_tokens`). One that was lifted
    stays as a row, so that edges which know it take it back. Shares that are revoked have no row here; one that ran out
    and was given more time has a lifted one, `s:{share}`.
    """

    entry = models.TextField(primary_key=True)
    reason = models.TextField(blank=True, default="")
    revoked_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "previews_revocation"

    def __str__(self) -> str:
        return self.entry


class Egress(TenantModel):
    """What the edges sent in one day (UTC) through one share; `share_id` is all zeros for members.

    `bytes` is what viewers received without headers, `origin_bytes` what was fetched from storage for it.
    """

    day = models.DateField()
    share_id = models.UUIDField()
    requests = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    origin_bytes = models.BigIntegerField(default=0)

    class Meta:
        db_table = "previews_egress"
        constraints = [
            models.UniqueConstraint(fields=["organization", "day", "share_id"], name="previews_egress_day")
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="previews_egress_list"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.share_id}"


class EgressLog(models.Model):
    """How far one file of an edge's log has been counted; belongs to no organisation.

    The name is the digest of its first line, which no other file has: one that is turned, moved or copied to where
    it is counted keeps it, and one that is cut off and filled again has another.
    """

    name = models.TextField(primary_key=True)
    counted_bytes = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "previews_egresslog"

    def __str__(self) -> str:
        return self.name


class MarkedCopy(TenantModel):
    """A watermarked copy of some of a digest's previews: its pictures, or its film (or sound).

    It lies under `digest`, which stands for the clean digest, its generation and what is burnt in; retries take the
    next `generation`, since nothing published is ever overwritten. `mark` is what it carries, `used_at` when it was
    last addressed, to the hour: copies that nobody asks for are dropped.
    """

    class Part(models.TextChoices):
        PICTURES = "pictures"
        FILM = "film"

    sha256 = models.CharField(max_length=64)
    source_generation = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    part = models.CharField(max_length=16, choices=Part.choices)
    mark = models.JSONField()
    generation = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=Preview.State.choices, default=Preview.State.BUILDING)
    reason = models.TextField(default="", blank=True)
    published = models.JSONField(default=list)
    renditions = models.JSONField(default=list)
    job_id = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(default=timezone.now)
    bytes = models.BigIntegerField(null=True)
    measured_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "previews_marked_copy"
        constraints = [
            models.UniqueConstraint(fields=["organization", "digest", "part"], name="previews_copy_once")
        ]
        indexes = [
            models.Index(fields=["organization", "sha256"], name="previews_copy_of"),
            models.Index(fields=["used_at"], name="previews_copy_unused"),
            models.Index(fields=["updated_at"], condition=_UNMEASURED, name="previews_copy_unmeasured"),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.part} {self.state}"


class Speed(models.Model):
    """How fast builds of a kind have been lately, over all organisations: seconds for each unit of work.

    `key` is a lane, or `bytes/{kind}` for what had not been probed; `recent` holds the last few, newest last.
    """

    key = models.CharField(max_length=64, primary_key=True)
    recent = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "previews_speed"

    def __str__(self) -> str:
        return self.key
