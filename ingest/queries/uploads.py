"""Reads of the room: uploads that an actor may work on, and what the store holds of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from assets.models import Sidecar, Version
from dam.core import storage
from dam.core.access import Actor, Permission, Target, require
from dam.core.errors import NotFound, unseen
from ingest.models import Manifest, Upload
from ingest.states import State

Parts = list[storage.Part]


def upload_for(actor: Actor, upload_id: UUID, permission: Permission, *, lock: bool = False) -> Upload:
    """Load an upload of the organisation in scope.

    Raises:
        NotFound: there is none, or the actor does not see its project.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Upload.objects.select_for_update(of=("self",)) if lock else Upload.objects.all()
    found = rows.filter(id=upload_id).first()
    if found is None:
        raise NotFound
    require(actor, permission, Target(found.organization_id, found.project_id))
    return found


def upload_in_body(staging_key: str, *, project_id: UUID) -> Upload:
    """Load and lock the upload behind a staging key that a body names, in a project that the actor may use.

    Raises:
        Invalid: there is none in that project.
    """
    rows = Upload.objects.select_for_update(of=("self",))
    found = rows.filter(staging_key=staging_key, project_id=project_id).first()
    if found is None:
        raise unseen("staging_key")
    return found


def is_open(upload: Upload) -> bool:
    """Tell whether the upload still takes parts."""
    return upload.state == State.OPEN and upload.expires_at > timezone.now()


def parts_in_store(upload: Upload) -> Parts | None:
    """Return the parts that the store has received, by number; None when it knows no such upload any more.

    The uploader may not list: this is read with the promoter's keys.
    """
    try:
        return storage.list_parts("promoter", "staging", upload.staging_key, upload_id=upload.multipart_id)
    except storage.NotFound:
        return None


def received_parts(upload: Upload) -> Parts:
    """Return the parts received: from the store while the upload is open, else from the ledger.

    None of them where the store does not tell: whoever goes on with an upload sends them again.
    """
    if upload.state == State.OPEN:
        try:
            return parts_in_store(upload) or []
        except storage.Unsupported:
            return []
    return [storage.Part(number, size, etag) for number, size, etag in upload.parts]


def gone_of(sha256: str) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Return the versions and sidecars that a digest's chain names, that are no longer there, and untold so far."""
    named: dict[str, set[str]] = {"version": set(), "sidecar": set()}
    told: set[str] = set()
    for each in Manifest.objects.filter(sha256=sha256).values_list("document", flat=True):
        gone = each.get("gone", {})
        told |= {*gone.get("versions", ()), *gone.get("sidecars", ())}
        place = "sidecar" if "sidecar" in each else "version"
        if place in each:
            named[place].add(each[place])
    return (
        _without(Version.objects.all(), named["version"] - told),
        _without(Sidecar.objects.all(), named["sidecar"] - told),
    )


def _without(rows: QuerySet[Any], ids: set[str]) -> tuple[UUID, ...]:
    there = set(rows.filter(id__in=ids).values_list("id", flat=True)) if ids else set[UUID]()
    return tuple(sorted({UUID(each) for each in ids} - there))


def last_manifest(sha256: str) -> Manifest | None:
    """Return the newest entry of a digest's chain, or None."""
    return Manifest.objects.filter(sha256=sha256).order_by("-number").first()
