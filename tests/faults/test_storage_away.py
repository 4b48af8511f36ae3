"""A store that is away altogether costs no job its tries: promotions wait, and go on when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.utils import timezone

from dam.core import storage, tenancy
from dam.core.storage import clients
from jobs import services as jobs
from jobs.models import Job
from jobs.services.leases import MAX_ATTEMPTS
from tests.cast import Cast
from tests.faults.fault_proxy import FOR_EVER, INTERNAL_ERROR, SLOW_DOWN, Fault, FaultProxy, fault_proxy
from tests.faults.storms import Delivery


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The store behind the proxy, asked once a call; parts are put past it."""
    real = storage.configuration()
    keys = {pair.key_id: pair.secret for pair in real.keys.values()}
    with fault_proxy(real.endpoint_url, keys=keys) as proxy:
        values = {"ENDPOINT_URL": proxy.url, "PUBLIC_URL": real.public_url, "TIMEOUT": "1", "ATTEMPTS": "1"}
        for name, value in values.items():
            monkeypatch.setenv(f"S3_{name}", value)
        monkeypatch.setattr(clients, "LONG_FACTOR", 1)
        storage.forget()
        yield proxy
        proxy.mend()
    monkeypatch.undo()
    storage.forget()


def run_once(job_id: UUID, organization_id: UUID) -> Job:
    with tenancy.scope(organization_id):
        Job.objects.filter(id=job_id).update(due_at=timezone.now())
    jobs.run(job_id, organization_id=organization_id)
    with tenancy.scope(organization_id):
        return Job.objects.get(id=job_id)


@pytest.mark.parametrize(
    ("fault", "methods"),
    [(SLOW_DOWN, ("GET", "HEAD", "POST", "PUT", "DELETE")), (INTERNAL_ERROR, ("PUT",))],
    ids=["away", "full"],
)
def test_promotion_waits_out_an_outage_and_goes_on_by_itself(
    committed_cast: Cast, store: FaultProxy, fault: Fault, methods: tuple[str, ...]
) -> None:
    delivery = Delivery(committed_cast)
    answer = delivery.promote()
    ids = UUID(answer["id"]), UUID(answer["organization"])
    for method in methods:
        store.add(method, r".", fault, times=FOR_EVER)

    for _ in range(MAX_ATTEMPTS + 2):
        waiting = run_once(*ids)
        assert (waiting.state, waiting.attempts) == ("queued", 0)
        assert waiting.error is not None
        assert waiting.error["type"].endswith("/storage-unavailable")
    assert waiting.due_at > timezone.now()

    store.mend()
    done = run_once(*ids)

    assert (done.state, done.attempts) == ("succeeded", 1)
    delivery.assert_safe()
