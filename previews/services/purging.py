"""Removing all that was made of bytes which nothing of the catalogue has any more."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db.models import Max

from dam.core import failpoints, storage, tenancy
from previews.models import Preview
from previews.services.publishing import object_prefix
from previews.services.sweeping import FOLDERS, IDENTITY, delete_keys
from previews.services.watermarks_sweep import copies_of, drop_copy

logger = logging.getLogger(__name__)


def purge_previews(sha256: str, *, organization_id: UUID) -> None:
    """Delete every rendition of a digest, marked copies too, and then the rows; safe to kill and to repeat.

    Addresses that were handed out may be answered from an edge's cache until they end.

    Locks and transaction: outside any scope; short transactions, none of them open while storage is asked.

    Raises:
        StorageError: the store is out of reach; the rows stay.
    """
    with tenancy.scope(organization_id):
        copies = copies_of([sha256])
        rows = Preview.objects.filter(sha256=sha256)
        highest: int | None = rows.aggregate(highest=Max("generation"))["highest"]
    for each in copies:
        drop_copy(each.id, organization_id=organization_id)
    failpoints.reach("purge:copies")
    for generation in range(0 if highest is None else highest + 1):
        prefix = object_prefix(organization_id, generation=generation)
        for folder in FOLDERS:
            delete_keys(storage.keys_under(IDENTITY, "previews", f"{prefix}{folder}/{sha256}/"))
    failpoints.reach("purge:renditions")
    with tenancy.scope(organization_id):
        Preview.objects.filter(sha256=sha256).delete()
    logger.info("preview.purged", extra={"sha256": sha256})
