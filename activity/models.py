"""What happened, append-only; and the two books that number it for members and for guests."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel


class Event(TenantModel):
    """Who did what to which thing, when, from where.

    Ids are plain: the record outlives what it is about. `type` is set on durable live events (`asset.created`);
    `data` is what they carry. The number of a live event lies beside it, in `Numbered`. Lines of one work over many
    things share an `operation_id`, that of its job.
    """

    verb = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    actor_name = models.TextField(default="")
    target_kind = models.CharField(max_length=32)
    target_id = models.UUIDField()
    project_id = models.UUIDField(null=True)
    asset_id = models.UUIDField(null=True)
    version_id = models.UUIDField(null=True)
    share_id = models.UUIDField(null=True)
    type = models.CharField(max_length=32, default="", blank=True)
    data = models.JSONField(default=dict)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    ip = models.TextField(default="", blank=True)
    user_agent = models.TextField(default="", blank=True)
    request_id = models.TextField(default="", blank=True)
    operation_id = models.UUIDField(null=True)
    updated_at = None  # type: ignore[assignment]  # never updated

    class Meta:
        db_table = "activity_event"
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="activity_event_list"),
            models.Index(fields=["project_id", "-created_at", "-id"], name="activity_event_project"),
            models.Index(fields=["asset_id", "-created_at", "-id"], name="activity_event_asset"),
            models.Index(
                fields=["version_id", "-created_at", "-id"],
                condition=models.Q(version_id__isnull=False),
                name="activity_event_version",
            ),
            models.Index(
                fields=["organization", "actor_id", "-created_at", "-id"],
                condition=models.Q(actor_id__isnull=False),
                name="activity_event_actor",
            ),
            models.Index(fields=["organization", "verb", "-created_at", "-id"], name="activity_event_verb"),
            models.Index(
                fields=["operation_id", "id"],
                condition=models.Q(operation_id__isnull=False),
                name="activity_event_operation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_kind} {self.target_id}"


class Feed(TenantModel):
    """An organisation's book of numbers; its row is the lock under which numbers are given and events go out.

    `numbered` is the last number given, `published` the last one sent to the sockets; up to `forgotten` nothing is
    kept for replay.
    """

    numbered = models.BigIntegerField(default=0)
    published = models.BigIntegerField(default=0)
    forgotten = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "activity_feed"
        constraints = [models.UniqueConstraint(fields=["organization"], name="activity_feed_one")]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.numbered}"


class Numbered(TenantModel):
    """A live event's place in its organisation's feed, given after commit, so that no number is ever skipped back to.

    The topics are repeated here, so that a replay walks one index.
    """

    number = models.BigIntegerField()
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    project_id = models.UUIDField(null=True)
    asset_id = models.UUIDField(null=True)
    version_id = models.UUIDField(null=True)
    updated_at = None  # type: ignore[assignment]  # never updated

    class Meta:
        db_table = "activity_numbered"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="activity_numbered_number"),
            models.UniqueConstraint(fields=["organization", "event"], name="activity_numbered_event"),
        ]
        indexes = [
            models.Index(fields=["project_id", "number"], name="activity_numbered_project"),
            models.Index(fields=["asset_id", "number"], name="activity_numbered_asset"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.event_id}"


class ShareFeed(TenantModel):
    """A share's book of numbers: opened when its first guest listens.

    `numbered` is the share's last number, `examined` the organisation's number up to which events were looked at;
    up to `forgotten` nothing is kept for replay. Numbers are never given twice, so the row stays.
    """

    share_id = models.UUIDField()
    project_id = models.UUIDField()
    numbered = models.BigIntegerField(default=0)
    examined = models.BigIntegerField(default=0)
    forgotten = models.BigIntegerField(default=0, db_default=0)
    listened_at = models.DateTimeField()

    class Meta:
        db_table = "activity_sharefeed"
        constraints = [
            models.UniqueConstraint(fields=["organization", "share_id"], name="activity_sharefeed_one")
        ]
        indexes = [models.Index(fields=["project_id", "listened_at"], name="activity_sharefeed_project")]

    def __str__(self) -> str:
        return f"{self.share_id} {self.numbered}"


class ShareEvent(TenantModel):
    """An event's place in a share's feed, with exactly what its guests were told."""

    share_id = models.UUIDField()
    number = models.BigIntegerField()
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    type = models.CharField(max_length=32)
    data = models.JSONField(default=dict)
    updated_at = None  # type: ignore[assignment]  # never updated

    class Meta:
        db_table = "activity_shareevent"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "share_id", "number"], name="activity_shareevent_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.share_id} {self.number}"
