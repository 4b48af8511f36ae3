"""Comments on a version: threads, anchored to frames, times, pages and drawings; and what reviewers decided of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dam.core.db import TenantModel


class Comment(TenantModel):
    """A remark. `frame_in` is inclusive, `frame_out` exclusive; both null on a general note.

    The author is a person or a guest, never both. `time_*_ms` count milliseconds from the start of the version.
    A deleted comment keeps its row, so that replies keep their thread.
    """

    version = models.ForeignKey(
        "assets.Version", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    author_user = models.ForeignKey("orgs.User", on_delete=models.SET_NULL, null=True, related_name="+")
    author_guest = models.ForeignKey(
        "orgs.Guest", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    body = models.TextField()
    frame_in = models.BigIntegerField(null=True)
    frame_out = models.BigIntegerField(null=True)
    time_in_ms = models.BigIntegerField(null=True)
    time_out_ms = models.BigIntegerField(null=True)
    page = models.PositiveIntegerField(null=True)
    annotation = models.JSONField(null=True)
    internal = models.BooleanField(default=False)
    mentions = ArrayField(models.UUIDField(), default=list)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("orgs.User", on_delete=models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "comments_comment"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(author_user=None) | models.Q(author_guest=None),
                name="comments_comment_one_author",
            ),
            models.CheckConstraint(
                condition=models.Q(frame_in=None, frame_out=None)
                | models.Q(frame_in__gte=0, frame_out__gt=models.F("frame_in")),
                name="comments_comment_frames",
            ),
            models.CheckConstraint(
                condition=models.Q(internal=False) | models.Q(author_guest=None),
                name="comments_comment_internal_by_members",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "version", "created_at", "id"],
                condition=models.Q(deleted_at=None),
                name="comments_comment_list",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.frame_in}"


class Approval(TenantModel):
    """What one reviewer decided of a version, and of which bytes; one decision stands for each reviewer.

    The reviewer is a person or a guest, never both. A decision that is withdrawn leaves; the record keeps it.
    """

    class State(models.TextChoices):
        APPROVED = "approved"
        CHANGES_REQUESTED = "changes_requested"

    version = models.ForeignKey(
        "assets.Version", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    sha256 = models.CharField(max_length=64)
    user = models.ForeignKey("orgs.User", on_delete=models.SET_NULL, null=True, related_name="+")
    guest = models.ForeignKey(
        "orgs.Guest", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    state = models.CharField(max_length=20, choices=State.choices)
    note = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "comments_approval"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None) | models.Q(guest=None), name="comments_approval_one_reviewer"
            ),
            models.UniqueConstraint(
                fields=["organization", "version", "user"], name="comments_approval_of_user"
            ),
            models.UniqueConstraint(
                fields=["organization", "version", "guest"], name="comments_approval_of_guest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.state}"
