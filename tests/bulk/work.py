"""Bulk jobs as tests ask for them, done in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from assets.models import Asset
from dam.core import tenancy
from jobs import services
from similarity.models import Pair
from tests.assets.catalogue import deliver
from tests.cast import Answer, Api, Cast


def assets_of(cast: Cast, count: int, **changes: Any) -> list[Asset]:
    """Deliver some assets, `Shot 0` and on."""
    return [deliver(cast.project, title=f"Shot {number}", **changes)[0] for number in range(count)]


def ids_of(assets: Iterable[Asset]) -> list[str]:
    return [str(each.id) for each in assets]


def ask(api: Api, selection: Any, action: dict[str, Any], **more: Any) -> Answer:
    """Ask for work over assets, by their rows, or by a query."""
    chosen = {"query": selection} if isinstance(selection, dict) else {"ids": ids_of(selection)}
    return api.post("/api/bulk", {"selection": chosen, "action": action} | more)


def finish(cast: Cast, job: Answer, *, api: Api | None = None) -> Answer:
    """Do the job that an answer tells of, and return it as it is then."""
    services.run(UUID(job["id"]), organization_id=cast.org_id)
    return (api or cast.owner).get(f"/api/jobs/{job['id']}")


def bulk(
    cast: Cast, selection: Any, action: dict[str, Any], *, api: Api | None = None, **more: Any
) -> Answer:
    """Ask for work over assets and do it; returns the job."""
    job = ask(api or cast.editor, selection, action, **more)
    assert job.status == 202, job
    return finish(cast, job)


def undo(cast: Cast, job: Answer, *, api: Api | None = None) -> Answer:
    """Have a job undone; returns the undoing job."""
    asked = (api or cast.editor).post(f"/api/jobs/{job['id']}/undo")
    assert asked.status == 202, asked
    return finish(cast, asked)


def row(cast: Cast, asset: Asset) -> Any:
    """Return an asset as the API shows it to its owner."""
    return cast.owner.get(f"/api/assets/{asset.id}").json


def asset_now(cast: Cast, asset: Asset) -> Asset:
    with tenancy.scope(cast.org_id):
        return Asset.objects.get(id=asset.id)


def paired(cast: Cast, one: str, other: str) -> str:
    """Return a pair of two versions that look alike, as the fingerprints of their previews would have made it."""
    first, second = sorted((UUID(one), UUID(other)))
    defaults = {"kind": "near", "score": 0.97, "state": Pair.State.OPEN}
    with tenancy.scope(cast.org_id):
        made, _ = Pair.objects.update_or_create(first_id=first, second_id=second, defaults=defaults)
    return str(made.id)
