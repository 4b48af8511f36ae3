"""Errors as a Sentry receives them: what happened and to whom it belongs, and no secret of anybody."""

from __future__ import annotations

import json
from typing import Any

from dam.core import tenancy
from dam.core.delivery import outbox
from jobs.services import enqueue
from tests.observability.journey import Journey
from tests.observability.platform_processes import Platform, wait_for
from tests.observability.receivers import Receiver

CANARIES = (
    "password=canary1 https://store/x?X-Amz-Signature=canary2 dam_canary3canary3canary3 canary4@example.test"
)


def reported(sentry: Receiver, event: str) -> dict[str, Any]:
    def of(each: dict[str, Any]) -> bool:
        return event in json.dumps(each.get("logentry", {}))

    wait_for(lambda: any(map(of, sentry.reports)))
    return next(filter(of, sentry.reports))


def test_a_crash_in_a_worker_is_reported_without_its_secrets(
    running: Platform, journey: Journey, sentry: Receiver
):
    with tenancy.scope(journey.cast.org_id):
        job, _ = enqueue(
            kind="promote",
            project_id=None,
            version_id=None,
            payload={"upload": CANARIES, "sha256": "", "asset": None},
            idem_key="canary",
            queue="short",
            created_by=None,
        )

    report = reported(sentry, "job.crashed")

    assert report["tags"]["job_id"] == str(job.id)
    assert report["tags"]["organization_id"] == str(journey.cast.org_id)
    assert report["tags"]["process"] == "worker"
    assert (report["release"], report["environment"]) == ("dam@test", "trial")
    assert report["exception"]["values"][-1]["type"] == "ValidationError"
    everything = "".join(body.decode(errors="replace") for _, body in sentry.bodies)
    assert not any(each in everything for each in ("canary1", "canary2", "canary3", "canary4"))
    assert '"vars"' not in everything


def test_a_crash_in_the_live_process_is_reported_too(running: Platform, journey: Journey, sentry: Receiver):
    with tenancy.scope(journey.cast.org_id):
        outbox.publish("nobody-delivers-this", {"secret": "canary5"})

    report = reported(sentry, "relay.failed")

    assert report["tags"]["process"] == "live"
    assert "canary5" not in json.dumps(report)
