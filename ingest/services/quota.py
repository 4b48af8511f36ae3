"""The organisation's room in storage: reserved by an open upload, used by a master."""

from __future__ import annotations

from django.db.models import F

from dam.core.tenancy import current_organization
from ingest.errors import QuotaExceeded
from ingest.models import Upload
from orgs.models import Organization


def reserve(size: int) -> None:
    """Reserve bytes, or refuse, in one statement that a concurrent upload waits for.

    Raises:
        QuotaExceeded: used, reserved and wanted bytes together are over the limit.
    """
    rows = Organization.objects.filter(
        id=current_organization(), storage_limit__gte=F("storage_used") + F("storage_reserved") + size
    )
    if not rows.update(storage_reserved=F("storage_reserved") + size):
        raise QuotaExceeded("The organisation has no room for this file.")


def release(upload: Upload, *, used: int = 0) -> None:
    """Give an upload's reservation back, `used` bytes of it now belonging to a new master.

    Locks and transaction: the caller holds the upload's lock and saves the upload.
    """
    if upload.reserved or used:
        Organization.objects.filter(id=current_organization()).update(
            storage_reserved=F("storage_reserved") - upload.reserved, storage_used=F("storage_used") + used
        )
    upload.reserved = 0
