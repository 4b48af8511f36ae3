"""Taking a file away from beside its version."""

from __future__ import annotations

from assets.models import Sidecar
from assets.services.editing import record_asset
from assets.services.holds import enter_project
from assets.services.indexing import index_assets
from assets.services.purging import release_masters
from assets.services.trash import check_not_held
from dam.core.access import Actor


def remove_sidecar(actor: Actor, *, sidecar: Sidecar) -> None:
    """Take a file away from beside its version; bytes that nothing else has follow by a job, as their lock permits.

    The line of the record says which bytes they were, until when they are locked, and which job removes them.

    Locks and transaction: in scope, in the caller's transaction; the sidecar carries its master, and its version with
    the asset.

    Raises:
        Held: the asset, its project or one of its versions is under a legal hold.
    """
    version, master = sidecar.version, sidecar.master
    enter_project(version.asset.project_id)
    check_not_held(version.asset)
    told = {
        "id": str(sidecar.id),
        "kind": sidecar.kind,
        "name": sidecar.name,
        "version": str(version.id),
        "sha256": master.sha256,
    }
    sidecar.delete()
    job = release_masters([master.id], actor_id=actor.id)
    kept = {} if job is None else {"job": str(job.id), "locked_until": master.locked_until}
    record_asset(actor, "asset.updated", asset=version.asset, verb="sidecar.removed", before=told, after=kept)
    index_assets([version.asset_id])
