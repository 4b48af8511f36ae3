"""What people change while an import runs counts for the rows that are still to come."""

from __future__ import annotations

from typing import Any

import pytest

from assets.models import Asset
from dam.core import tenancy
from exchange.services import importing
from jobs import services as jobs
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.exchange.sheets import ask, result, table
from tests.ingest.sending import run_job


@pytest.mark.parametrize(
    ("change", "left"),
    [(None, [{}, {}]), ({"type": "number", "migrate": True}, [{"roll": 7}, {"roll": 8}])],
    ids=["deleted", "of another type"],
)
def test_a_field_that_changes_meanwhile_is_written_as_it_is_by_then(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any] | None, left: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    field = cast.owner.post("/api/fields", {"name": "Roll", "type": "text"})
    made = [deliver(cast.project)[0] for _ in range(2)]
    asked = ask(cast, table([["id", "roll"], [made[0].id, "7"], [made[1].id, "8"]]))
    plain, changed = jobs.JobRun.progress, list[int]()

    def changes_once(run: jobs.JobRun, fraction: float) -> None:
        if not changed:
            address = f"/api/fields/{field['id']}"
            answer = (
                cast.owner.delete(f"{address}?force=true")
                if change is None
                else cast.owner.patch(address, change)
            )
            changed.append(answer.status)
        plain(run, fraction)

    monkeypatch.setattr(jobs.JobRun, "progress", changes_once)
    found = result(run_job(asked))

    assert (changed, found["failed"]) == ([204 if change is None else 200], 0)
    with tenancy.scope(cast.org_id):
        assert [Asset.objects.get(id=each.id).fields for each in made] == left
