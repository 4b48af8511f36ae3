"""Links that open one collection to people without an account, and the log of who came by them."""

from __future__ import annotations

from django.db import models

from dam.core.db import TenantModel


class Share(TenantModel):
    """A link. `password` is an encoded Argon2 hash or empty; a new password starts a new `password_epoch`.

    `view_count` counts guest sessions, not requests. `watermark` is a template as `shares.marks` writes it, empty for none.
    """

    class Versions(models.TextChoices):
        CURRENT = "current"
        FROZEN = "frozen"

    project = models.ForeignKey(
        "orgs.Project", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    collection = models.ForeignKey(
        "assets.Collection", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    name = models.TextField()
    versions = models.CharField(max_length=16, choices=Versions.choices, default=Versions.CURRENT)
    token_hash = models.BinaryField()
    password = models.TextField(blank=True, default="")
    password_epoch = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    max_views = models.PositiveIntegerField(null=True)
    view_count = models.PositiveBigIntegerField(default=0)
    allow_download = models.BooleanField(default=False)
    allow_comments = models.BooleanField(default=False)
    watermark = models.TextField(blank=True, default="")
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("orgs.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "shares_share"
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="shares_share_token")]
        indexes = [
            models.Index(fields=["organization", "project", "-created_at", "-id"], name="shares_share_list"),
            models.Index(fields=["organization", "collection"], name="shares_share_collection"),
            models.Index(fields=["revoked_at"], name="shares_share_revoked"),
            models.Index(fields=["expires_at"], name="shares_share_expired"),
        ]

    def __str__(self) -> str:
        return self.name


class ShareAccess(TenantModel):
    """One use of a link. `created_at` is when; asset and version outlive their rows, so they are plain ids."""

    class Action(models.TextChoices):
        VIEW = "view"
        UNLOCK = "unlock"
        UNLOCK_FAILED = "unlock-failed"
        ASSETS = "assets"
        PLAYBACK = "playback"
        COMMENTS = "comments"
        COMMENT = "comment"
        COMMENT_REFUSED = "comment-refused"
        APPROVALS = "approvals"
        APPROVAL = "approval"
        APPROVAL_REFUSED = "approval-refused"
        DOWNLOAD = "download"
        DOWNLOAD_REFUSED = "download-refused"
        OTHER = "other"

    share = models.ForeignKey(
        Share, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    action = models.CharField(max_length=24, choices=Action.choices)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(blank=True, default="")
    asset_id = models.UUIDField(null=True)
    version_id = models.UUIDField(null=True)
    guest = models.ForeignKey(
        "orgs.Guest",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    updated_at = None  # type: ignore[assignment]  # an append-only log never changes

    class Meta:
        db_table = "shares_access"
        indexes = [
            models.Index(fields=["organization", "share", "-created_at", "-id"], name="shares_access_list")
        ]

    def __str__(self) -> str:
        return f"{self.share_id} {self.action}"
