"""Dropping watermarked copies that nobody has asked for in a while: they are made again when somebody does."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from dam.core import storage, tenancy
from dam.core.guard import guard
from previews.models import MarkedCopy
from previews.services.publishing import object_prefix

logger = logging.getLogger(__name__)
IDENTITY = "gpu-writer"
BATCH = 100


def sweep_copies() -> int:
    """Drop what was last used longer ago than `WATERMARK_TTL_DAYS`; returns how many copies were looked at.

    Safe to kill and to repeat: a row goes when its files are gone. A store out of reach leaves the rest for later.
    """
    before = timezone.now() - timedelta(days=settings.WATERMARK_TTL_DAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, organization_id FROM marked_copies_unused(%s, %s)", [before, BATCH])
        due: list[tuple[UUID, UUID]] = cursor.fetchall()
    for copy_id, organization_id in due:
        with guard("copy.sweep_failed", expected=(storage.StorageError,), copy_id=copy_id) as outcome:
            drop_copy(copy_id, organization_id=organization_id)
        if isinstance(outcome.error, storage.Unavailable):
            break
    return len(due)


def copies_of(sha256s: Collection[str]) -> list[MarkedCopy]:
    """Return every watermarked copy of these digests."""
    return list(MarkedCopy.objects.filter(sha256__in=sha256s).order_by("id"))


def drop_copy(copy_id: UUID, *, organization_id: UUID) -> int:
    """Delete a copy, files first; from now on nothing addresses it. Returns how many files there were.

    Raises:
        StorageError: the store is out of reach; the row stays, without an address.
    """
    with tenancy.scope(organization_id):
        copy = MarkedCopy.objects.select_for_update().filter(id=copy_id).first()
        if copy is None:
            return 0
        copy.published = []
        copy.save(update_fields=["published", "updated_at"])
    keys = [
        key
        for generation in range(copy.generation + 1)
        for folder in folders_of(copy)
        for key in storage.keys_under(
            IDENTITY, "previews", f"{object_prefix(organization_id, generation=generation)}{folder}"
        )
    ]
    for key in keys:
        storage.delete(IDENTITY, "previews", key)
    with tenancy.scope(organization_id):
        MarkedCopy.objects.filter(id=copy_id).delete()
    logger.info("copy.dropped", extra={"copy_id": copy_id, "part": copy.part})
    return len(keys)


def folders_of(copy: MarkedCopy) -> tuple[str, ...]:
    """Name the folders that hold a copy; stills cut from a film lie beside the pictures."""
    if copy.part == MarkedCopy.Part.PICTURES:
        return (f"img/{copy.digest}/",)
    return (f"hls/{copy.digest}/", f"mp4/{copy.digest}/", f"img/{copy.digest}/frames")
