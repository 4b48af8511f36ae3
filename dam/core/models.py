"""The infrastructure tables of the core: the outbox, the idempotency keys, and the schedule."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from dam.core.db import TenantModel


class Outbox(TenantModel):
    """A message to hand on after commit: a job to wake, a live event, a webhook.

    What cannot be delivered is tried again, `attempts` times in all, and then set aside with its `reason`.
    """

    sequence = models.BigAutoField(primary_key=True)
    id = None  # type: ignore[assignment]  # an append-only log is keyed by its sequence
    topic = models.TextField()
    payload = models.JSONField(default=dict)
    available_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    reason = models.TextField(blank=True, default="", db_default="")
    set_aside_at = models.DateTimeField(null=True)
    updated_at = None  # type: ignore[assignment]  # the row tells when it is due next

    class Meta:
        db_table = "core_outbox"
        indexes = [
            models.Index(
                fields=["organization", "available_at", "sequence"],
                condition=models.Q(set_aside_at=None),
                name="core_outbox_turn",
            ),
            models.Index(
                fields=["topic"],
                condition=models.Q(set_aside_at__isnull=False),
                name="core_outbox_set_aside",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.sequence}"


class IdempotencyKey(TenantModel):
    """The first answer to a POST that named a key; the same key with the same body gets it again."""

    actor = models.TextField()
    key = models.TextField()
    request_digest = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.BinaryField(null=True)

    class Meta:
        db_table = "core_idempotencykey"
        constraints = [
            models.UniqueConstraint(fields=["organization", "actor", "key"], name="core_idempotencykey_once")
        ]

    def __str__(self) -> str:
        return self.key


class Schedule(models.Model):
    """A task that runs again and again; whichever process claims the row runs it. Belongs to no organisation."""

    name = models.TextField(primary_key=True)
    due_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_schedule"

    def __str__(self) -> str:
        return self.name
