"""Sidecars that an actor sees."""

from __future__ import annotations

from uuid import UUID

from assets.models import Sidecar
from assets.queries import target_of
from dam.core.access import Actor, Permission, require
from dam.core.errors import NotFound


def sidecar_for(actor: Actor, sidecar_id: UUID, permission: Permission, *, lock: bool = False) -> Sidecar:
    """Load a sidecar with its master, its version and that version's asset.

    Raises:
        NotFound: there is none, its asset is in the trash, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Sidecar.objects.select_related("master", "version__asset", "version__master")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(id=sidecar_id, version__asset__trashed_at=None).first()
    if found is None:
        raise NotFound
    require(actor, permission, target_of(actor, found.version))
    return found
