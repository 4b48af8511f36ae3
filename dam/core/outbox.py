"""Hand something on after commit: the row is written in the caller's transaction, the relay delivers it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from dam.core.models import Outbox


def publish(topic: str, payload: dict[str, Any], *, delay_s: float = 0) -> None:
    """Queue a message in the open transaction; it goes out at least once, after commit.

    Units: `delay_s` seconds before it may go out.
    """
    Outbox.objects.create(topic=topic, payload=payload, available_at=Now() + timedelta(seconds=delay_s))
